"""The MCP server: tools and resources on one service."""

from songwright.mcp.server import build_server

__all__ = ["build_server"]
