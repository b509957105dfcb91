"""The library's own secret."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.library.shelf import shelf

pytestmark = pytest.mark.anyio


async def test_the_seal_is_the_library_s_own_and_lasts(tmp_path: Path) -> None:
    async with shelf(tmp_path / "one") as one, shelf(tmp_path / "two") as two:
        first = await (await one.open()).seal()
        assert first is not None
        assert len(first) == 32
        assert await (await one.open()).seal() == first
        assert await (await one.open(read_only=True)).seal() == first
        assert await (await two.open()).seal() != first


async def test_a_library_of_an_older_program_gets_a_seal_when_it_is_opened(tmp_path: Path) -> None:
    async with shelf(tmp_path) as home:
        await (await home.open()).aclose()
        with closing(sqlite3.connect(home.path)) as raw:
            raw.execute("DELETE FROM meta WHERE name = 'seal'")
            raw.commit()
        assert await (await home.open(read_only=True)).seal() is None
        assert len(await (await home.open()).seal() or b"") == 32
