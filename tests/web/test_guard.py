"""Foreign Hosts and Origins are refused on every route, and the public host reaches callbacks alone."""

from pathlib import Path

import pytest

from tests.web.serving import Site, open_site

pytestmark = pytest.mark.anyio

PATHS = (
    *("/", "/mcp", "/mcp/", "/sse", "/messages", "/messages/", "/messages/?session_id=0", "/healthz"),
    *("/callbacks/", "/callbacks/x", "/unknown", "/.well-known/oauth-protected-resource", "//mcp"),
    *("/callbacks/../mcp", "/callbacks/%2e%2e/mcp", "/callbacks/x/../../mcp"),
)
METHODS = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH")
FOREIGN_HOSTS = (
    *("evil.example", "evil.example:80", "localhost", "127.0.0.1", "127.0.0.1:1", "[::1]", "0.0.0.0"),  # noqa: S104 # refused
    *("127.0.0.1.evil.example:{port}", "127.0.0.1:{port}.evil.example", "evil.example@127.0.0.1:{port}"),
    *("127.1:{port}", "2130706433:{port}", ""),
)
FOREIGN_ORIGINS = (
    *("null", "https://evil.example", "http://localhost", "https://localhost:{port}", "file://", ""),
    *("http://localhost:{port}@evil.example", "http://127.0.0.1:{port}.evil.example", "http://evil.example"),
)


async def status(site: Site, method: str, path: str, **headers: str) -> int:
    """The status of one request, its body not awaited (an event stream has no end)."""
    filled = {name: value.format(port=site.port) for name, value in headers.items()}
    async with site.client.stream(method, path, headers=filled) as answer:
        return answer.status_code


async def test_bad_input_38_a_foreign_host_is_misdirected_on_every_route(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        for path in PATHS:
            for method in METHODS:
                assert await status(site, method, path, host="evil.example") == 421, (method, path)
        for host in FOREIGN_HOSTS:
            assert await status(site, "GET", "/healthz", host=host) == 421, host


async def test_bad_input_38_a_foreign_origin_is_forbidden_on_every_route(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        for path in PATHS:
            for origin in ("null", "https://evil.example"):
                assert await status(site, "POST", path, origin=origin) == 403, (path, origin)
        for origin in FOREIGN_ORIGINS:
            assert await status(site, "GET", "/healthz", origin=origin) == 403, origin


async def test_this_machines_own_names_are_let_in(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        for name in ("127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"):
            assert await status(site, "GET", "/healthz", host=name) == 200, name
            assert await status(site, "GET", "/healthz", origin=f"http://{name}") == 200, name
        answer = await site.client.get("/healthz")
        assert answer.json().keys() == {"status", "version"}


async def test_the_public_host_reaches_callbacks_alone(tmp_path: Path) -> None:
    async with open_site(tmp_path, callbacks_at="https://songs.example.com/songwright") as site:
        for host in ("songs.example.com", "Songs.Example.Com", "songs.example.com:443"):
            assert await status(site, "POST", "/callbacks/unknown", host=host) == 400, "no body"
            for path in PATHS:
                if not path.startswith("/callbacks"):
                    assert await status(site, "POST", path, host=host) == 421, path
            for path in ("/callbacks/../mcp", "/callbacks/%2e%2e/mcp", "/callbacks/x/../../mcp"):
                assert await status(site, "POST", path, host=host) in (404, 421), path
        assert await status(site, "POST", "/callbacks/unknown", host="songs.example.com:8443") == 421
        assert await status(site, "POST", "/callbacks/x", host="songs.example.com", origin="null") == 403


async def test_a_public_host_with_a_port_of_its_own_is_known_by_it(tmp_path: Path) -> None:
    async with open_site(tmp_path, callbacks_at="https://songs.example.com:8443") as site:
        assert await status(site, "POST", "/callbacks/x", host="songs.example.com:8443") == 400
        assert await status(site, "POST", "/callbacks/x", host="songs.example.com") == 421
