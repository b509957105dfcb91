"""The assistants by name, and how to name one of your own."""

import importlib
from collections.abc import Mapping

from evals.assistants.base import Assistant, Leave, MakeAssistant, Move, Say, Scene, ToolCall
from evals.assistants.careless import CARELESS
from evals.assistants.perfect import Perfect

__all__ = [
    "SCRIPTED",
    "Assistant",
    "Leave",
    "MakeAssistant",
    "Move",
    "Say",
    "Scene",
    "ToolCall",
    "find_assistant",
]

SCRIPTED: Mapping[str, MakeAssistant] = {"perfect": Perfect, **CARELESS}


def find_assistant(name: str) -> MakeAssistant:
    """A scripted assistant by name, or one of your own as `module:factory`.

    Raises:
        ValueError: there is none of that name.
    """
    if name in SCRIPTED:
        return SCRIPTED[name]
    module, _, factory = name.partition(":")
    if not factory:
        raise ValueError(f"there is no assistant {name}; there are {', '.join(SCRIPTED)}, or MODULE:FACTORY")
    try:
        return getattr(importlib.import_module(module), factory)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{name} cannot be loaded: {error}") from None
