"""Every fault of the table, ordered by a word and by a script, at both APIs, with what it costs."""

import json
import re
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.sandbox import faults
from songwright.sandbox.faults import ANSWER_FAULTS, TASK_FAULTS, Fault, Script, UnknownFault, faults_in
from tests.sandbox.sandbox_kit import SUBMIT, Box, opened, simple

pytestmark = pytest.mark.anyio

ROWS = [
    ("invalid-request", 400, "invalid_request_error"),
    ("invalid-api-key", 401, "authentication_error"),
    ("insufficient-credits", 402, "billing_error"),
    ("ip-not-allowed", 403, "permission_error"),
    ("model-not-found", 404, "invalid_request_error"),
    ("task-not-found", 404, "invalid_request_error"),
    ("rate-limit-exceeded", 429, "rate_limit_error"),
    ("spend-limit-exceeded", 429, "billing_error"),
    ("internal-error", 500, "api_error"),
    ("upstream-error", 503, "upstream_error"),
]
BOTH = pytest.mark.parametrize("dialect", ["a", "b"])


async def submit(box: Box, dialect: str, text: str) -> httpx.Response:
    """An order at one of the APIs with a word in its description."""
    if dialect == "a":
        return await box.client.post(SUBMIT, json=simple(f"a calm song {text}"))
    body = {"model": "chirp-v5", "gpt_description_prompt": f"a calm song {text}"}
    return await box.client.post("/api/submit", json=body)


def charged(box: Box) -> int:
    """How many orders were taken and charged; the two must agree."""
    charges = [charge for charge in box.sandbox.ledger.charges() if charge.kind == "charge"]
    assert len(charges) == len(box.sandbox.ledger.orders())
    return len(charges)


@BOTH
@pytest.mark.parametrize(("word", "status", "kind"), ROWS)
async def test_each_row_of_the_error_table_can_be_ordered_and_costs_nothing(
    tmp_path: Path, dialect: str, word: str, status: int, kind: str
) -> None:
    async with opened(tmp_path) as box:
        answer = await submit(box, dialect, f"sandbox:{word}")
        content = answer.json()
        assert answer.status_code == status
        if dialect == "a":
            assert content["error"]["code"] == word.replace("-", "_")
            assert content["error"]["type"] == kind
            assert content["error"]["message"]
        else:
            assert (content["code"], list(content)) == (status, ["code", "message"])
        assert charged(box) == 0


def shape(answer: httpx.Response) -> tuple[int, str, bool]:
    """Status, media type, and whether the body is whole JSON."""
    try:
        json.loads(answer.content)
    except ValueError:
        whole = False
    else:
        whole = True
    return answer.status_code, answer.headers["content-type"].partition(";")[0], whole


@BOTH
@pytest.mark.parametrize(
    ("word", "expected", "taken"),
    [
        ("html502", (502, "text/html", False), 0),
        ("html403", (403, "text/html", False), 0),
        ("code-in-200", (200, "application/json", True), 0),
        ("empty", (200, "application/json", False), 1),
        ("cut", (200, "application/json", False), 1),
        ("not-json", (200, "application/json", False), 1),
        ("huge", (200, "application/json", True), 1),
        ("no-id", (200, "application/json", True), 1),
        ("other-id", (200, "application/json", True), 1),
        ("code-text", (200, "application/json", True), 1),
        ("slow:0", (200, "application/json", True), 1),
        ("id-twice", (200, "application/json", True), 1),
    ],
)
async def test_an_answer_can_be_spoiled_in_process_and_the_table_says_what_it_costs(
    tmp_path: Path, dialect: str, word: str, expected: tuple[int, str, bool], taken: int
) -> None:
    async with opened(tmp_path) as box:
        answer = await submit(box, dialect, f"sandbox:{word}")
        assert shape(answer) == expected
        assert charged(box) == taken


