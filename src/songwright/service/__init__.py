"""Ordering, following and finding songs."""

from songwright.service.accounts import Accounts, OpenProvider
from songwright.service.changes import Changes
from songwright.service.service import Ordered, Progress, SongService

__all__ = ["Accounts", "Changes", "OpenProvider", "Ordered", "Progress", "SongService"]
