"""How a provider is opened: late, without a trace of the key, and by name."""

import logging
import subprocess
import sys

import anyio
import httpx
import pytest
from starlette.types import Receive, Scope, Send

from songwright.catalog import CATALOGS
from songwright.errors import InsufficientCredits, NotConfigured, ProviderTimeout
from songwright.providers import open_provider

from .dialects import CUSTOM, KEY, Reply, Script, opened, said

pytestmark = pytest.mark.anyio


def test_the_package_does_not_load_httpx_before_a_provider_is_opened() -> None:
    program = (
        "import sys, songwright.providers as p; assert 'httpx' not in sys.modules; "
        "p.open_provider('sandbox', key='sk-12345678', base_url='http://x', timeout=1); "
        "assert 'httpx' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)  # noqa: S603 # our own interpreter


@pytest.mark.parametrize("name", CATALOGS)
def test_a_provider_knows_its_name_and_its_catalog(name: str) -> None:
    provider = opened(name, Script([]))
    assert provider.name == name
    assert provider.catalog is CATALOGS[name]


@pytest.mark.parametrize("key", ["", "sk-a b", "sk-a\r\nX: y", "sk-é", "sk-\x00", " sk-a"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_without_an_echo(key: str) -> None:
    with pytest.raises(NotConfigured) as raised:
        open_provider("aivideoapi", key=key, base_url="https://x", timeout=1)
    assert "SONGWRIGHT_AIVIDEOAPI_API_KEY" in (raised.value.fix or "")
    assert not key or key not in f"{raised.value.info!r}"


def test_an_unknown_provider_is_refused_by_name() -> None:
    with pytest.raises(NotConfigured) as raised:
        open_provider("soundcloud", key=KEY, base_url="https://x", timeout=1)
    assert "aivideoapi, aimusicapi, sandbox" in (raised.value.fix or "")


async def test_the_key_stands_in_no_repr_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    provider = opened("aivideoapi", Script([said(402, {"code": 200, "data": {"taskId": "t-1"}})]))
    await provider.submit(CUSTOM)
    assert caplog.records
    assert KEY not in caplog.text
    assert KEY not in repr(provider) + repr(vars(provider))


async def test_a_transport_that_ignores_timeouts_meets_the_deadline() -> None:
    class Deaf(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await anyio.sleep_forever()
            raise AssertionError

    provider = opened("sandbox", Deaf(), timeout=0.1)
    with anyio.fail_after(10):
        with pytest.raises(ProviderTimeout) as ordered:
            await provider.submit(CUSTOM)
        with pytest.raises(ProviderTimeout) as asked:
            await provider.query("t-1")
    assert (ordered.value.spent, ordered.value.retryable) == ("unknown", False)
    assert (asked.value.spent, asked.value.retryable) == ("nothing", True)


async def test_an_asgi_app_is_a_provider() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["path"] == "/v1/tasks/t-1"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"id":"t-1","status":"pending"}'})

    provider = opened("sandbox", httpx.ASGITransport(app))
    assert (await provider.query("t-1")).status == "pending"


async def test_a_base_url_with_a_slash_or_a_path_is_joined_plainly() -> None:
    for base in ("https://host.example", "https://host.example/", "https://host.example/proxy"):
        script = Script([Reply(200, b'{"id":"t-1","status":"pending"}')])
        provider = open_provider(
            "aivideoapi", key=KEY, base_url=base, timeout=1, transport=httpx.MockTransport(script)
        )
        await provider.query("t-1")
        assert str(script.requests[0].url) == base.rstrip("/") + "/v1/tasks/t-1"


async def test_an_unknown_status_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    provider = opened("aivideoapi", Script([said(200, {"id": "t-1", "status": "dreaming"})]))
    for _ in range(3):
        assert (await provider.query("t-1")).status == "processing"
    assert [record.levelname for record in caplog.records if "dreaming" in record.getMessage()] == ["WARNING"]


async def test_a_code_that_differs_from_the_status_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    provider = opened("aimusicapi", Script([said(200, {"code": 402, "message": "no"})]))
    with pytest.raises(InsufficientCredits):
        await provider.submit(CUSTOM)
    assert "HTTP 200 with code 402" in caplog.text
