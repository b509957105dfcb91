"""Everything that can be read without a tool, in both eras."""

import base64
import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError
from mcp.types import BlobResourceContents, TextResourceContents

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, ERAS, LYRICS, Door, Era, open_door, open_paid_door, picture

pytestmark = pytest.mark.anyio

INVALID_PARAMS = -32602


async def read(door: Door, uri: str) -> Any:
    """A resource that is JSON."""
    return json.loads(await read_text(door, uri, "application/json"))


async def read_text(door: Door, uri: str, media_type: str) -> str:
    """A resource that is text."""
    (found,) = (await door.client.read_resource(uri)).contents
    assert isinstance(found, TextResourceContents)
    assert found.mime_type == media_type
    assert str(found.uri) == uri
    return found.text


async def read_bytes(door: Door, uri: str, media_type: str) -> bytes:
    """A resource that is bytes."""
    (found,) = (await door.client.read_resource(uri)).contents
    assert isinstance(found, BlobResourceContents)
    assert found.mime_type == media_type
    return base64.b64decode(found.blob)


@pytest.mark.parametrize("era", ERAS)
async def test_every_resource_and_template_is_listed_and_described(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        fixed = (await door.client.list_resources()).resources
        patterns = (await door.client.list_resource_templates()).resource_templates
        assert {str(item.uri) for item in fixed} >= {
            "tracks://recent",
            "tasks://recent",
            "provider://catalog",
        }
        assert {item.uri_template for item in patterns} == {
            "tasks://{task_id}",
            "tracks://{track_id}",
            "tracks://{track_id}/lyrics",
            "tracks://{track_id}/audio",
            "tracks://{track_id}/cover",
        }
        for item in (*fixed, *patterns):
            assert item.title
            assert item.description
            assert item.mime_type


@pytest.mark.parametrize("era", ERAS)
async def test_a_song_can_be_read_in_every_part(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        done = await door.finished()
        first, second = done["tracks"]
        recent = await read(door, "tracks://recent")
        assert recent == [first, second]
        whole = await read(door, f"tracks://{first['track_id']}")
        assert whole["request"] == {"mode": "custom", **CUSTOM, "instrumental": False, "model": "suno-v5_5"}
        assert whole["lyrics"] == LYRICS
        assert {name: whole[name] for name in first} == first
        assert await read_text(door, f"tracks://{first['track_id']}/lyrics", "text/plain") == LYRICS
        audio = await read_bytes(door, f"tracks://{second['track_id']}/audio", "audio/mpeg")
        assert audio == await anyio.Path(second["file"]).read_bytes()
        cover = await read_bytes(door, f"tracks://{first['track_id']}/cover", "image/png")
        assert cover == picture()


@pytest.mark.parametrize("era", ERAS)
async def test_a_task_can_be_read_with_its_history(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        done = await door.finished()
        told = await read(door, f"tasks://{done['task_id']}")
        history = told.pop("history")
        assert told["status"] == "completed"
        assert told["lyrics"] == LYRICS
        whats = [event["what"] for event in history]
        assert whats[0] == "placed"
        assert "sending" in whats
        assert whats.index("placed") < whats.index("sending") < whats.index("completed")
        assert all(event["at"].endswith("Z") for event in history)
        assert await read(door, f"tasks://{done['tracks'][0]['track_id']}") == told | {"history": history}


async def test_tasks_that_need_attention_are_listed_and_finished_ones_are_not(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=1000) as door:
        running = await door.order(title="Running")
        door.order_faults(Fault("drop"), Fault("invalid-request"), route="submit")
        doubtful = (await door.told("generate_custom_song", **{**CUSTOM, "title": "Doubtful"}))["task_id"]
        refused = (await door.told("generate_custom_song", **{**CUSTOM, "title": "Refused"}))["task_id"]
        listed = await read(door, "tasks://recent")
        assert {task["task_id"]: task["status"] for task in listed} == {
            running: "pending",
            doubtful: "unconfirmed",
            refused: "failed",
        }
        told = (await door.told("list_tracks"))["tasks"]
        assert {task["task_id"] for task in told} == {running, doubtful, refused}
        await door.later(1001)
        await door.ended(running)
        assert {task["task_id"] for task in await read(door, "tasks://recent")} == {doubtful, refused}
        await door.later(90_000)
        assert {task["task_id"] for task in await read(door, "tasks://recent")} == {doubtful}


async def test_the_newest_twenty_takes_are_recent(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        tasks = [await door.order(title=f"Song {number}") for number in range(11)]
        for task_id in tasks:
            await door.ended(task_id)
        recent = await read(door, "tracks://recent")
        assert len(recent) == 20
        assert recent[0]["title"] == "Song 10"
        assert "Song 0" not in {track["title"] for track in recent}


@pytest.mark.parametrize(
    "uri",
    [
        "tracks://nobody1/audio",
        "tracks://nobody1/cover",
        "tracks://nobody1/lyrics",
        "tracks://nobody1",
        "tasks://nobody1",
        "tracks://..%2f..%2fetc/audio",
        "tracks://" + "x" * 5000,
        "provider://nothing",
        "file:///etc/passwd",
    ],
)
@pytest.mark.parametrize("era", ERAS)
async def test_what_is_not_there_is_an_invalid_request_in_both_eras(
    tmp_path: Path, era: Era, uri: str
) -> None:
    async with open_door(tmp_path, era=era) as door:
        with pytest.raises(MCPError) as missing:
            await door.client.read_resource(uri)
        assert missing.value.code == INVALID_PARAMS
        assert "Traceback" not in missing.value.message


@pytest.mark.parametrize("era", ERAS)
async def test_an_unsaved_take_has_no_audio_and_no_cover(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era, archive="off") as door:
        done = await door.finished()
        track_id = done["tracks"][0]["track_id"]
        for part in ("audio", "cover"):
            with pytest.raises(MCPError) as missing:
                await door.client.read_resource(f"tracks://{track_id}/{part}")
            assert missing.value.code == INVALID_PARAMS


async def test_a_file_that_a_person_removed_is_not_there(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        track = (await door.finished())["tracks"][0]
        await anyio.Path(track["file"]).unlink()
        with pytest.raises(MCPError) as missing:
            await door.client.read_resource(f"tracks://{track['track_id']}/audio")
        assert missing.value.code == INVALID_PARAMS


async def test_a_file_above_sixteen_mebibytes_is_not_given(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        track = (await door.finished())["tracks"][0]
        async with await anyio.open_file(track["file"], "ab") as file:
            await file.truncate(16 * 1024 * 1024 + 1)
        with pytest.raises(MCPError, match=r"more than the 16777216 given here: A\.mp3") as refused:
            await door.client.read_resource(f"tracks://{track['track_id']}/audio")
        assert str(tmp_path) not in refused.value.message


async def test_the_catalog_shows_the_providers_that_are_set_up(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, aimusicapi_api_key="b" * 20) as door:
        catalogs = {entry["provider"]: entry for entry in await read(door, "provider://catalog")}
        assert set(catalogs) == {"aivideoapi", "aimusicapi", "sandbox"}
        (newest, *_) = catalogs["aivideoapi"]["models"]
        assert newest == {
            "name": "suno-v5_5",
            "limits": {"prompt": 500, "lyrics": 3000, "style": 200, "title": 80, "negative_tags": 200},
            "credits": 24,
            "usd": "0.12",
        }
        assert catalogs["aivideoapi"]["options"] == sorted(
            [
                "negative_tags",
                "vocal_gender",
                "persona_id",
                "style_weight",
                "weirdness_constraint",
                "audio_weight",
            ]
        )
        assert catalogs["aimusicapi"]["options"] == []
        assert all("credits" not in model for model in catalogs["aimusicapi"]["models"])
