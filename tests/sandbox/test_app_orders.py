"""The first API: what it takes, what it refuses, and in which words."""

from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from songwright.sandbox.ledger import account_of
from tests.sandbox.sandbox_kit import SUBMIT, client_of, custom, opened, simple

pytestmark = pytest.mark.anyio


def kept(folder: Path) -> bytes:
    """Everything that the files of a folder hold."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def refusal(code: str, message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "type": kind}}


@pytest.mark.parametrize(
    "body",
    [
        simple(),
        {"model": "suno-v5", "input": {"prompt": "An upbeat electronic dance track with heavy bass drops"}},
        simple(custom_mode=False, instrumental=True),
        simple("x" * 500),
        custom(),
        custom(prompt=None, instrumental=True, negative_tags="Heavy Metal, Drums"),
        custom(vocal_gender="f", persona_id="p-1", style_weight=0, weirdness_constraint=1, audio_weight=0.5),
        custom(prompt="a" * 3000, title="t" * 80, style="s" * 200, negative_tags="n" * 200),
        custom(title="😀" * 40),
        custom(prompt="a\r\n" * 1500),
    ],
)
async def test_an_order_that_the_seed_allows_is_taken_and_charged_once(
    tmp_path: Path, body: dict[str, Any]
) -> None:
    async with opened(tmp_path) as box:
        answer = await box.client.post(SUBMIT, json=body)
        assert answer.status_code == 200
        assert answer.json() == {
            "code": 200,
            "msg": "success",
            "data": {"taskId": answer.json()["data"]["taskId"]},
        }
        assert [charge.credits for charge in box.sandbox.ledger.charges()] == [1000, -24]
        assert await box.balance() == 976


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"input": {"prompt": "x"}}, "'model' is required."),
        ({"model": "", "input": {"prompt": "x"}}, "'model' is required."),
        ({"model": 5, "input": {"prompt": "x"}}, "'model' must be a string."),
        ({"model": "suno-v5"}, "'input' is required."),
        ({"model": "suno-v5", "input": []}, "'input' must be an object."),
        ({"model": "suno-v5", "input": {"prompt": "x"}, "callback": ""}, "'callback' is not a parameter."),
        (simple(""), "'input.prompt' is required."),
        (simple(" \n"), "'input.prompt' is required."),
        (simple("x" * 501), "'input.prompt' must be at most 500 characters."),
        (simple("😀" * 251), "'input.prompt' must be at most 500 characters."),
        (simple(instrumental="yes"), "'input.instrumental' must be a boolean."),
        (simple(custom_mode=None), "'input.custom_mode' must be a boolean."),
        (simple(title="T"), "'input.title' is not a parameter in non-custom mode."),
        (custom(lyrics="x"), "'input.lyrics' is not a parameter."),
        (custom(prompt=None), "'input.prompt' is required."),
        (custom(title=None), "'input.title' is required."),
        (custom(style=None), "'input.style' is required."),
        (custom(prompt="x" * 3001), "'input.prompt' must be at most 3000 characters."),
        (custom(title="x" * 81), "'input.title' must be at most 80 characters."),
        (custom(style="x" * 201), "'input.style' must be at most 200 characters."),
        (custom(negative_tags="x" * 201), "'input.negative_tags' must be at most 200 characters."),
        (custom(vocal_gender="male"), "'input.vocal_gender' must be one of m, f."),
        (custom(style_weight=1.01), "'input.style_weight' must be between 0 and 1."),
        (custom(style_weight=10**400), "'input.style_weight' must be between 0 and 1."),
        (custom(weirdness_constraint=-0.1), "'input.weirdness_constraint' must be between 0 and 1."),
        (custom(audio_weight=True), "'input.audio_weight' must be a number."),
        (custom(persona_id=7), "'input.persona_id' must be a string."),
    ],
)
async def test_a_wrong_field_is_refused_by_name_and_costs_nothing(
    tmp_path: Path, body: dict[str, Any], message: str
) -> None:
    async with opened(tmp_path) as box:
        answer = await box.client.post(SUBMIT, json=body)
        assert (answer.status_code, answer.json()) == (400, refusal("invalid_request", message))
        assert box.sandbox.ledger.orders() == ()
        assert await box.balance() == 1000


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", "application/json", "No body provided"),
        (b"{", "application/json", "The body is not valid JSON."),
        (b"\xff\xfe", "application/json", "The body is not valid JSON."),
        (b'{"model": NaN}', "application/json", "The body is not valid JSON."),
        (b'{"model": "a", "model": "b"}', "application/json", "The body is not valid JSON."),
        (b"[" * 100_000, "application/json", "The body is not valid JSON."),
        (b"[]", "application/json", "The body must be a JSON object."),
        (b"{}", "text/plain", "Content-Type must be application/json."),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    tmp_path: Path, content: bytes, kind: str, message: str
) -> None:
    async with opened(tmp_path) as box:
        answer = await box.client.post(SUBMIT, content=content, headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()) == (400, refusal("invalid_request", message))


async def test_an_unknown_model_and_an_unknown_task_are_404_with_the_seeds_codes(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        model = await box.client.post(SUBMIT, json={"model": "suno-v9", "input": {"prompt": "x"}})
        task = await box.client.get("/v1/tasks/nobody-knows")
        assert (model.status_code, model.json()["error"]["code"]) == (404, "model_not_found")
        assert (task.status_code, task.json()["error"]["code"]) == (404, "task_not_found")


@pytest.mark.parametrize(
    ("key", "status", "code", "message"),
    [
        (None, 401, "invalid_api_key", "Authorization header with a Bearer API key is required."),
        ("pk-123", 401, "invalid_api_key", "The key does not start with sk-"),
        ("sk-sandbox-disabled", 401, "invalid_api_key", "The key has been disabled or deleted."),
        ("sk-sandbox-banned", 401, "invalid_api_key", "The user account has been banned."),
        ("sk-sandbox-blocked-ip", 403, "ip_not_allowed", "Request IP is not in the key's allowlist."),
        ("sk-sandbox-busy", 429, "rate_limit_exceeded", "Too many requests, please slow down."),
        ("sk-sandbox-limited", 429, "spend_limit_exceeded", "Key spend limit reached (daily)."),
        (
            "sk-sandbox-poor",
            402,
            "insufficient_credits",
            "Your credit balance is too low. Please top up.",
        ),
    ],
)
async def test_a_key_that_may_not_order_is_refused_with_its_cause(
    tmp_path: Path, key: str | None, status: int, code: str, message: str
) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, key) as client:
        answer = await client.post(SUBMIT, json=simple())
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.json()["error"]["message"] == message
        assert [charge for charge in box.sandbox.ledger.charges() if charge.kind == "charge"] == []


async def test_a_key_over_its_spend_limit_can_still_ask(tmp_path: Path) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, "sk-sandbox-limited") as client:
        assert (await client.get("/v1/credits")).status_code == 200


async def test_every_key_has_its_own_credits_and_sees_its_own_tasks_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, "sk-other") as other:
        task_id = await box.order()
        assert (await other.get(f"/v1/tasks/{task_id}")).status_code == 404
        assert (await other.get("/v1/credits")).json() == {
            "code": 200,
            "msg": "success",
            "data": {"balance": 1000, "total_purchased": 1000, "total_consumed": 0},
        }
        assert b"sk-other" not in kept(tmp_path)
        assert box.sandbox.ledger.balance(account_of("sk-other")).left == 1000


async def test_credits_run_out_and_a_refill_helps(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        for number in range(41):
            await box.order(simple(f"song {number}"))
        answer = await box.client.post(SUBMIT, json=simple())
        assert (answer.status_code, answer.json()) == (
            402,
            refusal(
                "insufficient_credits", "Your credit balance is too low. Please top up.", "billing_error"
            ),
        )
        box.sandbox.ledger.refill(1000)
        await box.order()
        assert await box.balance() == 2000 - 42 * 24


async def test_a_body_above_one_mebibyte_is_413_in_the_shape_of_the_api(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        body = {"model": "m", "input": {"prompt": "x" * (1 << 20)}}
        first = await box.client.post(SUBMIT, json=body)
        second = await box.client.post("/api/submit", json=body)
        assert (first.status_code, first.json()["error"]["code"]) == (413, "invalid_request")
        assert (second.status_code, second.json()["code"]) == (413, 413)
        assert box.sandbox.ledger.orders() == ()


async def test_an_order_whose_sender_leaves_before_its_end_is_not_taken(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        messages = [{"type": "http.request", "body": b'{"model":', "more_body": True}]
        sent: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": SUBMIT,
            "query_string": b"",
            "headers": [],
        }
        await box.sandbox.app(scope, receive, send)
        assert sent == []
        assert box.sandbox.ledger.orders() == ()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", SUBMIT, 405),
        ("POST", "/v1/credits", 405),
        ("GET", "/v1/nothing", 404),
        ("POST", "/api/query", 405),
        ("GET", "/api/v2/feed", 404),
        ("POST", "/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/files/../sandbox.sqlite3", 404),
        ("GET", "/files/%2e%2e%2fsandbox.sqlite3", 404),
        ("GET", "/files/nobody.mp3", 404),
    ],
)
async def test_a_wrong_path_or_method_is_told_and_crashes_nothing(
    tmp_path: Path, method: str, path: str, status: int
) -> None:
    async with opened(tmp_path) as box:
        await box.balance()
        answer = await box.client.request(method, path)
        assert answer.status_code == status


async def test_a_damaged_ledger_is_the_providers_500_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "sandbox.sqlite3").write_bytes(b"this is no database" * 100)
    async with opened(tmp_path) as box:
        first = await box.client.post(SUBMIT, json=simple())
        second = await box.client.post(
            "/api/submit", json={"model": "chirp-v4-0", "gpt_description_prompt": "x"}
        )
        assert (first.status_code, first.json()["error"]["code"]) == (500, "internal_error")
        assert (second.status_code, second.json()) == (500, {"code": 500, "message": "Internal Server Error"})


async def test_the_front_page_and_the_health_page_say_what_this_is(tmp_path: Path) -> None:
    async with opened(tmp_path) as box, client_of(box.sandbox, None) as client:
        page = (await client.get("/")).json()
        assert "without a real singer" in page["note"]
        assert (await client.get("/health")).json() == {"status": "ok"}
        assert kept(tmp_path) == b""


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x",
        "https://example.com/hook",
        "http://127.0.0.1.example.com/",
        "http://user:pw@localhost/",
        "http://10.0.0.1/",
        "http://[::2]/",
        "http://127.0.0.1:99999/",
        "not a url",
        7,
    ],
)
async def test_a_callback_to_another_machine_is_refused(tmp_path: Path, url: object) -> None:
    async with opened(tmp_path) as box:
        answer = await box.client.post(SUBMIT, json={**simple(), "callback_url": url})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


async def test_two_sandboxes_on_one_folder_sell_exactly_the_credits_there_are(tmp_path: Path) -> None:
    async with opened(tmp_path) as one, opened(tmp_path, one.clock) as two:
        one.sandbox.ledger.balance(account_of("sk-poor"), first=245)
        clients = [client_of(box.sandbox, "sk-poor") for box in (one, two)]
        answers: list[httpx.Response] = []

        async def submit(number: int) -> None:
            answers.append(await clients[number % 2].post(SUBMIT, json=simple(f"song {number}")))

        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                for number in range(50):
                    group.start_soon(submit, number)
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200] * 10 + [402] * 40
        ids = {answer.json()["data"]["taskId"] for answer in answers if answer.status_code == 200}
        assert ids == {order.id for order in one.sandbox.ledger.orders()}
        assert two.sandbox.ledger.balance(account_of("sk-poor")).left == 5
        for client in clients:
            await client.aclose()
