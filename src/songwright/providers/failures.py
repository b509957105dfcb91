"""What went wrong below HTTP: one table from httpx's exceptions to the error tree.

The line that matters is whether a connection was made. After that "never seen" and "charged" look the same,
so everything later is unanswered. No text of httpx is repeated: it may hold a header's value.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from songwright.errors import (
    ProviderTimeout,
    ProviderUnreachable,
    SongwrightError,
    SubmissionUnconfirmed,
    UnexpectedResponse,
)
from songwright.providers.texts import Words


@dataclass(frozen=True)
class Failure:
    """One row: the class, what is told, what to do next, and how often to send in all."""

    error: type[SongwrightError]
    said: str
    fix: Callable[[Words], str]
    sends: int = 1


_BROKEN = Failure(
    SubmissionUnconfirmed, "The connection to {provider} broke before an answer came.", Words.unconfirmed
)
_SILENT = Failure(ProviderTimeout, "{provider} did not answer in time.", Words.unconfirmed)
_ODD = Failure(UnexpectedResponse, "The answer of {provider} could not be read.", Words.unconfirmed)
_UNREACHABLE = Failure(
    ProviderUnreachable,
    "No connection to {provider} could be made, so nothing was sent.",
    Words.unreachable,
    3,
)
_UNSENDABLE = Failure(
    ProviderUnreachable, "The request to {provider} could not be made, so nothing was sent.", Words.unsendable
)
_CERTIFICATE = Failure(
    ProviderUnreachable,
    "The certificate of {provider} could not be verified, so nothing was sent.",
    Words.certificate,
)

FAILURES: dict[type[Exception], Failure] = {
    httpx.ConnectTimeout: _UNREACHABLE,
    httpx.ConnectError: _UNREACHABLE,
    httpx.PoolTimeout: Failure(
        ProviderUnreachable,
        "Too many requests to {provider} are open, so nothing was sent.",
        Words.crowded,
        2,
    ),
    httpx.ProxyError: Failure(
        ProviderUnreachable,
        "The proxy made no connection to {provider}, so nothing was sent.",
        Words.unreachable,
        2,
    ),
    httpx.UnsupportedProtocol: _UNSENDABLE,
    httpx.LocalProtocolError: _UNSENDABLE,
    httpx.InvalidURL: _UNSENDABLE,
    httpx.ReadTimeout: _SILENT,
    httpx.WriteTimeout: _SILENT,
    httpx.TimeoutException: _SILENT,
    httpx.ReadError: _BROKEN,
    httpx.WriteError: _BROKEN,
    httpx.CloseError: _BROKEN,
    httpx.NetworkError: _BROKEN,
    httpx.RemoteProtocolError: _BROKEN,
    httpx.ProtocolError: _BROKEN,
    httpx.TransportError: _BROKEN,
    httpx.RequestError: _BROKEN,
    httpx.HTTPError: _BROKEN,
    httpx.DecodingError: _ODD,
    httpx.TooManyRedirects: _ODD,
    httpx.HTTPStatusError: _ODD,
    httpx.CookieConflict: _ODD,
    httpx.StreamError: _ODD,
    httpx.StreamConsumed: _ODD,
    httpx.StreamClosed: _ODD,
    httpx.ResponseNotRead: _ODD,
    httpx.RequestNotRead: _ODD,
    Exception: _BROKEN,
}
"""Every exception of httpx 0.28; one that nobody foresaw may have come after the order was sent, too."""


def silence(words: Words) -> SongwrightError:
    """The error for a deadline that passed without any answer."""
    return _told(_SILENT, words)


def failure(exception: Exception, words: Words) -> SongwrightError:
    """The error for an exception while asking."""
    if isinstance(exception, httpx.ConnectError) and _is_certificate(exception):
        return _told(_CERTIFICATE, words)
    return _told(next(FAILURES[kind] for kind in type(exception).__mro__ if kind in FAILURES), words)


def _told(row: Failure, words: Words) -> SongwrightError:
    said = row.said.format(provider=words.provider)
    error = row.error(said, provider=words.provider, fix=row.fix(words))
    error.sends = row.sends
    return error


def _is_certificate(exception: BaseException | None) -> bool:
    for _ in range(10):
        if exception is None:
            return False
        if isinstance(exception, ssl.SSLCertVerificationError):
            return True
        exception = exception.__cause__ or exception.__context__
    return False
