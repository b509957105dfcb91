"""What a provider answers about a task, written: states, takes, refunds, adoption."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.errors import TaskNotFound
from songwright.library import Library
from songwright.library.rows import take_letter
from songwright.models import OrderStatus, ProviderTrack, TaskState
from tests.library.shelf import (
    NOON,
    PROVIDER,
    REFUSAL,
    Shelf,
    accepted,
    custom,
    finished,
    order,
    recorded,
    shelf,
    takes,
    unconfirmed,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


@pytest.fixture
async def library(home: Shelf) -> Library:
    return await home.open()


async def test_a_task_goes_from_pending_over_processing_to_completed_with_its_takes(library: Library) -> None:
    task = await accepted(library)
    task, changed = await recorded(library, task, TaskState(status="processing"), next_poll_at=NOON)
    assert (task.status, changed) == ("processing", True)
    task, changed = await recorded(library, task, TaskState(status="pending"), next_poll_at=NOON)
    assert (task.status, changed) == ("processing", False)
    task, changed = await recorded(library, task, TaskState(status="completed", tracks=takes("Rain", "Rain")))
    assert (task.status, changed, task.ended_at, task.next_poll_at) == ("completed", True, NOON, None)
    assert [(track.take, track.archived) for track in task.tracks] == [("A", "waiting"), ("B", "waiting")]
    assert {track.expires_at for track in task.tracks} == {NOON + timedelta(hours=24)}


async def test_nothing_leaves_a_terminal_state(library: Library) -> None:
    done = await finished(library, order("done"))
    broken = await accepted(library, order("broken"), "prov-2")
    broken, _ = await recorded(library, broken, TaskState(status="failed", error=REFUSAL))
    answers: tuple[OrderStatus, ...] = ("pending", "processing", "completed", "failed")
    for status in answers:
        for task in (done, broken):
            state = TaskState(
                status=status, tracks=takes("Rain", "Rain") if task.tracks else (), error=REFUSAL
            )
            assert await recorded(library, task, state) == (task, False)
    assert await library.fail(done.task_id, REFUSAL, refund=True) == done
    assert (await library.spending(PROVIDER, NOON)).spent_today == 24


@given(st.lists(st.sampled_from(("pending", "processing", "completed", "failed")), max_size=8))
@settings(max_examples=25, deadline=None)
def test_bad_input_58_any_order_of_answers_only_moves_forward(
    tmp_path_factory: pytest.TempPathFactory, answers: list[OrderStatus]
) -> None:
    import anyio

    rank = {"pending": 0, "processing": 1, "completed": 2, "failed": 2}

    async def run() -> None:
        async with shelf(tmp_path_factory.mktemp("forward")) as home:
            library = await home.open()
            task = await accepted(library)
            for status in answers:
                before = task
                task, changed = await recorded(library, task, TaskState(status=status, error=REFUSAL))
                assert rank[task.status] == max(rank[before.status], rank[status])
                assert before.status == task.status or (changed and not before.is_over)

    anyio.run(run)


@pytest.mark.parametrize(("refunds", "spent"), [(True, 0), (False, 24)])
async def test_a_failed_song_is_refunded_where_the_provider_does_so(
    library: Library, refunds: bool, spent: int
) -> None:
    task = await accepted(library)
    task, _ = await recorded(library, task, TaskState(status="failed", error=REFUSAL), refunds=refunds)
    assert (task.status, task.error) == ("failed", REFUSAL)
    assert (await library.spending(PROVIDER, NOON)).spent_today == spent


async def test_a_failure_without_a_reason_still_has_an_error(library: Library) -> None:
    task, _ = await recorded(library, await accepted(library), TaskState(status="failed"))
    assert task.error is not None
    assert task.error.code == "upstream_error"


async def test_a_task_given_up_keeps_its_id_and_its_reservation(library: Library) -> None:
    task = await library.fail((await accepted(library)).task_id, REFUSAL, refund=False)
    assert (task.status, task.provider_task_id, task.error) == ("failed", "prov-1", REFUSAL)
    assert (await library.spending(PROVIDER, NOON)).spent_today == 24


async def test_a_song_from_a_description_takes_the_provider_s_title_and_a_custom_one_keeps_its_own(
    library: Library,
) -> None:
    simple = await finished(library, order(), "Wet Streets", "Wet Streets II")
    own = await finished(library, order(request=custom("Mine")), "Theirs", provider_id="prov-2")
    assert (simple.title, own.title) == ("Wet Streets", "Mine")


async def test_style_and_lyrics_of_the_request_stand_in_for_what_the_provider_leaves_out(
    library: Library,
) -> None:
    task = await finished(library, order(request=custom()), "Rain")
    assert (task.tracks[0].style, task.tracks[0].lyrics) == ("folk", "[Verse]\nIt rains")


async def test_a_later_answer_fills_what_was_missing_and_brings_a_fresh_address(home: Shelf) -> None:
    library = await home.open()
    task = await finished(library)
    home.clock.forward(hours=1)
    later = (
        takes("Rain", "Rain")[0].model_copy(update={"duration_seconds": 120.5, "title": "Other"}),
        takes("Rain", "Rain")[1].model_copy(update={"audio_url": "https://file.example/fresh.mp3"}),
    )
    again, changed = await recorded(library, task, TaskState(status="completed", tracks=later))
    assert changed
    assert [track.track_id for track in again.tracks] == [track.track_id for track in task.tracks]
    assert again.tracks[0] == task.tracks[0].model_copy(update={"duration_seconds": 120.5})
    assert again.tracks[1].audio_url == "https://file.example/fresh.mp3"
    assert again.tracks[1].expires_at == home.clock() + timedelta(hours=24)
    assert await recorded(library, again, TaskState(status="completed", tracks=later)) == (again, False)


async def test_takes_are_known_by_the_provider_s_id_when_it_answers_in_another_order(
    library: Library,
) -> None:
    task = await finished(library)
    turned = tuple(
        track.model_copy(update={"index": 1 - track.index, "duration_seconds": float(track.index)})
        for track in takes("Rain", "Rain")
    )
    again, _ = await recorded(library, task, TaskState(status="completed", tracks=turned))
    assert [(track.take, track.duration_seconds) for track in again.tracks] == [("A", 0.0), ("B", 1.0)]
    assert [track.track_id for track in again.tracks] == [track.track_id for track in task.tracks]


async def test_bad_input_59_a_take_without_audio_is_kept_and_saved_once_it_has_an_address(
    library: Library,
) -> None:
    task = await accepted(library)
    bare = ProviderTrack(index=0)
    task, _ = await recorded(library, task, TaskState(status="completed", tracks=(bare,)))
    assert (task.tracks[0].archived, task.tracks[0].title) == ("failed", "a song about rain")
    assert await library.claim_unsaved(NOON, 10, 60) == []
    heard = bare.model_copy(update={"audio_url": "https://file.example/0.mp3"})
    task, _ = await recorded(
        library, task, TaskState(status="completed", tracks=(heard, *takes("x", "y", "z")[1:]))
    )
    assert [(track.take, track.archived) for track in task.tracks] == [(take, "waiting") for take in "ABC"]


async def test_a_fresh_address_revives_a_take_that_had_expired(library: Library) -> None:
    task = await finished(library, None, "Rain")
    await library.give_up_saving(task.tracks[0].track_id, "expired", "too late")
    fresh = takes("Rain")[0].model_copy(update={"audio_url": "https://file.example/new.mp3"})
    task, _ = await recorded(library, task, TaskState(status="completed", tracks=(fresh,)))
    assert task.tracks[0].archived == "waiting"


@pytest.mark.parametrize("days", [-400, 0, 400, 2_000_000])
async def test_bad_input_63_and_74_impossible_times_make_nothing_expire_early(
    library: Library, days: int
) -> None:
    told = NOON + timedelta(days=days)
    track = takes("Rain")[0].model_copy(update={"created_at": told})
    state = TaskState(status="completed", tracks=(track,), completed_at=told)
    task, _ = await recorded(library, await accepted(library), state)
    assert task.ended_at == NOON
    assert (task.tracks[0].created_at, task.tracks[0].expires_at) == (NOON, NOON + timedelta(hours=24))


async def test_a_late_notice_of_the_end_counts_the_24_hours_from_the_end(home: Shelf) -> None:
    library = await home.open()
    task = await accepted(library)
    made = home.clock.forward(minutes=2)
    home.clock.forward(hours=20)
    state = TaskState(status="completed", tracks=takes("Rain"), completed_at=made)
    task, _ = await recorded(library, task, state)
    assert task.tracks[0].expires_at == made + timedelta(hours=24)


async def test_a_notice_of_the_watcher_goes_with_the_next_answer_and_that_of_the_order_stays(
    library: Library,
) -> None:
    task = await accepted(library)
    task = await library.reschedule(task.task_id, next_poll_at=NOON, polls=3, misses=2, notice="key rejected")
    assert (task.notice, task.polls, task.misses) == ("key rejected", 3, 2)
    task = await library.reschedule(task.task_id, next_poll_at=NOON, polls=4, misses=3)
    assert task.notice == "key rejected"
    task, changed = await recorded(library, task, TaskState(status="processing"), polls=5)
    assert (task.notice, task.misses, changed) == (None, 0, True)
    task, _ = await recorded(library, task, TaskState(status="completed"), notice="no audio came")
    assert task.notice == "no audio came"
    again, changed = await recorded(library, task, TaskState(status="completed"))
    assert (again.notice, changed) == ("no audio came", False)


async def test_an_answer_for_an_order_without_an_id_changes_nothing(library: Library) -> None:
    task, _ = await unconfirmed(library)
    assert await recorded(library, task, TaskState(status="completed", tracks=takes("x"))) == (task, False)


async def test_recording_a_task_nobody_knows_says_so(library: Library) -> None:
    task = await accepted(library)
    with pytest.raises(TaskNotFound):
        await recorded(library, task.model_copy(update={"task_id": "nothing"}), TaskState(status="completed"))


async def test_a_provider_s_task_is_adopted_once_with_its_takes(library: Library) -> None:
    made = NOON - timedelta(days=1)
    state = TaskState(
        status="completed", tracks=takes("Found"), created_at=made, completed_at=made, model="suno-v5"
    )
    task = await library.adopt(PROVIDER, "theirs", state, "local", file_hours=24)
    assert (task.status, task.title, task.model, task.created_at) == ("completed", "Found", "suno-v5", made)
    assert task.tracks[0].expires_at == NOON
    assert await library.adopt(PROVIDER, "theirs", state, "local", file_hours=24) == task
    assert (await library.spending(PROVIDER, NOON)).spent_today == 0


async def test_an_unfinished_adopted_task_is_followed(library: Library) -> None:
    task = await library.adopt(PROVIDER, "theirs", TaskState(status="processing"), "local")
    assert [due.task_id for due in await library.claim_due(NOON, 10, 15)] == [task.task_id]


async def test_bad_input_14_a_task_of_another_person_is_not_adopted(library: Library) -> None:
    await accepted(library, order(principal="alice"))
    with pytest.raises(TaskNotFound):
        await library.adopt(PROVIDER, "prov-1", TaskState(status="processing"), "bob")


def test_takes_are_lettered_like_the_columns_of_a_sheet() -> None:
    assert [take_letter(number) for number in (0, 1, 25, 26, 27, 51, 52)] == [
        "A",
        "B",
        "Z",
        "AA",
        "AB",
        "AZ",
        "BA",
    ]
