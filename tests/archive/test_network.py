"""Nothing reaches an address that is not public, whatever the URL, its redirects or its name say."""

import asyncio
import gzip
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import httpx
import pytest

from songwright.archive import ArchiveError, Fetcher, open_public_fetcher
from songwright.archive.fetcher import Resolve
from songwright.archive.network import HttpFetcher, PinnedTransport, any_url, public_url

from .certificates import client_tls, server_tls
from .test_addresses import NOT_PUBLIC, PUBLIC
from .world import Detour, FileHost, answer, file_host, names, redirect

pytestmark = pytest.mark.anyio

BODY = b"ID3" + bytes(2000)
PUBLIC_NAMES = {"files.test": ["93.184.216.34"]}

_BAD_URLS = """
http://127.0.0.1:PORT/a.mp3 https://127.0.0.1:PORT/a.mp3 https://localhost:PORT/a.mp3 http://files.test/a.mp3
http://files.test:PORT/a.mp3 https://files.test:PORT/a.mp3 https://files.test:8443/a.mp3 https://files.test:80/
ftp://files.test/a.mp3 ftp://127.0.0.1:PORT/a.mp3 file:///etc/passwd file://localhost/etc/passwd
gopher://127.0.0.1:PORT/_x data:audio/mpeg;base64,SUQz javascript:alert(1) //files.test/a.mp3 files.test/a.mp3
/etc/passwd https:///a.mp3 https:a.mp3 https:// unix:///var/run/docker.sock ws://127.0.0.1:PORT/
https://user@files.test/a.mp3 https://user:word@files.test/a.mp3 https://files.test@127.0.0.1/a.mp3
https://files.test:443@127.0.0.1:PORT/ https://@files.test/a.mp3 https://files.test\\@127.0.0.1/
https://127.0.0.1/a.mp3 https://127.1/ https://127.0.1/ https://2130706433/ https://0x7f000001/ https://0x7f.1/
https://0177.0.0.1/ https://017700000001/ https://0/ https://0.0.0.0/ https://127.0.0.1./ https://localhost/
https://localhost./ https://[::1]/ https://[::]/ https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/
https://[64:ff9b::7f00:1]/ https://[2002:7f00:1::]/ https://[fe80::1]/ https://[fec0::1]/ https://[fd00:ec2::254]/
https://169.254.169.254/latest/meta-data/ https://192.168.0.1/ https://10.0.0.1/ https://100.100.100.200/
https://224.0.0.1/ https://255.255.255.255/ https://192.0.0.8/ https://192.88.99.1/ https://198.18.0.5/
https://１２７.０.０.１/ https://①②⑦.⓪.⓪.①/ https://127。0。0。1/ https://аррӏе.com/a.mp3 https://xn--80ak6aa92e.com/
https://files.test%00.evil/ https://files.test%2eevil/ https://[::1/ https://[files.test]/ https://files.test:99999/
"""
BAD_URLS = _BAD_URLS.split()


async def addresses_or_loopback(host: str, port: int) -> list[str]:
    """As a hostile resolver would: every name that is no public test name is this machine."""
    return PUBLIC_NAMES.get(host, [host] if ":" in host or host[0].isdigit() else ["127.0.0.1"])


def detoured(
    host: FileHost,
    resolve: Resolve,
    check: Callable[[str], httpx.URL] = any_url,
    tls: str | None = None,
    allow_private: bool = False,
) -> tuple[Fetcher, Detour]:
    """A fetcher that would reach the loopback host from any address, if its checks let it."""
    detour = Detour(host.port)
    context = client_tls(tls) if tls else None
    transport = PinnedTransport(resolve=resolve, inner=detour, tls=context, allow_private=allow_private)
    return HttpFetcher(transport, check, connect_seconds=5, idle_seconds=5), detour


@asynccontextmanager
async def secure_host(folder: Path) -> AsyncGenerator[FileHost]:
    async with file_host({"/a.mp3": answer(BODY)}, server_tls("files.test", folder)) as host:
        yield host


async def fetched(fetcher: Fetcher, url: str) -> bytes:
    try:
        async with fetcher.open(url) as reply:
            return b"".join([chunk async for chunk in reply.chunks])
    finally:
        await fetcher.aclose()


async def refusal(fetcher: Fetcher, url: str) -> ArchiveError:
    with pytest.raises(ArchiveError) as caught:
        await fetched(fetcher, url)
    return caught.value


@pytest.mark.parametrize("pattern", BAD_URLS)
async def test_bad_input_60_a_bad_address_is_refused_and_no_connection_made(pattern: str) -> None:
    async with file_host({"/a.mp3": answer(BODY)}) as host:
        fetcher, detour = detoured(host, addresses_or_loopback, public_url)
        error = await refusal(fetcher, pattern.replace("PORT", str(host.port)))
        assert not error.retry and not error.fresh_url
        assert detour.addresses == [] and host.connections == 0


