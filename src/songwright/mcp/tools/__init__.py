"""The tools, each a value; this is the whole list, in the order in which clients see it."""

from songwright.mcp.tools.account import account_tools
from songwright.mcp.tools.checking import checking_tools
from songwright.mcp.tools.finding import finding_tools
from songwright.mcp.tools.following import following_tools
from songwright.mcp.tools.ordering import ordering_tools
from songwright.mcp.tools.resolving import resolving_tools
from songwright.mcp.tools.tool import Call, Definition, make_tools
from songwright.service import SongService

__all__ = ["Call", "make_tools", "song_tools"]


def song_tools(service: SongService) -> list[Definition]:
    """Every tool on one service."""
    return [
        *ordering_tools(service),
        *following_tools(service),
        *account_tools(service),
        *checking_tools(service),
        *finding_tools(service),
        *resolving_tools(service),
    ]
