"""What becomes of an order: states on the clock, takes, files and their end, refunds, restarts."""

import io
import uuid
from pathlib import Path
from typing import Any

import anyio
import pytest
from mutagen.mp3 import MP3

from songwright.sandbox.app import open_sandbox
from songwright.sandbox.ledger import Ledger
from songwright.sandbox.orders import Wanted
from tests.sandbox.sandbox_kit import START, SUBMIT, URL, Clock, client_of, custom, opened, simple

pytestmark = pytest.mark.anyio
DAY = 24 * 3600.0


async def test_a_task_is_pending_then_processing_then_completed_by_the_clock(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order()
        assert await box.state(task_id) == {
            "id": task_id,
            "status": "pending",
            "model": "suno-v5_5",
            "created_at": int(START),
            "progress": None,
        }
        await box.later(4)
        assert (await box.state(task_id))["status"] == "processing"
        await box.later(4)
        task = await box.state(task_id)
        assert task["status"] == "completed"
        assert task["completed_at"] == int(START) + 8


async def test_a_completed_custom_task_has_every_field_of_the_seed(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order(custom())
        await box.later(8)
        output = (await box.state(task_id))["output"]
        first, second = output["metadata"]["tracks"]
        assert output["urls"] == [f"{URL}/files/{task_id}-0.mp3", f"{URL}/files/{task_id}-1.mp3"]
        assert first == {
            "id": first["id"],
            "title": "Summer Nights",
            "tags": "Pop, Indie",
            "duration": 60.0,
            "image_url": f"{URL}/files/{task_id}-0.png",
            "prompt": "[Verse]\nWalking down the empty street",
        }
        assert second["id"] != first["id"]
        assert second["duration"] == 61.0
        assert "synthetic sketch" in output["metadata"]["note"]


async def test_a_simple_task_gets_a_title_a_style_and_lyrics_invented_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order(simple("A sad blues about an old train"))
        await box.later(8)
        track = (await box.state(task_id))["output"]["metadata"]["tracks"][0]
        assert track["title"].strip()
        assert "blues" in track["tags"].lower()
        assert track["prompt"].startswith("[")


async def test_an_instrumental_has_no_lyrics(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order(custom(prompt=None, instrumental=True))
        await box.later(8)
        assert (await box.state(task_id))["output"]["metadata"]["tracks"][0]["prompt"] == "[Instrumental]"


async def test_a_task_is_not_completed_before_its_files_can_be_served(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        box.renderer.go_on.clear()
        task_id = await box.order()
        box.clock.now += 20
        assert (await box.state(task_id))["status"] == "processing"
        assert (await box.client.get(f"/files/{task_id}-0.mp3")).status_code == 404
        box.renderer.go_on.set()
        await box.later(0)
        task = await box.state(task_id)
        assert (task["status"], task["completed_at"]) == ("completed", int(START) + 20)
        audio = await box.client.get(task["output"]["urls"][0])
        assert (audio.status_code, audio.headers["content-type"]) == (200, "audio/mpeg")
        assert audio.content.startswith(b"ID3")


async def test_files_are_served_with_ranges_and_end_after_a_day(tmp_path: Path) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, None) as anyone:
        task_id = await box.order()
        await box.later(8)
        urls = (await box.state(task_id))["output"]["urls"]
        part = await anyone.get(urls[1], headers={"Range": "bytes=0-2"})
        assert (part.status_code, part.content) == (206, b"ID3")
        assert (await anyone.get(f"/files/{task_id}-0.png")).headers["content-type"] == "image/png"
        box.clock.now += DAY - 1
        assert (await anyone.get(urls[0])).status_code == 200
        box.clock.now += 1
        assert (await anyone.get(urls[0])).status_code == 410
        assert (await box.state(task_id))["status"] == "completed"
        assert (tmp_path / "files" / f"{task_id}-0.mp3").exists()
        await box.order()
        await box.later(0)
        assert not (tmp_path / "files" / f"{task_id}-0.mp3").exists()


async def test_the_same_order_again_is_another_song_and_in_a_new_sandbox_the_same(tmp_path: Path) -> None:
    async def songs(folder: Path, times: int) -> list[tuple[str, int, int]]:
        async with opened(folder) as box:
            for _ in range(times):
                await box.order(custom())
            await box.later(0)
            return box.renderer.songs

    twice = await songs(tmp_path / "a", 2)
    once = await songs(tmp_path / "b", 1)
    assert twice[:2] == once
    assert len({seed for _, seed, _ in twice}) == 2


async def test_a_failed_task_tells_the_seeds_error_and_is_refunded_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order(simple("noise sandbox:failed"))
        assert await box.balance() == 976
        await box.later(8)
        for _ in range(3):
            assert await box.state(task_id) == {
                "id": task_id,
                "status": "failed",
                "model": "suno-v5_5",
                "created_at": int(START),
                "error": {"code": "upstream_error", "message": "Music generation failed"},
            }
        assert await box.balance() == 1000
        kinds = [(charge.kind, charge.credits) for charge in box.sandbox.ledger.charges()]
        assert kinds == [("purchase", 1000), ("charge", -24), ("refund", 24)]


async def test_a_song_that_cannot_be_rendered_fails_and_is_refunded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order(custom(title="broken"))
        await box.later(8)
        assert (await box.state(task_id))["status"] == "failed"
        assert await box.balance() == 1000
        assert "could not render" in caplog.text


async def test_an_order_whose_process_died_before_rendering_goes_on_after_a_restart(tmp_path: Path) -> None:
    clock, task_id = Clock(), str(uuid.uuid4())
    ledger = Ledger(tmp_path / "sandbox.sqlite3", clock=clock)
    wanted = Wanted("a", "suno-v5", {"model": "suno-v5"}, custom=False, text="a calm song")
    ledger.place(wanted, "sandbox", task_id, seconds=8, base_url=URL)
    assert ledger.claim(task_id, "the dead process", 15)
    ledger.close()
    async with opened(tmp_path, clock) as box:
        clock.now += 8
        assert (await box.state(task_id))["status"] == "processing"
        await box.later(7)
        await box.state(task_id)
        await box.later(0)
        task = await box.state(task_id)
        assert task["status"] == "completed"
        assert (await box.client.get(task["output"]["urls"][1])).status_code == 200
        assert await box.balance() == 976


async def test_a_rendered_task_is_not_rendered_again_after_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path, clock) as box:
        task_id = await box.order()
        await box.later(8)
    async with opened(tmp_path, clock) as box:
        assert (await box.state(task_id))["status"] == "completed"
        await box.later(0)
        assert box.renderer.songs == []


async def test_an_order_is_rendered_by_one_of_two_sandboxes_and_a_dead_ones_claim_passes_on(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as one, opened(tmp_path, one.clock) as two:
        one.renderer.go_on.clear()
        task_id = await one.order()
        with anyio.fail_after(20):
            while one.sandbox.ledger.claim(task_id, "somebody", 0.0) is not None:  # noqa: ASYNC110 # the studio is a thread
                await anyio.sleep(0.01)
        one.clock.now += 8
        await two.state(task_id)
        await two.later(0)
        assert two.renderer.songs == []
        one.clock.now += 15
        await two.state(task_id)
        await two.later(0)
        assert len(two.renderer.songs) == 2
        assert (await two.state(task_id))["status"] == "completed"


async def test_urls_are_built_from_the_base_url_of_each_question(tmp_path: Path) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, url=None) as client:
        task_id = await box.order()
        await box.later(8)
        answer = await client.get(f"/v1/tasks/{task_id}", headers={"Host": "localhost:9999"})
        assert answer.json()["output"]["urls"][0] == f"http://localhost:9999/files/{task_id}-0.mp3"


# ---- the second API


async def test_a_work_goes_through_the_second_apis_states(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        work_id = await box.order_b(prompt="[Verse]\nla", title="Song", tags="pop", make_instrumental=False)
        data = await box.state_b(work_id)
        assert (data["type"], data["response_data"]) == ("IN_PROGRESS", [])
        assert data["created_at"] == "2027-01-15T08:00:00.000Z"
        assert data["request_body"] == {
            "model": "chirp-v3-5",
            "prompt": "[Verse]\nla",
            "title": "Song",
            "tags": "pop",
            "make_instrumental": False,
        }
        await box.later(2)
        assert [track["status"] for track in (await box.state_b(work_id))["response_data"]] == ["pending"] * 2
        await box.later(2)
        streaming = (await box.state_b(work_id))["response_data"][0]
        assert (streaming["status"], "audiopipe" in streaming["audio_url"]) == ("streaming", True)
        await box.later(4)
        data = await box.state_b(work_id)
        track = data["response_data"][1]
        assert data["type"] == "SUCCESS"
        assert track == {
            "id": track["id"],
            "audio_url": f"{URL}/files/{work_id}-1.mp3",
            "image_url": f"{URL}/files/{work_id}-1.png",
            "image_large_url": f"{URL}/files/{work_id}-1-large.png",
            "video_url": "",
            "created_at": "2027-01-15T08:00:08.000Z",
            "status": "complete",
            "title": "Song",
            "prompt": "[Verse]\nla",
            "tags": "pop",
            "duration": 61.0,
            "extra_message": "All generated successfully.",
        }
        for url in (track["audio_url"], track["image_url"], track["image_large_url"]):
            assert (await box.client.get(url)).status_code == 200


async def test_a_failed_work_says_so_and_is_refunded(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        work_id = await box.order_b(gpt_description_prompt="sandbox:moderation")
        await box.later(8)
        data = await box.state_b(work_id)
        assert data["type"] == "FAILED"
        assert "sensitive information" in data["response_data"][0]["error_message"]
        assert await box.balance() == 1000


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"gpt_description_prompt": "x"}, "'model' is required."),
        ({"model": "suno-v5", "gpt_description_prompt": "x"}, "Invalid model"),
        ({"model": "chirp-v5"}, "'prompt' is required."),
        ({"model": "chirp-v5", "prompt": "x", "title": "t"}, "'tags' is required."),
        ({"model": "chirp-v5", "prompt": "x", "tags": "t"}, "'title' is required."),
        (
            {"model": "chirp-v5", "gpt_description_prompt": "x", "title": "t"},
            "'title' is not a parameter in Inspiration Mode.",
        ),
        (
            {"model": "chirp-v5", "prompt": "x", "title": "t", "tags": "p", "vocal_gender": "f"},
            "'vocal_gender' is not a parameter in Custom Mode.",
        ),
        (
            {"model": "chirp-v5", "gpt_description_prompt": "x", "make_instrumental": "no"},
            "'make_instrumental' must be a boolean.",
        ),
    ],
)
async def test_the_second_api_refuses_a_wrong_field_in_its_own_shape(
    tmp_path: Path, body: dict[str, Any], message: str
) -> None:
    async with opened(tmp_path) as box:
        answer = await box.client.post("/api/submit", json=body)
        assert (answer.status_code, answer.json()) == (400, {"code": 400, "message": message})


