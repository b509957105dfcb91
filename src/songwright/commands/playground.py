"""`songwright sandbox`: the sandbox as an HTTP server, for others to develop against."""

from pathlib import Path

import anyio

from songwright.commands.serving import THIS_MACHINE, address_of, listen
from songwright.commands.terminal import Complaint, Terminal
from songwright.sandbox.ledger import SANDBOX_KEY


def folder_of(terminal: Terminal, folder: Path | None) -> Path:
    """Where the sandbox keeps its state: the folder that is named, or the one that the server uses too."""
    settings = terminal.settings()
    return folder.expanduser().absolute() if folder else settings.data_dir / "sandbox"


def refill(terminal: Terminal, folder: Path, credits: int) -> int:
    """Add play credits to the sandbox's own account."""
    from songwright.sandbox.app import open_sandbox

    async def fill() -> int:
        sandbox = open_sandbox(folder)
        try:
            return (await anyio.to_thread.run_sync(sandbox.ledger.refill, credits)).left
        finally:
            await sandbox.aclose()

    try:
        left = anyio.run(fill)
    except OSError as error:
        raise _no_folder(folder, error) from None
    terminal.out.print(f"The sandbox's account holds {left:,} play credits.")
    return 0


def serve_sandbox(terminal: Terminal, folder: Path, host: str, port: int, seconds: float) -> int:
    """Serve both song APIs until a signal comes; a song takes `seconds`."""
    from songwright.sandbox.app import open_sandbox
    from songwright.web.run import serve_app

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error) from None
    with listen(host.strip("[]"), port) as listener:
        address = address_of(listener)

        async def serve() -> None:
            sandbox = open_sandbox(folder, seconds=seconds, base_url=address)
            try:
                await serve_app(sandbox.app, listener)
            finally:
                await sandbox.aclose()

        _introduce(terminal, address, host)
        anyio.run(serve)
    return 0


def _introduce(terminal: Terminal, address: str, host: str) -> None:
    terminal.out.print(f"The sandbox stands in for both song APIs at {address}. Ctrl-C ends it.")
    terminal.out.print(
        "Its songs are synthetic sketches without a real singer. To send Songwright there, set:"
    )
    for name, value in {
        "PROVIDER": "aivideoapi",
        "AIVIDEOAPI_BASE_URL": address,
        "AIVIDEOAPI_API_KEY": SANDBOX_KEY,
        "ALLOW_PRIVATE_HOSTS": "1",
    }.items():
        terminal.out.print(f"  SONGWRIGHT_{name}={value}", soft_wrap=True)
    terminal.out.print(
        "Any other key that begins with sk- has an account of its own, with 1,000 play credits."
    )
    if host.strip("[]") not in THIS_MACHINE:
        terminal.complain("other machines can reach this address, and anyone who does can use it.")


def _no_folder(folder: Path, error: OSError) -> Complaint:
    return Complaint(f"the folder {folder} cannot be used ({(error.strerror or str(error)).lower()}).")
