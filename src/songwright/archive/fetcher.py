"""The seam to the file hosts. What opens connections is imported when the first file is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ssl

    import httpx

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""All addresses of a host, as numbers. Raises OSError where there are none."""


@dataclass(frozen=True)
class Answer:
    """What a file host answered, after redirects: `chunks` are the bytes as they came.

    Nothing is decoded; the names of `headers` are asked for in lower case."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]
    host: str


class Fetcher(Protocol):
    """Asks for one file."""

    def open(self, url: str) -> AbstractAsyncContextManager[Answer]:
        """The answer to a GET, its body still to be read; reading raises as this does.

        Raises:
            ArchiveError: an address that is not asked, or a connection that could not be made or broke.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class LateFetcher:
    """A fetcher that is made when the first file is asked for."""

    def __init__(self, make: Callable[[], Fetcher]) -> None:
        self._make = make
        self._made: Fetcher | None = None

    def open(self, url: str) -> AbstractAsyncContextManager[Answer]:
        """See `Fetcher.open`."""
        self._made = self._made or self._make()
        return self._made.open(url)

    async def aclose(self) -> None:
        """Close what was opened."""
        if self._made is not None:
            await self._made.aclose()


def open_public_fetcher(
    *,
    allow_private: bool = False,
    connect_seconds: float = 5.0,
    idle_seconds: float = 15.0,
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> Fetcher:
    """A fetcher for paid providers' files: https, port 443, public addresses only, each checked and pinned.

    `allow_private` also lets http, other ports and private addresses through (development). `resolve` and
    `tls` default to the system's resolver and the usual certificate authorities.
    """

    def make() -> Fetcher:
        from songwright.archive import network

        transport = network.PinnedTransport(resolve=resolve, allow_private=allow_private, tls=tls)
        check = network.any_url if allow_private else network.public_url
        return network.HttpFetcher(
            transport, check, connect_seconds=connect_seconds, idle_seconds=idle_seconds
        )

    return LateFetcher(make)


def open_fetcher(transport: Callable[[], httpx.AsyncBaseTransport]) -> Fetcher:
    """A fetcher over a transport that leads to one place only, such as the sandbox in this process.

    `transport` is called when the first file is asked for, and what it gives is closed with the fetcher.
    """

    def make() -> Fetcher:
        from songwright.archive import network

        return network.HttpFetcher(transport(), network.any_url, connect_seconds=5.0, idle_seconds=15.0)

    return LateFetcher(make)
