"""The one seam to the services that make songs."""

from typing import Protocol

from songwright.catalog import Catalog
from songwright.models import Credits, CustomRequest, SimpleRequest, Submission, TaskState


class Provider(Protocol):
    """A service that makes songs. One try a call: patience belongs to the service and the watcher.

    Every call ends within the request timeout that the provider was opened with.
    """

    @property
    def name(self) -> str:
        """`aivideoapi`, `aimusicapi` or `sandbox`."""
        ...

    @property
    def catalog(self) -> Catalog:
        """What it can do."""
        ...

    async def submit(
        self, request: SimpleRequest | CustomRequest, *, callback_url: str | None = None
    ) -> Submission:
        """Order a song, once. `request.model` is set, and its options are ones that the catalog has.

        Raises:
            Refused: a refusal in the provider's own shape; not an order, nothing charged (or refunded).
            NotReached: no connection was made; nothing was sent.
            Unanswered: anything else; it may have been taken and charged.
        """
        ...

    async def query(self, provider_task_id: str) -> TaskState:
        """Ask for the state of a task.

        Raises:
            TaskNotFound: the provider does not know the id.
            SongwrightError: as `submit`, with the reading of a free question (`as_query`).
        """
        ...

    async def credits(self) -> Credits:
        """Ask for the balance; empty where the provider has no such endpoint. Raises as `query`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
