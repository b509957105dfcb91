"""Songwright: an MCP server that makes real songs, never charged twice, never lost."""

from importlib.metadata import version

__version__ = version("songwright")
