"""The example: a whole session against the real server keeps every promise that it prints."""

import sys
from pathlib import Path

import anyio
import pytest
from mutagen.mp3 import MP3

pytestmark = pytest.mark.anyio

SESSION = Path(__file__).parents[2] / "examples" / "session.py"


async def test_the_example_session_runs_from_the_first_word_to_the_files_of_the_next_day(
    tmp_path: Path,
) -> None:
    with anyio.fail_after(120):
        done = await anyio.run_process([sys.executable, str(SESSION), "--folder", str(tmp_path)], check=False)
    shown = " ".join(done.stdout.decode().split())  # the example breaks its lines to fit
    assert done.returncode == 0, done.stderr.decode()
    steps = [
        "What the server says",
        'write_song(idea="My sister Nina',
        "reads guide://songwriting",
        "is still to be filled in",
        "[invalid_request]",
        "Nothing in it would be refused",
        "Order ",
        "Nothing was spent again.",
        "of 45 s: ",
        "two takes",
        "reads tracks://recent",
        "2 of 2 tracks.",
    ]
    place = 0
    for step in steps:
        place = shown.find(step, place)
        assert place >= 0, f"{step!r} is missing after the step before it in\n{shown}"
    takes = sorted((tmp_path / "music").rglob("*.mp3"))
    assert [take.name for take in takes] == ["A.mp3", "B.mp3"]
    assert all(MP3(take).info.length > 10 for take in takes)  # pyright: ignore[reportUnknownMemberType] # untyped
    assert takes[0].read_bytes() != takes[1].read_bytes()
