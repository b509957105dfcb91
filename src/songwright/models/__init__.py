"""The frozen values that travel through the house."""

from songwright.models.requests import CustomRequest, SimpleRequest, SongRequest, fingerprint
from songwright.models.results import (
    CreditsResult,
    LyricsResult,
    ModelPrice,
    TaskResult,
    TrackList,
    TrackResult,
)
from songwright.models.tasks import (
    TERMINAL,
    Credits,
    OrderStatus,
    ProviderTrack,
    Submission,
    Task,
    TaskState,
    TaskStatus,
    Track,
)

__all__ = [
    "TERMINAL",
    "Credits",
    "CreditsResult",
    "CustomRequest",
    "LyricsResult",
    "ModelPrice",
    "OrderStatus",
    "ProviderTrack",
    "SimpleRequest",
    "SongRequest",
    "Submission",
    "Task",
    "TaskResult",
    "TaskState",
    "TaskStatus",
    "Track",
    "TrackList",
    "TrackResult",
    "fingerprint",
]
