"""Where POSIX is missing, what it imports when, and what strays to standard output."""

from pathlib import Path

import pytest

from tests.fakes import CUSTOM
from tests.transports.wire import PROGRAM, environ, open_provider, open_wire

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
LATE = ("numpy", "soundfile", "typer", "httpx", "mutagen", "songwright.commands", "songwright.archive")

NOISY = """
import os, sys, threading
from songwright.cli import main
wire = os.fstat(1)
def noise():
    while os.path.samestat(os.fstat(1), wire):
        pass
    while True:
        print("noise", flush=True)
        os.write(1, b"more noise\\n")
        sys.stdout.buffer.write(b"and more\\n")
        sys.stdout.flush()
        done.wait(0.01)
done = threading.Event()
threading.Thread(target=noise, daemon=True).start()
main()
"""


async def test_a_session_works_where_posix_is_missing(tmp_path: Path) -> None:
    async with open_provider(tmp_path) as provider:
        settings = environ(tmp_path, **provider.settings)
        async with open_wire(settings, tmp_path, ["-P", str(HERE / "platforms.py")]) as wire:
            await wire.greet()
            ordered = await wire.result("generate_custom_song", **CUSTOM)
            done = await wire.result("get_task", task_id=ordered["task_id"], wait_seconds=30)
            assert done["status"] == "completed"
            saved = sorted((tmp_path / "music").rglob("*.mp3"))
            assert [Path(track["file"]) for track in done["tracks"]] == saved
            assert len(saved) == 2
            assert await wire.end("eof") == 0
            assert wire.stderr == ""


async def test_an_order_on_its_way_is_kept_where_posix_is_missing(tmp_path: Path) -> None:
    async with open_provider(tmp_path, seconds=1000) as provider:
        settings = environ(tmp_path, **provider.settings)
        async with open_wire(settings, tmp_path, ["-P", str(HERE / "platforms.py")]) as wire:
            await wire.greet()
            await wire.call("generate_custom_song", **CUSTOM)
            await provider.arrivals.first("POST")
            assert await wire.end("eof") == 0
            assert wire.stderr == ""


async def test_nothing_that_is_printed_while_serving_reaches_the_client(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path, ["-P", "-c", NOISY]) as wire:
        await wire.greet()
        for _ in range(20):
            assert (await wire.result("list_tracks"))["status"] == "ok"
        assert wire.process.stdin is not None
        await wire.process.stdin.aclose()
    assert "more noise" in wire.stderr


async def test_what_a_first_song_needs_is_imported_with_it(tmp_path: Path) -> None:
    settings = environ(tmp_path)
    async with open_wire(settings, tmp_path, ["-X", "importtime", *PROGRAM]) as wire:
        await wire.greet()
        await wire.answer(await wire.ask("tools/list"))
        await wire.result("list_tracks")
        assert await wire.end("eof") == 0
        imported = {line.rpartition("|")[2].strip() for line in wire.stderr.splitlines()}
    assert "songwright.mcp.server" in imported
    early = {name for name in imported if name in LATE or name.startswith(tuple(f"{one}." for one in LATE))}
    assert early == set()
