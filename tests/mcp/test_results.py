"""Every result in every state; `Door.call` holds each against its schema, its model and its text."""

from pathlib import Path

import pytest

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, ERAS, KEY, Era, check_result, content, open_door, open_paid_door, text

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("era", ERAS)
async def test_a_session_from_credits_to_two_takes(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        before = await door.told("check_credits")
        assert (before["balance"], before["songs_left"], before["spent_today"]) == (1000, 41, 0)
        task_id = await door.order()
        done = await door.ended(task_id)
        assert [track["take"] for track in done["tracks"]] == ["A", "B"]
        assert done["credits"] == 24
        after = await door.told("check_credits")
        assert (after["balance"], after["songs_left"], after["spent_today"]) == (976, 40, 24)
        listed = await door.told("list_tracks")
        assert [track["track_id"] for track in listed["tracks"]] == [
            track["track_id"] for track in done["tracks"]
        ]


async def test_an_order_says_what_it_costs_and_what_to_call_next(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, daily_credits="240") as door:
        result = await door.call("generate_custom_song", **CUSTOM)
        told, shown = content(result), text(result)
        assert told["status"] in ("pending", "processing")
        assert told["next_step"] == f'get_task(task_id="{told["task_id"]}", wait_seconds=45)'
        assert told["next_step"] in shown
        assert "24 credits ($0.12); today 24 of 240" in shown
        assert '"Sixty and Still Loud" is being made by aivideoapi (suno-v5_5)' in shown


async def test_every_state_of_a_task_is_told_in_both_channels(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=1000) as door:
        task_id = await door.order()
        pending = await door.call("get_task", task_id=task_id)
        assert content(pending)["status"] == "pending"
        assert f"{task_id}: pending for 0:0" in text(pending)
        await door.later(300)
        processing = await door.until(task_id, lambda told: told["status"] == "processing")
        assert processing["elapsed_seconds"] >= 300
        assert "You may stop here" in text(await door.call("get_task", task_id=task_id))
        await door.later(900)
        done = await door.ended(task_id)
        shown = text(await door.call("get_task", task_id=task_id))
        assert shown.startswith('"Sixty and Still Loud": two takes, 24 credits ($0.12).')
        for track in done["tracks"]:
            assert f"{track['take']} 0:01 {track['file']} (track {track['track_id']})" in shown


async def test_an_order_still_on_its_way_says_so(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.01) as door:
        door.order_faults(Fault("slow", 0.3), route="submit")
        result = await door.call("generate_custom_song", **CUSTOM)
        told = content(result)
        assert told["status"] == "pending"
        assert "provider_task_id" not in told
        assert "is still being sent to aivideoapi" in text(result)
        assert "still being sent" in text(await door.call("get_task", task_id=told["task_id"]))
        assert (await door.ended(told["task_id"]))["status"] == "completed"


async def test_an_unconfirmed_order_is_an_error_once_and_a_plain_state_afterwards(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault("drop-after-charge"), route="submit")
        result = await door.call("generate_custom_song", **CUSTOM)
        told = content(result)
        assert result.is_error
        assert told["status"] == "unconfirmed"
        assert told["task_id"] in text(result)
        later = await door.call("get_task", task_id=told["task_id"])
        assert not later.is_error
        assert content(later)["status"] == "unconfirmed"
        assert content(later)["error"] == told["error"]
        listed = await door.told("list_tracks")
        assert [task["task_id"] for task in listed["tasks"]] == [told["task_id"]]
        assert (await door.told("check_credits"))["reserved_unconfirmed"] == 24


async def test_a_failed_task_is_no_failure_of_the_question(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault("failed"), route="submit")
        told = await door.finished()
        result = await door.call("get_task", task_id=told["task_id"])
        assert not result.is_error
        assert told["status"] == "failed"
        assert told["error"]["spent"] == "refunded"
        assert f"{told['task_id']} failed: [upstream_error]" in text(result)
        assert "Refunded by aivideoapi" in text(result)
        assert told["error"]["fix"] in text(result)
        assert door.paid == 0


async def test_credits_where_the_provider_tells_no_balance(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi") as door:
        result = await door.call("check_credits")
        told = content(result)
        assert not {"balance", "songs_left"} & told.keys()
        assert all("credits" not in model for model in told["models"])
        assert "tells no balance: the person looks in" in told["notice"]
        assert "SONGWRIGHT_CREDITS_PER_SONG" in told["notice"]
        assert told["notice"] in text(result)
        assert door.requests is not None
        assert door.requests.requests == []


async def test_credits_with_a_price_that_was_set(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi", credits_per_song="10", daily_credits="25") as door:
        task_id = await door.order()
        told = await door.told("check_credits")
        assert (told["spent_today"], told["daily_cap"], told["cap_left"]) == (10, 25, 15)
        assert {model["credits"] for model in told["models"]} == {10}
        assert (await door.ended(task_id))["credits"] == 10


async def test_a_library_without_songs_says_so(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        result = await door.call("list_tracks")
        assert content(result) == {
            "status": "ok",
            "tracks": [],
            "total": 0,
            "notice": "There are no songs yet.",
        }
        assert text(result) == "There are no songs yet."


async def test_tracks_are_listed_page_by_page_newest_first_and_found_by_words(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        for title in ("First Light", "Second Wind", "Third Rail"):
            await door.finished(title=title)
        first = await door.told("list_tracks", limit=4)
        assert [track["title"] for track in first["tracks"]] == ["Third Rail"] * 2 + ["Second Wind"] * 2
        assert first["total"] == 6
        second = await door.told("list_tracks", limit=4, cursor=first["next_cursor"])
        assert [track["title"] for track in second["tracks"]] == ["First Light"] * 2
        assert "next_cursor" not in second
        found = await door.call("list_tracks", query="second")
        assert {track["title"] for track in content(found)["tracks"]} == {"Second Wind"}
        assert "2 of 2 tracks." in text(found)
        none = await door.told("list_tracks", query="Zanzibar")
        assert none["notice"] == 'No track matches "Zanzibar".'


async def test_takes_are_given_as_resource_links_too(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        done = await door.finished()
        for result in (await door.call("get_task", task_id=done["task_id"]), await door.call("list_tracks")):
            links = [item for item in result.content if item.type == "resource_link"]
            assert [link.uri for link in links] == [
                f"tracks://{track['track_id']}" for track in done["tracks"]
            ]
            assert [link.name for link in links] == ["Sixty and Still Loud (A)", "Sixty and Still Loud (B)"]


@pytest.mark.parametrize("tool", ["generate_song", "generate_custom_song", "check_credits"])
async def test_without_its_key_a_provider_is_not_configured_and_reading_works(
    tmp_path: Path, tool: str
) -> None:
    async with open_door(tmp_path, provider="aivideoapi") as door:
        arguments = {"generate_song": {"prompt": "a waltz"}, "generate_custom_song": CUSTOM}.get(tool, {})
        result = await door.call(tool, **arguments)
        error = content(result)["error"]
        assert result.is_error
        assert error["code"] == "not_configured"
        assert "SONGWRIGHT_AIVIDEOAPI_API_KEY" in error["fix"]
        assert "restart" in error["fix"]
        assert (await door.told("list_tracks"))["status"] == "ok"


async def test_with_a_wrong_setting_nothing_is_ordered_and_the_setting_is_named(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, daily_credits="ten", musik_dir="/x") as door:
        error = (await door.told("generate_custom_song", **CUSTOM))["error"]
        assert error["code"] == "not_configured"
        assert {problem["field"] for problem in error["problems"]} == {
            "SONGWRIGHT_DAILY_CREDITS",
            "SONGWRIGHT_MUSIK_DIR",
        }
        assert "did you mean SONGWRIGHT_MUSIC_DIR?" in error["message"]
        assert door.requests is not None
        assert door.requests.requests == []
        assert (await door.told("list_tracks"))["status"] == "ok"


async def test_a_key_never_stands_in_a_result(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        leak = f'{{"error":{{"code":"invalid_api_key","message":"bad key {KEY}","type":"t"}}}}'.encode()
        door.order_faults(Fault("answer", status=401, body=leak), route="submit")
        result = await door.call("generate_custom_song", **CUSTOM)
        assert result.is_error
        assert KEY not in result.model_dump_json()


async def test_the_check_of_results_sees_what_is_wrong(tmp_path: Path) -> None:
    """The suite leans on `check_result`: it must be able to fail."""
    async with open_door(tmp_path) as door:
        result = await door.call("generate_song", prompt="")
        spoiled = [
            result.model_copy(update={"content": []}),
            result.model_copy(update={"structured_content": {**content(result), "status": "odd"}}),
            result.model_copy(update={"structured_content": {**content(result), "extra": 1}}),
            result.model_copy(update={"structured_content": {**content(result), "title": None}}),
        ]
        for wrong in spoiled:
            with pytest.raises(Exception, match=r"."):
                check_result("generate_song", wrong, door.schemas["generate_song"])
