"""Logs: no key, no token, no signed address reaches stderr, a file, or a client, whatever happens."""

import logging
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.logs import CHATTY, Redacting, start_logging
from songwright.sandbox.faults import Fault
from songwright.settings import read_settings
from tests.fakes import CUSTOM
from tests.transports.wire import Wire, environ, open_provider, open_wire

pytestmark = pytest.mark.anyio

CANARY = "sk-canary0123456789canary"
SIGNED = "https://files.example.com/a/song.mp3"


@pytest.fixture
def quiet() -> Generator[None]:
    """The logging of this process, put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in CHATTY}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)


def written(message: object, *args: object, secrets: tuple[str, ...] = (CANARY,), error: Any = None) -> str:
    """A record as it is written."""
    record = logging.LogRecord("songwright", logging.INFO, __file__, 1, message, args, error)  # type: ignore[arg-type] # any object
    return Redacting(secrets).format(record)


@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("the key is %s", (CANARY,)),
        ("the key is %r", ({"key": CANARY},)),
        (f"Authorization: Bearer {CANARY}", ()),
        ("%s", (f"{CANARY}{CANARY}",)),
        (ValueError(CANARY), ()),
    ],
)
def test_a_key_in_use_is_never_written(message: object, args: tuple[object, ...]) -> None:
    assert "canary" not in written(message, *args)


def test_a_key_in_use_is_not_written_in_a_traceback_either() -> None:
    try:
        raise ValueError(f"Illegal header value b'Bearer {CANARY}'")
    except ValueError as error:
        text = written("failed", error=(ValueError, error, error.__traceback__))
    assert "Traceback" in text
    assert "canary" not in text


def test_what_looks_like_a_key_or_a_token_is_not_written() -> None:
    assert "abcdefgh" not in written("sk-abcdefghij1234567890 was refused", secrets=())
    assert "opaque" not in written("authorization: bearer opaque.token", secrets=())


def test_of_an_address_the_user_and_the_query_are_left_out() -> None:
    assert written(f"GET {SIGNED}?sig=secret&expires=1 ended").endswith(f"GET {SIGNED}?… ended")
    assert "secret" not in written("https://user:secret@example.com/x")
    assert "secret" not in written("postgresql://user:secret@db/songs")
    assert "secret" not in written(f"('{SIGNED}?sig=secret', 1)")
    assert "secret" not in written(f"{SIGNED}#secret")


def test_of_a_callback_only_the_start_of_its_token_is_written() -> None:
    token = "abcdef" + "ghijklmnop" * 4
    text = written(f"POST /callbacks/{token} and https://example.com/callbacks/{token}")
    assert "ghij" not in text
    assert text.count("/callbacks/abcdef…") == 2


def test_what_could_forge_a_line_or_move_a_terminal_is_not_written() -> None:
    text = written("title \x1b[2J\r\x00\x9b31m\u2028 end")
    assert text.isprintable()
    assert text.endswith("end")


@given(st.from_regex(r"[!-~]{8,60}", fullmatch=True), st.text(max_size=30), st.text(max_size=30))
def test_no_key_is_written_however_it_is_shown(key: str, before: str, after: str) -> None:
    shown = f"{before}\n{key}\n{after} {key!r} {[key]!r}"
    text = written("%s", shown, secrets=(key,))
    assert key not in text or key in written("%s", f"{before}\n{after}", secrets=())


def test_logs_go_to_stderr_at_the_level_of_the_settings(
    quiet: None, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {"SONGWRIGHT_DATA_DIR": "/nowhere/songwright", "SONGWRIGHT_AIVIDEOAPI_API_KEY": CANARY}
    start_logging(read_settings({**values, "SONGWRIGHT_LOG_LEVEL": "info"}))
    logging.getLogger("songwright.service").info("with %s", CANARY)
    logging.getLogger("songwright.service").debug("too much")
    for name in CHATTY:
        logging.getLogger(f"{name}.part").info("chatter")
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert "canary" not in told.err


def test_a_stream_is_written_once_however_often_logging_starts(quiet: None) -> None:
    settings = read_settings({"SONGWRIGHT_DATA_DIR": "/nowhere/songwright"})
    start_logging(settings)
    start_logging(settings)
    assert len(logging.getLogger().handlers) == 1
    assert isinstance(logging.getLogger().handlers[0], logging.StreamHandler)


FAULTS = (
    *("invalid-request", "invalid-api-key", "insufficient-credits", "internal-error", "upstream-error"),
    *("rate-limit-exceeded", "html502", "empty", "not-json", "gzip-lie", "drop", "drop-after-charge", "cut"),
)


async def session(wire: Wire, provider: Any) -> None:
    """Calls of every kind, orders that go well and orders that meet every fault."""
    await wire.greet()
    ordered = await wire.result("generate_custom_song", **CUSTOM)
    done = await wire.result("get_task", task_id=ordered["task_id"], wait_seconds=30, include_lyrics=True)
    assert done["status"] == "completed"
    leak = f'{{"error":{{"code":"invalid_api_key","message":"bad key {CANARY}","type":"t"}}}}'.encode()
    told = f'{{"code":401,"message":"bad key {CANARY}"}}'.encode()
    for number, fault in enumerate(
        [*map(Fault, FAULTS), *(Fault("answer", status=401, body=b) for b in (leak, told))]
    ):
        provider.sandbox.faults.push(fault, route="submit")
        await wire.result("generate_custom_song", **{**CUSTOM, "title": f"Song {number}"})
    provider.sandbox.faults.push(Fault("answer", status=500, body=leak), route="query")
    await wire.result("get_task", task_id="an-id-nobody-has")
    await wire.result("check_credits")
    await wire.result("generate_song", prompt=f"a song about {CANARY}")
    await wire.result("get_task", task_id=CANARY)
    for uri in ("tracks://recent", "tasks://recent", "provider://catalog", f"tasks://{ordered['task_id']}"):
        await wire.answer(await wire.ask("resources/read", uri=uri))


@pytest.mark.parametrize("name", ["aivideoapi", "aimusicapi"])
async def test_a_whole_session_with_every_failure_at_debug_gives_no_key_away(
    tmp_path: Path, name: str
) -> None:
    async with open_provider(tmp_path, name) as provider:
        paid = {**provider.settings, f"{name}_api_key": CANARY, "log_level": "debug", "request_timeout": "2"}
        async with open_wire(environ(tmp_path, **paid), tmp_path) as wire:
            with anyio.fail_after(90):
                await session(wire, provider)
            assert await wire.end("eof") == 0
    said = b"\n".join(wire.lines)
    assert said.count(b"canary") == 0
    assert "canary" not in wire.stderr
    files = [Path(folder) / file for folder, _, names in os.walk(tmp_path) for file in names]
    ours = [path for path in files if "provider" not in path.parts]
    assert any(path.suffix == ".mp3" for path in ours)
    assert any(path.name.startswith("songwright.db") for path in ours)
    for path in ours:
        assert b"canary" not in path.read_bytes(), path
    assert "/files/" not in wire.stderr, "addresses of files may be signed"
