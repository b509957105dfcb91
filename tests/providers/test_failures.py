"""httpx's exceptions: one table, and it is complete."""

import ssl

import httpx
import pytest

from songwright.errors import (
    NotReached,
    ProviderTimeout,
    ProviderUnreachable,
    SongwrightError,
    SubmissionUnconfirmed,
    Unanswered,
    UnexpectedResponse,
)
from songwright.providers.failures import FAILURES

from .dialects import CUSTOM, KEY, opened

pytestmark = pytest.mark.anyio


def descendants(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


def test_every_exception_of_httpx_has_its_row() -> None:
    public = {
        found
        for name in httpx.__all__
        if isinstance(found := getattr(httpx, name), type) and issubclass(found, Exception)
    }
    tree = set[type[Exception]]().union(*(descendants(kind) for kind in public))
    assert tree - FAILURES.keys() == set()
    assert FAILURES.keys() - tree == {Exception}


NOT_SENT: dict[type[Exception], int] = {
    httpx.ConnectError: 3,
    httpx.ConnectTimeout: 3,
    httpx.PoolTimeout: 2,
    httpx.ProxyError: 2,
    httpx.UnsupportedProtocol: 1,
    httpx.LocalProtocolError: 1,
    httpx.InvalidURL: 1,
}


async def failing(exception: Exception, *, query: bool = False) -> SongwrightError:
    def handler(_: httpx.Request) -> httpx.Response:
        raise exception

    provider = opened("aivideoapi", handler)
    with pytest.raises(SongwrightError) as raised:
        await (provider.query("t-1") if query else provider.submit(CUSTOM))
    return raised.value


def thrown(kind: type[Exception]) -> Exception:
    if kind in (httpx.StreamConsumed, httpx.ResponseNotRead, httpx.RequestNotRead, httpx.StreamClosed):
        return kind()
    if issubclass(kind, httpx.HTTPStatusError):
        request = httpx.Request("POST", "https://example.com")
        return kind(KEY, request=request, response=httpx.Response(500, request=request))
    return kind(f"Illegal header value b'Bearer {KEY}'")


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
async def test_an_order_that_failed_below_http_is_sent_again_only_where_no_connection_was_made(
    kind: type[Exception],
) -> None:
    error = await failing(thrown(kind))
    assert error.sends == NOT_SENT.get(kind, 1)
    assert isinstance(error, ProviderUnreachable if kind in NOT_SENT else Unanswered)
    assert error.spent == ("nothing" if kind in NOT_SENT else "unknown")
    assert error.retryable == (kind in NOT_SENT)
    assert error.fix
    assert error.provider == "aivideoapi"


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
async def test_nothing_of_the_exception_is_told(kind: type[Exception]) -> None:
    error = await failing(thrown(kind))
    assert KEY not in f"{error!r}{error.info!r}{error.evidence}"
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("kind", FAILURES, ids=lambda kind: kind.__name__)
async def test_a_question_that_failed_below_http_may_be_asked_again(kind: type[Exception]) -> None:
    error = await failing(thrown(kind), query=True)
    assert (error.retryable, error.spent) == (True, "nothing")
    assert "don't order it again" not in (error.fix or "")


async def test_the_classes_say_what_happened() -> None:
    assert isinstance(await failing(httpx.ReadTimeout("")), ProviderTimeout)
    assert isinstance(await failing(httpx.WriteTimeout("")), ProviderTimeout)
    assert isinstance(await failing(httpx.ReadError("")), SubmissionUnconfirmed)
    assert isinstance(await failing(httpx.RemoteProtocolError("")), SubmissionUnconfirmed)
    assert isinstance(await failing(httpx.DecodingError("")), UnexpectedResponse)
    assert isinstance(await failing(ConnectionResetError()), SubmissionUnconfirmed)
    assert isinstance(await failing(RuntimeError("unforeseen")), SubmissionUnconfirmed)


async def test_a_certificate_that_cannot_be_trusted_is_not_tried_again() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        try:
            raise ssl.SSLCertVerificationError("certificate verify failed: self-signed")
        except ssl.SSLError as cause:
            raise httpx.ConnectError("tls") from cause

    with pytest.raises(NotReached) as raised:
        await opened("aivideoapi", handler).submit(CUSTOM)
    assert raised.value.sends == 1
    assert "certificate" in raised.value.message
    assert "clock" in (raised.value.fix or "")
