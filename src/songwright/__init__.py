"""Songwright: an MCP server that makes real songs, never charged twice, never lost."""

__version__ = "0.1.0"
