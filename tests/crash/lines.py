"""JSON lines over a socket: how the harness, the provider and the processes that die speak."""

import json
import socket
from dataclasses import dataclass
from typing import Any


class Ended(Exception):
    """The other side is gone."""


@dataclass
class Lines:
    """One end of a socket pair. Blocking, and bounded by `seconds`."""

    channel: socket.socket
    seconds: float | None = 30.0
    _rest: bytes = b""

    def say(self, **message: Any) -> None:
        """Send a line. Raises Ended."""
        try:
            self.channel.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise Ended from error

    def hear(self, seconds: float | None = None) -> dict[str, Any]:
        """The next line. Raises Ended; TimeoutError after so many seconds."""
        self.channel.settimeout(self.seconds if seconds is None else seconds)
        while b"\n" not in self._rest:
            try:
                chunk = self.channel.recv(65536)
            except ConnectionError as error:
                raise Ended from error
            if not chunk:
                raise Ended
            self._rest += chunk
        line, self._rest = self._rest.split(b"\n", 1)
        return json.loads(line)

    def close(self) -> None:
        """Hang up."""
        self.channel.close()