async def test_the_spoiled_bodies_are_what_their_names_say(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        first = (await submit(box, "a", "")).json()["data"]["taskId"]
        assert (await submit(box, "a", "sandbox:id-twice")).json()["data"]["taskId"] == first
        assert (await submit(box, "a", "sandbox:no-id")).json()["data"] == {}
        assert list((await submit(box, "a", "sandbox:other-id")).json()["data"]) == ["id"]
        assert list((await submit(box, "b", "sandbox:other-id")).json()["data"]) == ["task_id"]
        assert (await submit(box, "b", "sandbox:code-text")).json()["code"] == "200"
        assert (await submit(box, "a", "sandbox:code-in-200")).json()["code"] == 402
        assert (await submit(box, "b", "sandbox:code-in-200:500")).json()["code"] == 500
        assert len((await submit(box, "a", "sandbox:huge")).content) > 2 << 20
        assert (await submit(box, "a", "sandbox:rate-limit-exceeded:7")).headers["retry-after"] == "7"
        cut = await submit(box, "a", "sandbox:cut")
        assert int(cut.headers["content-length"]) > len(cut.content)


@BOTH
async def test_a_body_that_lies_about_gzip_cannot_be_decoded_though_charged(
    tmp_path: Path, dialect: str
) -> None:
    async with opened(tmp_path) as box:
        with pytest.raises(httpx.DecodingError):
            await submit(box, dialect, "sandbox:gzip-lie")
        assert charged(box) == 1


@BOTH
@pytest.mark.parametrize(("word", "taken"), [("drop", 0), ("drop-after-charge", 1)])
async def test_a_dropped_connection_is_httpxs_own_error_in_process(
    tmp_path: Path, dialect: str, word: str, taken: int
) -> None:
    async with opened(tmp_path) as box:
        with pytest.raises(httpx.RemoteProtocolError):
            await submit(box, dialect, f"sandbox:{word}")
        assert charged(box) == taken


async def test_a_hanging_answer_in_process_ends_when_the_caller_gives_up(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        with anyio.move_on_after(0.3) as scope:
            await submit(box, "a", "sandbox:hang")
        assert scope.cancelled_caught
        assert charged(box) == 1


# ---- the life of a task


async def ended(box: Box, dialect: str, word: str) -> dict[str, Any]:
    """The task at its end, ordered with a fault."""
    answer = (await submit(box, dialect, f"sandbox:{word}")).json()
    task_id: str = answer["data"]["taskId"] if dialect == "a" else answer["workId"]
    await box.later(8)
    return await box.state(task_id) if dialect == "a" else await box.state_b(task_id)


@pytest.mark.parametrize(("word", "count"), [("one-take", 1), ("three-takes", 3)])
async def test_the_number_of_takes_can_differ(tmp_path: Path, word: str, count: int) -> None:
    async with opened(tmp_path) as box:
        assert len((await ended(box, "a", word))["output"]["urls"]) == count
        assert len((await ended(box, "b", word))["response_data"]) == count


async def test_a_task_can_complete_without_audio(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task = await ended(box, "a", "no-audio")
        assert (task["status"], task["output"]["urls"]) == ("completed", [])
        data = await ended(box, "b", "no-audio")
        assert [track["audio_url"] for track in data["response_data"]] == ["", ""]


async def test_audio_can_be_a_web_page_or_cut_or_gone(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        bad, cut, gone = [
            await box.client.get((await ended(box, "a", word))["output"]["urls"][0])
            for word in ("bad-audio", "cut-audio", "expired-urls")
        ]
        assert (bad.status_code, bad.headers["content-type"]) == (200, "text/html")
        assert cut.content.startswith(b"ID3")
        assert int(cut.headers["content-length"]) > len(cut.content)
        assert gone.status_code == 410


@BOTH
async def test_provider_text_can_be_hostile(tmp_path: Path, dialect: str) -> None:
    async with opened(tmp_path) as box:
        task = await ended(box, dialect, "weird-title")
        track = (task["output"]["metadata"]["tracks"] if dialect == "a" else task["response_data"])[0]
        for piece in ("\x1b[31m", "SYSTEM:", "\u202e", "<script>", "../../"):
            assert piece in track["title"]


async def test_a_status_can_be_unknown_until_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = (await submit(box, "a", "sandbox:unknown-status")).json()["data"]["taskId"]
        work_id = (await submit(box, "b", "sandbox:unknown-status")).json()["workId"]
        assert (await box.state(task_id))["status"] == "composing"
        assert (await box.state_b(work_id))["type"] == "COMPOSING"
        await box.later(8)
        assert (await box.state(task_id))["status"] == "completed"
        assert (await box.state_b(work_id))["type"] == "SUCCESS"


async def test_success_can_be_told_before_there_is_anything(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = (await submit(box, "a", "sandbox:early-success")).json()["data"]["taskId"]
        work_id = (await submit(box, "b", "sandbox:early-success")).json()["workId"]
        early = await box.state(task_id)
        assert (early["status"], "output" in early) == ("completed", False)
        data = await box.state_b(work_id)
        assert (data["type"], data["response_data"][0]["status"]) == ("SUCCESS", "streaming")
        assert "audiopipe" in data["response_data"][0]["audio_url"]
        await box.later(8)
        assert (await box.state(task_id))["output"]["urls"]
        assert (await box.state_b(work_id))["response_data"][0]["status"] == "complete"


async def test_a_task_can_take_long_or_for_ever(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        slow = (await submit(box, "a", "sandbox:long:30")).json()["data"]["taskId"]
        never = (await submit(box, "a", "sandbox:never")).json()["data"]["taskId"]
        await box.later(29)
        assert (await box.state(slow))["status"] == "processing"
        await box.later(1)
        assert (await box.state(slow))["status"] == "completed"
        box.clock.now += 10 * 86400
        assert (await box.state(never))["status"] == "pending"


async def test_a_task_can_be_unknown_at_first(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = (await submit(box, "a", "sandbox:not-found-first:2")).json()["data"]["taskId"]
        work_id = (await submit(box, "b", "sandbox:not-found-first")).json()["workId"]
        found = [(await box.client.get(f"/v1/tasks/{task_id}")).status_code for _ in range(3)]
        work = [(await box.client.get(f"/api/query?workId={work_id}")).status_code for _ in range(2)]
        assert (found, work) == ([404, 404, 200], [400, 200])


async def test_a_word_can_spoil_the_first_query_instead_of_the_order(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = (await submit(box, "a", "sandbox:query-html502")).json()["data"]["taskId"]
        answers = [(await box.client.get(f"/v1/tasks/{task_id}")).status_code for _ in range(2)]
        assert answers == [502, 200]


# ---- words and scripts


async def test_a_fault_can_stand_in_title_style_or_lyrics_too(tmp_path: Path) -> None:
    fields = {"custom_mode": True, "title": "T", "style": "pop", "prompt": "[Verse]\nla"}
    async with opened(tmp_path) as box:
        for name in ("title", "style", "prompt", "negative_tags"):
            body = {"model": "suno-v5", "input": {**fields, name: "la SANDBOX:insufficient_credits, la"}}
            assert (await box.client.post(SUBMIT, json=body)).status_code == 402


async def test_a_misspelt_fault_is_refused_so_that_it_is_seen(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        answer = await submit(box, "a", "sandbox:moderatoin")
        assert answer.status_code == 400
        assert "unknown sandbox fault 'moderatoin'" in answer.json()["error"]["message"]


async def test_fault_words_are_not_sung(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task = await ended(box, "a", "one-take")
        assert "sandbox" not in task["output"]["metadata"]["tracks"][0]["prompt"].lower()


async def test_scripted_faults_meet_matching_requests_in_order_and_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        script = box.sandbox.faults
        script.push(Fault("html502"), Fault("html403"), dialect="a", route="submit")
        script.push(Fault("empty"), route="query")
        script.push(Fault("internal-error"), dialect="b")
        script.push(Fault("rate-limit-exceeded", 3), route="credits")
        assert (await box.client.get("/v1/credits")).status_code == 429
        statuses = [(await submit(box, "a", "")).status_code for _ in range(3)]
        assert statuses == [502, 403, 200]
        assert [(await submit(box, "b", "")).status_code for _ in range(2)] == [500, 200]
        answers = [await box.client.get("/v1/tasks/x") for _ in range(2)]
        assert [(answer.status_code, answer.content == b"") for answer in answers] == [
            (404, True),
            (404, False),
        ]
        assert script.waiting == ()
        assert charged(box) == 2


async def test_a_script_can_charge_an_order_that_the_table_would_not(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        box.sandbox.faults.push(Fault("internal-error", taken=True), Fault("failed"))
        assert (await submit(box, "a", "")).status_code == 500
        assert charged(box) == 1
        task = await box.state((await submit(box, "a", "")).json()["data"]["taskId"])
        assert task["status"] == "pending"
        await box.later(8)
        assert (await box.state(task["id"]))["status"] == "failed"


async def test_a_script_can_answer_anything(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        box.sandbox.faults.push(
            Fault("answer", status=307, body=b"{}", headers=(("Location", "/elsewhere"),))
        )
        answer = await submit(box, "a", "")
        assert (answer.status_code, answer.headers["location"], answer.content) == (307, "/elsewhere", b"{}")
        assert charged(box) == 0


async def test_a_script_can_spoil_a_file(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        task_id = await box.order()
        await box.later(8)
        url = (await box.state(task_id))["output"]["urls"][0]
        box.sandbox.faults.push(Fault("html502"), Fault("empty"), route="file")
        answers = [await box.client.get(url) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [502, 200, 200]
        assert [answer.content.startswith(b"ID3") for answer in answers] == [False, False, True]
        assert answers[1].content == b""


def test_a_tasks_fault_cannot_be_ordered_where_no_task_begins() -> None:
    with pytest.raises(ValueError, match="submit"):
        Script().push(Fault("moderation"), route="query")
    with pytest.raises(UnknownFault):
        Fault("moderation", on_query=True)


def test_the_docstring_names_every_fault_and_no_other() -> None:
    table = (faults.__doc__ or "").split("Faults of an answer.")[1]
    named = set(re.findall(r"[a-z]+[0-9]*(?:-[a-z0-9]+)*", table))
    assert named >= ANSWER_FAULTS | TASK_FAULTS
    rows = re.findall(r"^    ([a-z0-9-]+(?:, [a-z0-9-]+)*)(?:\[:N\])?  ", table, re.MULTILINE)
    assert {name for row in rows for name in row.split(", ")} - {"word"} <= ANSWER_FAULTS | TASK_FAULTS


@given(st.sampled_from(sorted(ANSWER_FAULTS | TASK_FAULTS)), st.none() | st.integers(0, 9999), st.booleans())
def test_a_fault_is_read_back_from_its_word_within_any_text(
    name: str, number: int | None, on_query: bool
) -> None:
    fault = Fault(name, number, on_query=on_query and name in ANSWER_FAULTS)
    assert faults_in(["some words", f"la {fault.word}, la."]) == (fault,)


@given(st.text())
def test_text_without_a_fault_word_orders_nothing_and_never_crashes(text: str) -> None:
    if "sandbox:" not in text.lower():
        assert faults_in([text]) == ()