@pytest.mark.parametrize("address", NOT_PUBLIC[:-4])
async def test_bad_input_60_a_name_of_an_address_that_is_not_public_reaches_nothing(address: str) -> None:
    async with file_host({"/a.mp3": answer(BODY)}) as host:
        fetcher, detour = detoured(host, names({"files.test": [address]}))
        error = await refusal(fetcher, "http://files.test/a.mp3")
        assert not error.retry
        assert address not in error.reason
        assert detour.addresses == [] and host.connections == 0


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_would_have_reached_the_listener(address: str) -> None:
    async with file_host({"/a.mp3": answer(BODY)}) as host:
        fetcher, detour = detoured(host, names({"files.test": [address]}))
        assert await fetched(fetcher, "http://files.test/a.mp3") == BODY
        assert detour.addresses == [address] and host.connections == 1


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "localhost",
    "[::1]",
    "[::ffff:7f00:1]",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_spelling_that_the_system_resolves_to_loopback_reaches_nothing(spelling: str) -> None:
    async with file_host({"/a.mp3": answer(BODY)}) as host:
        transport = PinnedTransport()
        fetcher = HttpFetcher(transport, any_url, connect_seconds=5, idle_seconds=5)
        error = await refusal(fetcher, f"http://{spelling}:{host.port}/a.mp3")
        assert "private network" in error.reason and host.connections == 0


async def test_the_real_fetcher_refuses_the_loopback_host_and_private_hosts_can_be_allowed() -> None:
    async with file_host({"/a.mp3": answer(BODY)}) as host:
        error = await refusal(open_public_fetcher(), host.url("/a.mp3"))
        assert not error.retry and host.connections == 0
        assert await fetched(open_public_fetcher(allow_private=True), host.url("/a.mp3")) == BODY
        assert host.connections == 1


async def test_bad_input_69_a_name_with_one_private_address_among_several_reaches_nothing() -> None:
    async with file_host() as host:
        fetcher, detour = detoured(host, names({"files.test": ["93.184.216.34", "1.1.1.1", "10.0.0.1"]}))
        assert not (await refusal(fetcher, "http://files.test/a.mp3")).retry
        assert detour.addresses == [] and host.connections == 0


async def test_a_name_that_turns_private_is_resolved_and_refused_again_for_every_connection() -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"], ["93.184.216.34"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    async with file_host({"/a.mp3": redirect("/b.mp3"), "/b.mp3": answer(BODY)}) as host:
        fetcher, detour = detoured(host, rebinding)
        assert "private network" in (await refusal(fetcher, "http://files.test/a.mp3")).reason
        assert detour.addresses == ["93.184.216.34"] and host.connections == 1


async def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_asked_once() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34"]

    async with file_host({"/a.mp3": answer(BODY)}) as host:
        fetcher, detour = detoured(host, resolve)
        await fetched(fetcher, "http://files.test/a.mp3")
        assert asked == ["files.test"] and detour.addresses == ["93.184.216.34"]
        assert "Host: files.test" in host.requests[0]


_REDIRECTS = """
http://169.254.169.254/latest/meta-data/ http://127.0.0.1:PORT/secret http://[::1]/ http://10.0.0.1/ http://127.1/
file:///etc/passwd ftp://files.test/ javascript:alert(1) http://user:word@files.test/ http://inner.test/
//inner.test/secret data:audio/mpeg,x http:// \\\\inner.test\\x
"""
REDIRECTS = _REDIRECTS.split()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("pattern", REDIRECTS)
async def test_bad_input_60_a_redirect_to_where_it_must_not_go_is_not_followed(
    pattern: str, status: int
) -> None:
    async with file_host() as host:
        host.routes["/a.mp3"] = redirect(pattern.replace("PORT", str(host.port)), status)
        fetcher, detour = detoured(host, names({**PUBLIC_NAMES, "inner.test": ["192.168.1.1"]}))
        assert not (await refusal(fetcher, "http://files.test/a.mp3")).retry
        assert detour.addresses == ["93.184.216.34"] and host.connections == 1


async def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    async with secure_host(tmp_path) as host:
        host.routes["/r.mp3"] = redirect("http://files.test/a.mp3")
        for check in (public_url, any_url):
            fetcher, _ = detoured(host, names(PUBLIC_NAMES), check, tls="files.test")
            assert not (await refusal(fetcher, "https://files.test/r.mp3")).retry
        assert host.connections == 2


@pytest.mark.parametrize(
    "location",
    [
        "https://files.test:8443/a.mp3",
        "https://u@files.test/a.mp3",
        "https://xn--80ak6aa92e.com/",
        "https://127.1/",
    ],
)
async def test_bad_input_60_a_redirect_keeps_to_the_rules_of_the_first_address(
    location: str, tmp_path: Path
) -> None:
    async with secure_host(tmp_path) as host:
        host.routes["/r.mp3"] = redirect(location)
        known = names({**PUBLIC_NAMES, "xn--80ak6aa92e.com": ["1.1.1.1"], "127.1": ["1.1.1.1"]})
        fetcher, detour = detoured(host, known, public_url, tls="files.test")
        assert not (await refusal(fetcher, "https://files.test/r.mp3")).retry
        assert detour.addresses == ["93.184.216.34"] and host.connections == 1


