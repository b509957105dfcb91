"""HTTP to file hosts: every connection goes to an address that was checked, on every hop."""

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable
from contextlib import asynccontextmanager, contextmanager
from typing import cast

import anyio
import httpcore
import httpx

from songwright.archive.addresses import are_public, is_plain_host
from songwright.archive.fetcher import Answer, Resolve
from songwright.archive.trouble import ArchiveError

MOST_REDIRECTS = 3
LONGEST_URL = 4096

_MOST_ADDRESSES = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "songwright"}

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


async def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver says of a host; it also maps odd spellings such as `127.1`."""
    found = await anyio.getaddrinfo(host, port)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def any_url(text: str) -> httpx.URL:
    """An http or https address without user and password. Raises ArchiveError for any other."""
    if len(text) > LONGEST_URL or re.search(r"[\x00-\x20\x7f\\]", text):
        raise ArchiveError.refused("the provider's file address is malformed")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise ArchiveError.refused("the provider's file address is malformed") from None
    authority = re.split(r"[/?#]", text.partition("//")[2])[0]
    if url.scheme not in ("http", "https") or not url.host:
        raise ArchiveError.refused("the provider's file address is not a web address")
    if url.userinfo or "@" in authority:
        raise ArchiveError.refused("the provider's file address hides its host behind a user name")
    return url


def public_url(text: str) -> httpx.URL:
    """An https address on port 443 whose host is written plainly. Raises ArchiveError for any other."""
    url = any_url(text)
    if url.scheme != "https":
        raise ArchiveError.refused("the provider's file address is not https")
    if url.port not in (None, 443):
        raise ArchiveError.refused("the provider's file address has an unusual port")
    authority = re.split(r"[/?#]", text.partition("//")[2])[0]
    if not authority.isascii() or not is_plain_host(url.raw_host.decode("ascii").strip("[]").lower()):
        raise ArchiveError.refused("the provider's file address has an oddly written host")
    return url


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once a connection, checks every address it has, and connects to one of just those."""

    def __init__(
        self, resolve: Resolve, *, allow_private: bool, inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        """`inner` makes the connections, to addresses only; by default over anyio."""
        self._resolve = resolve
        self._allow_private = allow_private
        self._inner = inner or cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers; `timeout` holds for all together."""
        addresses = await self._checked(host, port, timeout)
        share = timeout / len(addresses) if timeout else timeout
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            with anyio.fail_after(timeout):
                addresses = await self._resolve(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name could not be resolved") from error
        if not self._allow_private and not are_public(addresses):
            raise ArchiveError.refused(
                "the provider's file address leads into a private network"
                " (SONGWRIGHT_ALLOW_PRIVATE_HOSTS=1 allows that)"
            )
        return addresses[:_MOST_ADDRESSES]

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: files come from the network."""
        raise httpcore.UnsupportedProtocol("no Unix sockets")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await anyio.sleep(seconds)


class _Body(httpx.AsyncByteStream):
    """The bytes of an httpcore answer."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in cast("AsyncIterable[bytes]", self._response.stream):
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class PinnedTransport(httpx.AsyncBaseTransport):
    """An httpx transport over a `PinnedBackend`. It knows no proxy: one would connect past the checks.

    The certificate is checked against the host's name, not against the pinned address.
    """

    def __init__(
        self,
        *,
        resolve: Resolve | None = None,
        allow_private: bool = False,
        tls: ssl.SSLContext | None = None,
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        backend = PinnedBackend(resolve or system_addresses, allow_private=allow_private, inner=inner)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(trust_env=False),
            max_connections=8,
            max_keepalive_connections=0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises httpcore's errors, and ArchiveError for a refused address."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=b"",
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class HttpFetcher:
    """Asks a transport for files, following redirects by its own rules.

    It uses the transport itself, not an `httpx.Client`: no cookies, no credentials, no addresses logged.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        check: Callable[[str], httpx.URL],
        *,
        connect_seconds: float,
        idle_seconds: float,
    ) -> None:
        self._transport = transport
        self._check = check
        self._timeout = httpx.Timeout(idle_seconds, connect=connect_seconds, pool=None)

    @asynccontextmanager
    async def open(self, url: str) -> AsyncGenerator[Answer]:
        """See `Fetcher.open`."""
        with _network_told():
            target, response = await self._follow(self._check(url))
            try:
                yield Answer(response.status_code, response.headers, response.aiter_raw(), target.host)
            finally:
                await response.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _follow(self, target: httpx.URL) -> tuple[httpx.URL, httpx.Response]:
        for _ in range(MOST_REDIRECTS + 1):
            response = await self._send(target)
            if response.status_code not in _REDIRECTS:
                return target, response
            await response.aclose()
            target = self._next(target, response.headers.get("location", ""))
        raise ArchiveError.later("the file host redirects in circles")

    async def _send(self, target: httpx.URL) -> httpx.Response:
        timeout = {"timeout": self._timeout.as_dict()}
        request = httpx.Request("GET", target, headers=_HEADERS, extensions=timeout)
        response = await self._transport.handle_async_request(request)
        response.request = request
        return response

    def _next(self, target: httpx.URL, location: str) -> httpx.URL:
        """Where a redirect leads, checked as strictly as the first address."""
        if not location or re.search(r"[\x00-\x20\x7f\\]", location):
            raise ArchiveError.refused("the file host redirects to no usable address")
        absolute = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", location)
        try:
            text = location if absolute else str(target.join(location))
        except (httpx.InvalidURL, ValueError):
            raise ArchiveError.refused("the file host redirects to no usable address") from None
        following = self._check(text)
        if target.scheme == "https" and following.scheme != "https":
            raise ArchiveError.refused("the file host redirects from https to http")
        return following


@contextmanager
def _network_told() -> Generator[None]:
    try:
        yield
    except (httpx.TimeoutException, httpcore.TimeoutException) as error:
        raise ArchiveError.later("the file host did not answer in time") from error
    except (httpx.ConnectError, httpcore.ConnectError) as error:
        raise ArchiveError.later("no safe connection to the file host could be made") from error
    except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise ArchiveError.later("the connection to the file host broke off") from error
