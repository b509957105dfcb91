"""aimusicapi.org as the second seed describes it, with the answers that public clients have seen."""

from datetime import UTC, datetime
from typing import Any

from songwright.sandbox.orders import STREAMING_SHARE, Order, Take, Wanted
from songwright.sandbox.validation import ROWS, Fields, Refusal, bearer, json_object, refuse
from songwright.sandbox.wire import Answer, Call, json_answer

SUBMIT_PATH = "/api/submit"
QUERY_PATH = "/api/query"

_MESSAGES = {
    "invalid_request": "Invalid request",
    "invalid_api_key": "Invalid API key",
    "insufficient_credits": "Not enough credits",
    "internal_error": "Internal Server Error",
}
"""The second seed's own messages."""
_INSPIRATION = ("gpt_description_prompt", "make_instrumental", "model")
_CUSTOM = ("prompt", "title", "tags", "make_instrumental", "model")


class DialectB:
    """The second API: every answer has `code` and `message`, and errors carry the code as HTTP status too."""

    name = "b"

    def key(self, call: Call) -> str:
        """The key of a call. Raises `Refusal` with the seed's causes."""
        if not call.headers.get("authorization", "").strip():
            raise Refusal("invalid_api_key", "No API key provided in Authorization header")
        key = bearer(call)
        if key is None:
            raise Refusal("invalid_api_key", "Invalid API key")
        return key

    def read(self, call: Call) -> Wanted:
        """The order in a call. Raises `Refusal` for what the seed does not allow; it names no limits."""
        content = json_object(call)
        body = Fields(content)
        model = body.text("model")
        if not model.startswith("chirp-") or len(model) > 100:
            refuse("Invalid model")
        if "gpt_description_prompt" in content:
            body.only(_INSPIRATION, " in Inspiration Mode")
            wanted: dict[str, Any] = {"custom": False, "text": body.text("gpt_description_prompt")}
        else:
            body.only(_CUSTOM, " in Custom Mode")
            texts = {"text": body.text("prompt"), "title": body.text("title"), "style": body.text("tags")}
            wanted = {"custom": True, **texts}
        instrumental = body.switch("make_instrumental")
        return Wanted(dialect="b", model=model, request=content, instrumental=instrumental, **wanted)

    def refusal(self, code: str, message: str | None = None, status: int | None = None) -> Answer:
        """An error in the seed's shape."""
        number = status or ROWS[code].status
        text = message or _MESSAGES.get(code, ROWS[code].message)
        return json_answer({"code": number, "message": text}, number)

    def enveloped(self, code: int, message: str) -> Answer:
        """An error code inside HTTP 200, as public clients have seen it."""
        return json_answer({"code": code, "message": message})

    def accepted(self, order_id: str | None, *, other_place: bool = False, code: object = 200) -> Answer:
        """The answer to an order; without an id, or with the id in another place, as a fault may want it."""
        place: dict[str, Any] = {"data": {"task_id": order_id}} if other_place else {"workId": order_id}
        return json_answer({"code": code, "message": "success", **(place if order_id else {})})

    def unknown_task(self) -> Answer:
        """The answer to a query for an id that nobody knows: the seed has 400 for it."""
        return self.refusal("invalid_request", "Invalid workId")

    def credits(self, balance: int, purchased: int, consumed: int) -> Answer:
        """The second API has no such question."""
        return self.refusal("task_not_found", "Not Found")

    def state(self, order: Order, now: float, base_url: str) -> Answer:
        """The answer to a query."""
        return json_answer({"code": 200, "message": "success", "data": self.content(order, now, base_url)})

    def content(self, order: Order, now: float, base_url: str) -> dict[str, Any]:
        """The task as a query tells it."""
        status = order.status(now)
        word = {"completed": "SUCCESS", "failed": "FAILED"}.get(status, "IN_PROGRESS")
        if word == "IN_PROGRESS" and "unknown-status" in order.faults:
            word = "COMPOSING"
        early = word == "IN_PROGRESS" and "early-success" in order.faults
        tracks = (
            _ended(order, base_url)
            if status in ("completed", "failed")
            else _unfinished(order, now, base_url, early)
        )
        return {
            "type": "SUCCESS" if early else word,
            "request_body": order.wanted.request,
            "response_data": tracks,
            "created_at": _iso(order.created_at),
        }


def _ended(order: Order, base_url: str) -> list[dict[str, Any]]:
    if order.failure:
        failed = {"fail_message": order.failure.message, "error_message": order.failure.message}
        return [_bare(order, f"{order.id}-{place}", "error") | failed for place in range(2)]
    return [_complete(order, take, base_url) for take in order.takes]


def _unfinished(order: Order, now: float, base_url: str, early: bool) -> list[dict[str, Any]]:
    """Nothing at first, then two takes without audio, then two that stream from an address of their own."""
    if order.status(now) == "pending" and not early:
        return []
    streams = early or order.share(now) >= STREAMING_SHARE
    tracks = [
        _bare(order, f"{order.id}-{place}", "streaming" if streams else "pending") for place in range(2)
    ]
    for track in tracks if streams else ():
        track["audio_url"] = f"{base_url}/audiopipe/?item_id={track['id']}"
    return tracks


def _bare(order: Order, track_id: str, status: str) -> dict[str, Any]:
    return {
        "id": track_id,
        "audio_url": "",
        "image_url": "",
        "image_large_url": "",
        "video_url": "",
        "created_at": _iso(order.created_at),
        "status": status,
        "title": order.wanted.title,
        "prompt": order.wanted.text if order.wanted.custom else "",
        "tags": order.wanted.style,
        "extra_message": "",
    }


def _complete(order: Order, take: Take, base_url: str) -> dict[str, Any]:
    return _bare(order, take.id, "complete") | {
        "audio_url": f"{base_url}/files/{take.audio}" if take.audio else "",
        "image_url": f"{base_url}/files/{take.cover}",
        "image_large_url": f"{base_url}/files/{take.large_cover}",
        "created_at": _iso(order.completed_at or order.due_at),
        "title": take.title,
        "prompt": take.prompt,
        "tags": take.tags,
        "duration": take.duration,
        "extra_message": "All generated successfully.",
    }


def _iso(seconds: float) -> str:
    """A time in ISO 8601 with milliseconds, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
