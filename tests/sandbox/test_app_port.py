"""The sandbox over a real port: a whole session, and the faults that only a socket shows."""

from pathlib import Path

import anyio
import httpx
import pytest

from tests.sandbox.sandbox_kit import SUBMIT, over_port, serving, simple

pytestmark = pytest.mark.anyio


async def test_a_whole_session_works_over_a_port_with_urls_of_that_port(tmp_path: Path) -> None:
    async with over_port(tmp_path) as (box, client, url):
        task_id = (await client.post(SUBMIT, json=simple())).json()["data"]["taskId"]
        await box.later(8)
        task = (await client.get(f"/v1/tasks/{task_id}")).json()
        assert task["output"]["urls"][0] == f"{url}/files/{task_id}-0.mp3"
        audio = await client.get(task["output"]["urls"][0])
        assert audio.content == (await box.client.get(f"/files/{task_id}-0.mp3")).content


async def test_callbacks_go_out_by_themselves_over_a_port(tmp_path: Path) -> None:
    got = anyio.Event()

    async def receiver(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] == "http":
            got.set()

    async with over_port(tmp_path) as (box, client, _), serving(receiver) as hook:
        await client.post(SUBMIT, json={**simple(), "callback_url": hook})
        await box.later(8)
        with anyio.fail_after(20):
            await got.wait()


@pytest.mark.parametrize("word", ["drop", "drop-after-charge"])
async def test_a_dropped_connection_ends_without_a_byte(tmp_path: Path, word: str) -> None:
    async with over_port(tmp_path) as (box, client, _):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            await client.post(SUBMIT, json=simple(f"la sandbox:{word}"))
        assert len(box.sandbox.ledger.orders()) == (word == "drop-after-charge")
        assert (await client.get("/health")).status_code == 200


async def test_a_hanging_answer_is_a_read_timeout_of_a_charged_order(tmp_path: Path) -> None:
    async with over_port(tmp_path) as (box, client, _):
        with pytest.raises(httpx.ReadTimeout):
            await client.post(SUBMIT, json=simple("la sandbox:hang"), timeout=0.5)
        assert len(box.sandbox.ledger.orders()) == 1
        assert (await client.get("/v1/credits")).json()["data"]["balance"] == 976


async def test_a_cut_answer_and_a_cut_file_break_off_half_way(tmp_path: Path) -> None:
    async with over_port(tmp_path) as (box, client, _):
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await client.post(SUBMIT, json=simple("la sandbox:cut"))
        task_id = (await client.post(SUBMIT, json=simple("la sandbox:cut-audio"))).json()["data"]["taskId"]
        await box.later(8)
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await client.get(f"/files/{task_id}-0.mp3")


async def test_a_body_above_one_mebibyte_is_refused_over_a_port(tmp_path: Path) -> None:
    async with over_port(tmp_path) as (_, client, _):
        answer = await client.post(SUBMIT, content=b"x" * ((1 << 20) + 1))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "invalid_request")


async def test_a_request_that_breaks_off_orders_nothing(tmp_path: Path) -> None:
    async with over_port(tmp_path) as (box, client, url):
        stream = await anyio.connect_tcp("127.0.0.1", int(url.rpartition(":")[2]))
        head = "POST /v1/music/generations HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-sandbox\r\n"
        rest = 'Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{"mo'
        await stream.send((head + rest).encode())
        await stream.aclose()
        assert (await client.get("/v1/credits")).json()["data"]["balance"] == 1000
        assert box.sandbox.ledger.orders() == ()


async def test_others_are_answered_while_music_is_rendered_and_an_answer_is_held_back(tmp_path: Path) -> None:
    async with over_port(tmp_path) as (box, client, _), anyio.create_task_group() as group:
        box.renderer.go_on.clear()
        await box.order()
        group.start_soon(lambda: client.post(SUBMIT, json=simple("la sandbox:slow:600")))
        with anyio.fail_after(20):
            for _ in range(50):
                assert (await client.get("/health")).status_code == 200
        group.cancel_scope.cancel()
