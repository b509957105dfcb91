"""The library: everything this installation ever ordered. All SQL of the project stands in this folder."""

from songwright.library.library import Library
from songwright.library.opening import new_id, open_library, open_what_is_left
from songwright.library.values import (
    Attempt,
    AttemptState,
    Event,
    NewOrder,
    OverBudget,
    Placed,
    SavedFiles,
    Spending,
    TrackPage,
)

__all__ = [
    "Attempt",
    "AttemptState",
    "Event",
    "Library",
    "NewOrder",
    "OverBudget",
    "Placed",
    "SavedFiles",
    "Spending",
    "TrackPage",
    "new_id",
    "open_library",
    "open_what_is_left",
]
