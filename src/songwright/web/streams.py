"""How many streams are open at once, where the SDK sets no bound: those of the older transport."""

from dataclasses import dataclass

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass
class Capped:
    """Answers 503 to requests for `path` beyond `most` at once; passes everything else on."""

    app: ASGIApp
    path: str
    most: int
    _open: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] != self.path:
            await self.app(scope, receive, send)
        elif self._open >= self.most:
            await PlainTextResponse("Too many streams", 503)(scope, receive, send)
        else:
            self._open += 1
            try:
                await self.app(scope, receive, send)
            finally:
                self._open -= 1