async def test_the_second_api_names_no_limits_and_takes_any_chirp_model(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        body = {"model": "chirp-v9-fenix", "prompt": "x" * 9000, "title": "t" * 900, "tags": "s" * 2000}
        answer = await box.client.post("/api/submit", json=body)
        assert answer.json() == {"code": 200, "message": "success", "workId": answer.json()["workId"]}


@pytest.mark.parametrize(
    ("key", "status", "message"),
    [
        (None, 401, "No API key provided in Authorization header"),
        ("sk-sandbox-disabled", 401, "The key has been disabled or deleted."),
        ("sk-sandbox-poor", 402, "Not enough credits"),
    ],
)
async def test_the_second_api_refuses_keys_in_its_own_shape(
    tmp_path: Path, key: str | None, status: int, message: str
) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, key) as client:
        answer = await client.post("/api/submit", json={"model": "chirp-v5", "gpt_description_prompt": "x"})
        assert (answer.status_code, answer.json()) == (status, {"code": status, "message": message})


async def test_a_task_of_one_api_is_unknown_to_the_other(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id, work_id = await box.order(), await box.order_b()
        assert (await box.client.get(f"/v1/tasks/{work_id}")).status_code == 404
        unknown = await box.client.get(f"/api/query?workId={task_id}")
        assert (unknown.status_code, unknown.json()) == (400, {"code": 400, "message": "Invalid workId"})
        assert (await box.client.get("/api/query")).status_code == 400


# ---- the real renderer


async def test_the_real_renderer_makes_two_different_mp3s_that_say_they_are_sketches(tmp_path: Path) -> None:
    sandbox = open_sandbox(tmp_path, clock=Clock(), seconds=0)
    body = custom(prompt="[Verse]\nOne short line\nAnother one", style="lo-fi, 120 BPM")
    async with client_of(sandbox) as client:
        answer = await client.post(SUBMIT, json=body)
        with anyio.fail_after(60):
            await sandbox.rendered()
        task = (await client.get(f"/v1/tasks/{answer.json()['data']['taskId']}")).json()
        one, two = [(await client.get(url)).content for url in task["output"]["urls"]]
        track = task["output"]["metadata"]["tracks"][0]
        picture = (await client.get(track["image_url"])).content
    await sandbox.aclose()
    song = MP3(io.BytesIO(one))
    assert one != two
    assert song.info.length == pytest.approx(track["duration"], abs=0.5)  # pyright: ignore[reportUnknownMemberType] # mutagen is untyped
    assert b"without a real singer" in one[:4096].replace(b"\x00", b"")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