async def test_a_connection_is_not_kept_for_a_later_file_so_its_name_is_checked_again() -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    async def keep_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reply = answer(BODY).replace(b"Connection: close\r\n", b"")
        writer.write(reply)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(reply)

    async with file_host({"/a.mp3": keep_open}) as host:
        fetcher, detour = detoured(host, rebinding)
        async with fetcher.open("http://files.test/a.mp3") as reply:
            assert b"".join([chunk async for chunk in reply.chunks]) == BODY
        assert "private network" in (await refusal(fetcher, "http://files.test/a.mp3")).reason
        assert detour.addresses == ["93.184.216.34"]


async def test_the_bytes_come_as_they_are_on_the_wire() -> None:
    squeezed = gzip.compress(bytes(5_000_000))
    async with file_host({"/a.mp3": answer(squeezed, headers={"Content-Encoding": "gzip"})}) as host:
        assert await fetched(open_public_fetcher(allow_private=True), host.url("/a.mp3")) == squeezed


async def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    routes = {f"/{hop}": redirect(f"/{hop + 1}") for hop in range(4)}
    async with file_host({**routes, "/4": answer(BODY)}) as host:
        fetcher = open_public_fetcher(allow_private=True)
        assert await fetched(fetcher, host.url("/1")) == BODY
        error = await refusal(open_public_fetcher(allow_private=True), host.url("/0"))
        assert error.retry and "circles" in error.reason
        assert len(host.requests) == 8


async def test_a_redirect_without_a_place_is_refused() -> None:
    async with file_host({"/a.mp3": answer(status=302)}) as host:
        assert (
            "no usable address"
            in (await refusal(open_public_fetcher(allow_private=True), host.url("/a.mp3"))).reason
        )


async def test_a_file_host_gets_no_credentials_no_cookies_and_is_asked_for_plain_bytes() -> None:
    reply = answer(status=302, headers={"Location": "/b.mp3", "Set-Cookie": "session=1"})
    async with file_host({"/a.mp3": reply, "/b.mp3": answer(BODY)}) as host:
        await fetched(open_public_fetcher(allow_private=True), host.url("/a.mp3?signature=s3cret"))
        for request in host.requests:
            lower = request.lower()
            assert not any(word in lower for word in ("authorization", "cookie", "referer", "x-api-key"))
            assert "accept-encoding: identity" in lower


async def test_https_on_443_of_a_public_name_works_and_the_certificate_must_be_the_names(
    tmp_path: Path,
) -> None:
    async with secure_host(tmp_path) as host:
        fetcher, detour = detoured(host, names(PUBLIC_NAMES), public_url, tls="files.test")
        assert await fetched(fetcher, "https://files.test/a.mp3") == BODY
        assert detour.addresses == ["93.184.216.34"]
        other, _ = detoured(host, names({"other.test": ["93.184.216.34"]}), public_url, tls="files.test")
        error = await refusal(other, "https://other.test/a.mp3")
        assert error.retry and "no safe connection" in error.reason
        assert len(host.requests) == 1


async def test_bad_input_68_a_self_signed_certificate_is_refused_and_nothing_sent(tmp_path: Path) -> None:
    async with secure_host(tmp_path) as host:
        fetcher, _ = detoured(host, names(PUBLIC_NAMES), public_url)
        assert "no safe connection" in (await refusal(fetcher, "https://files.test/a.mp3")).reason
        assert host.requests == []


@pytest.mark.parametrize("failure", [OSError("no such host"), UnicodeError("label too long")])
async def test_a_name_that_cannot_be_resolved_may_be_tried_again(failure: Exception) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise failure

    error = await refusal(open_public_fetcher(resolve=resolve), "https://files.test/a.mp3")
    assert error.retry and not error.fresh_url


async def test_a_resolver_that_hangs_is_given_up() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await anyio.sleep_forever()
        return []

    fetcher = open_public_fetcher(resolve=resolve, connect_seconds=0.05)
    assert "in time" in (await refusal(fetcher, "https://files.test/a.mp3")).reason


async def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    async with file_host({"/a.mp3": answer(BODY)}) as host:
        fetcher = open_public_fetcher(
            allow_private=True, resolve=names({"files.test": ["127.0.0.2", "127.0.0.1"]})
        )
        assert await fetched(fetcher, f"http://files.test:{host.port}/a.mp3") == BODY


async def test_no_sentence_for_the_person_repeats_the_address() -> None:
    async with file_host() as host:
        for path in ("/a.mp3?signature=s3cret", "/x?signature=s3cret"):
            error = await refusal(open_public_fetcher(), host.url(path))
            assert "s3cret" not in error.reason and "127.0.0.1" not in error.reason
