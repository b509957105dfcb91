"""Ids that the database could not take: kept in the spill file, told at once, written later."""

import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.errors import LibraryUnavailable
from songwright.library.spill import SIZE, Spill, Spilled, parse
from tests.library.shelf import (
    NOON,
    PROVIDER,
    Shelf,
    answer,
    order,
    sent,
    shelf,
    started,
    unconfirmed,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


def test_a_spill_file_has_its_space_from_the_start_and_gives_back_what_it_took(tmp_path: Path) -> None:
    path = tmp_path / "x.spill"
    spill = Spill(path)
    assert path.stat().st_size == SIZE
    entries = [Spilled("a", "id-1"), Spilled("b", "id \u00fc\n2", "odd")]
    for entry in entries:
        spill.add(entry)
    assert spill.entries() == entries == parse(path.read_bytes())
    spill.close()
    again = Spill(path)
    assert again.entries() == entries
    again.clear()
    assert again.entries() == []
    assert path.stat().st_size == SIZE
    again.close()
    assert not path.exists()


def test_a_full_or_closed_spill_file_says_so_and_loses_nothing(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "x.spill")
    entry = Spilled("a", "i" * 1000)
    with pytest.raises(OSError, match="full"):
        for _ in range(100):
            spill.add(entry)
    assert len(spill.entries()) > 50
    spill.close()
    spill.close()
    with pytest.raises(OSError, match="closed"):
        spill.add(entry)


@given(st.binary(max_size=200))
def test_any_bytes_in_a_spill_file_are_read_without_a_fault(content: bytes) -> None:
    line = b'{"attempt_id": "a", "provider_task_id": "p", "warning": null}\n'
    assert parse(line + b"\0" + content) == [Spilled("a", "p")]
    assert parse(line + content.replace(b"\0", b""))[0] == Spilled("a", "p")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
async def test_bad_input_73_an_id_that_comes_after_the_library_vanished_is_kept_and_told(home: Shelf) -> None:
    library = await home.open()
    task, attempt = await sent(library)
    aside = home.path.rename(home.folder / "aside.db")
    told = await library.accept(attempt, "prov-1", None, NOON)
    assert (told.task_id, told.provider_task_id, told.status) == (task.task_id, "prov-1", "pending")
    assert "prov-1" in (told.notice or "")
    with pytest.raises(LibraryUnavailable):
        await library.sweep()
    aside.rename(home.path)
    assert [(task.provider_task_id, task.status) for task in await library.sweep()] == [("prov-1", "pending")]
    assert await library.sweep() == []
    kept = await library.find("prov-1")
    assert kept is not None
    assert kept.task_id == task.task_id


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
async def test_an_id_by_callback_is_told_with_its_task_though_the_library_cannot_take_it(home: Shelf) -> None:
    library = await home.open()
    task, attempt = await unconfirmed(library)
    home.path.rename(home.folder / "aside.db")
    told = await library.accept(attempt, "prov-1", None, NOON)
    assert (told.task_id, told.provider_task_id, told.status) == (task.task_id, "prov-1", "pending")


_FULL = """
import anyio, json, os, resource, sys
from datetime import datetime, UTC
from pathlib import Path
from songwright.errors import LibraryUnavailable
from songwright.library import NewOrder, open_library
from songwright.models import SimpleRequest

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

def order(name):
    request = SimpleRequest(prompt=name, model="m")
    return NewOrder("aivideoapi", "local", request, name, name, "m", 24, 480)

async def main(folder):
    library = await open_library(folder / "library.db", owners_dir=folder / "owners", clock=lambda: NOON)
    placed = await library.place(order("sent"))
    await library.start_sending(placed.attempt.attempt_id)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
    task = await library.accept(placed.attempt.attempt_id, "prov-1", "odd", NOON)
    try:
        await library.place(order("too late"))
    except LibraryUnavailable as error:
        print(json.dumps([task.task_id, task.provider_task_id, error.spent]), flush=True)
    os._exit(9)

anyio.run(main, Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
async def test_bad_input_71_on_a_full_disk_no_order_is_placed_and_the_id_of_a_sent_one_survives(
    home: Shelf,
) -> None:
    with started(_FULL, home.folder) as process:
        task_id, provider_id, said = answer(process)
    assert provider_id == "prov-1"
    assert said == "nothing"
    library = await home.open()
    found = await library.find("prov-1")
    assert found is not None
    assert (found.task_id, found.status, found.notice) == (task_id, "pending", "odd")
    assert await library.sweep() == []
    assert (await library.spending(PROVIDER, NOON)).reserved_today == 24
    assert list(home.owners.glob("*.spill")) == [home.owners / f"{library.owner_id}.spill"]


async def test_a_spilled_id_of_an_unknown_attempt_is_no_task(home: Shelf) -> None:
    home.owners.mkdir()
    spill = Spill(home.owners / "0123456789abcdef.spill")
    spill.add(Spilled("nothing", "prov-1"))
    spill.close()
    library = await home.open()
    assert await library.find("prov-1") is None
    assert await library.attention(None, NOON) == []


async def test_a_cancelled_caller_does_not_leave_a_commit_half_known(home: Shelf) -> None:
    library = await home.open()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await library.place(order("cancelled before it began"))
    placed: list[str] = []
    async with anyio.create_task_group() as group:

        async def caller() -> None:
            placed.append((await library.place(order())).task.task_id)

        group.start_soon(caller)
        await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    with anyio.fail_after(10):
        known = [task.task_id for task in await library.attention(None, NOON)]
    assert set(placed) <= set(known)
    assert len(known) - len(placed) <= 1
