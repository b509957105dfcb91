"""`songwright serve`: the MCP server over stdio, or on this machine over HTTP."""

import socket

import anyio

from songwright.commands.terminal import Complaint, Terminal
from songwright.logs import start_logging
from songwright.settings import read_settings

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


def serve_stdio(terminal: Terminal) -> int:
    """Serve one client. A wrong setting is told by the tools, since hosts hide what is printed."""
    from songwright.app import serve_over_stdio

    settings = read_settings(terminal.environ)
    start_logging(settings)
    anyio.run(serve_over_stdio, settings)
    return 0


def serve_http(terminal: Terminal, host: str, port: int) -> int:
    """Serve /mcp and /sse until a signal comes.

    Raises:
        Complaint: a setting is wrong, the host is not this machine, or the port cannot be used.
    """
    from songwright.app import serve_over_http

    if host.strip("[]") not in THIS_MACHINE:
        raise Complaint(
            f"--host must be one of {', '.join(THIS_MACHINE)}: serving other machines needs authentication, "
            "which this version does not have."
        )
    settings = terminal.settings()
    listener = listen(host.strip("[]"), port)
    with listener:
        address = address_of(listener)
        terminal.out.print(
            f"Serving MCP at {address}/mcp, and at {address}/sse for older clients. Ctrl-C ends it."
        )
        anyio.run(serve_over_http, settings, listener)
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises Complaint where the address is taken or cannot be used."""
    from songwright.web.run import bound_socket

    try:
        return bound_socket(host, port)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Complaint(f"port {port} on {host} cannot be used ({reason}); --port names another.") from None


def address_of(listener: socket.socket) -> str:
    """The http address of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
