"""aivideoapi.ai as the first seed describes it: what it understands, and every shape in which it answers."""

from collections.abc import Collection
from typing import Any

from songwright.sandbox.orders import Order, Take, Wanted
from songwright.sandbox.validation import ROWS, Fields, Refusal, bearer, json_object
from songwright.sandbox.wire import Answer, Call, json_answer

SUBMIT_PATH = "/v1/music/generations"
TASK_PATH = "/v1/tasks/"
CREDITS_PATH = "/v1/credits"
NOTE = "Songwright sandbox: a free synthetic sketch without a real singer"

_MODELS = ("suno-v5_5", "suno-v5")
_SIMPLE = ("prompt", "custom_mode", "instrumental")
_CUSTOM = (
    *_SIMPLE,
    "title",
    "style",
    "negative_tags",
    "vocal_gender",
    "persona_id",
    "style_weight",
    "weirdness_constraint",
    "audio_weight",
)
_LIMITS = {"description": 500, "lyrics": 3000, "title": 80, "style": 200, "negative_tags": 200}


class DialectA:
    """The first API. `callback_hosts` are further hosts to which callbacks may go."""

    name = "a"

    def __init__(self, callback_hosts: Collection[str] = ()) -> None:
        self._callback_hosts = frozenset(callback_hosts)

    def key(self, call: Call) -> str:
        """The key of a call. Raises `Refusal` with the seed's causes."""
        key = bearer(call)
        if key is None:
            raise Refusal("invalid_api_key", "Authorization header with a Bearer API key is required.")
        if not key.startswith("sk-") or key == "sk-":
            raise Refusal("invalid_api_key", "The key does not start with sk-")
        return key

    def read(self, call: Call) -> Wanted:
        """The order in a call. Raises `Refusal` for everything that the seed does not allow."""
        content = json_object(call)
        body = Fields(content)
        model = body.text("model", limit=200)
        body.only(("model", "input", "callback_url"))
        callback_url = body.callback("callback_url", self._callback_hosts)
        fields = body.inner("input")
        wanted = _custom(fields, content) if fields.switch("custom_mode") else _simple(fields, content)
        if model not in _MODELS:
            raise Refusal("model_not_found")
        return Wanted(dialect="a", model=model, callback_url=callback_url, **wanted)

    def refusal(self, code: str, message: str | None = None, status: int | None = None) -> Answer:
        """An error in the seed's shape."""
        row = ROWS[code]
        error = {"code": code, "message": message or row.message, "type": row.type}
        return json_answer({"error": error}, status or row.status)

    def enveloped(self, code: int, message: str) -> Answer:
        """An error code inside HTTP 200, as public clients have seen it."""
        return json_answer({"code": code, "msg": message, "data": None})

    def accepted(self, order_id: str | None, *, other_place: bool = False, code: object = 200) -> Answer:
        """The answer to an order; without an id, or with the id in another place, as a fault may want it."""
        data = {"id" if other_place else "taskId": order_id} if order_id else {}
        return json_answer({"code": code, "msg": "success", "data": data})

    def unknown_task(self) -> Answer:
        """The answer to a query for an id that nobody knows."""
        return self.refusal("task_not_found")

    def credits(self, balance: int, purchased: int, consumed: int) -> Answer:
        """The answer to a question for credits."""
        data = {"balance": balance, "total_purchased": purchased, "total_consumed": consumed}
        return json_answer({"code": 200, "msg": "success", "data": data})

    def state(self, order: Order, now: float, base_url: str) -> Answer:
        """The answer to a query."""
        return json_answer(self.content(order, now, base_url))

    def content(self, order: Order, now: float, base_url: str) -> dict[str, Any]:
        """A task as a query and a callback tell it: a bare object."""
        status = order.status(now)
        task: dict[str, Any] = {
            "id": order.id,
            "status": status,
            "model": order.wanted.model,
            "created_at": int(order.created_at),
        }
        if status == "failed" and order.failure:
            return task | {"error": {"code": order.failure.code, "message": order.failure.message}}
        if status == "completed" and order.completed_at is not None:
            return task | {"completed_at": int(order.completed_at), "output": _output(order, base_url)}
        if "early-success" in order.faults:
            return task | {"status": "completed", "completed_at": int(now)}
        word = "composing" if "unknown-status" in order.faults else status
        return task | {"status": word, "progress": None}


def _simple(fields: Fields, content: dict[str, Any]) -> dict[str, Any]:
    fields.only(_SIMPLE, " in non-custom mode")
    return {
        "request": content,
        "custom": False,
        "text": fields.text("prompt", limit=_LIMITS["description"]),
        "instrumental": fields.switch("instrumental"),
    }


def _custom(fields: Fields, content: dict[str, Any]) -> dict[str, Any]:
    fields.only(_CUSTOM)
    instrumental = fields.switch("instrumental")
    fields.text("persona_id", required=False, limit=200)
    fields.share("audio_weight")
    return {
        "request": content,
        "custom": True,
        "text": fields.text("prompt", limit=_LIMITS["lyrics"], required=not instrumental),
        "title": fields.text("title", limit=_LIMITS["title"]),
        "style": fields.text("style", limit=_LIMITS["style"]),
        "instrumental": instrumental,
        "negative_tags": fields.text("negative_tags", limit=_LIMITS["negative_tags"], required=False),
        "vocal_gender": fields.choice("vocal_gender", ("m", "f")),
        "style_weight": fields.share("style_weight"),
        "weirdness": fields.share("weirdness_constraint"),
    }


def _output(order: Order, base_url: str) -> dict[str, Any]:
    urls = [f"{base_url}/files/{take.audio}" for take in order.takes if take.audio]
    tracks = [_track(take, base_url) for take in order.takes]
    return {"urls": urls, "metadata": {"tracks": tracks, "note": NOTE}}


def _track(take: Take, base_url: str) -> dict[str, Any]:
    return {
        "id": take.id,
        "title": take.title,
        "tags": take.tags,
        "duration": take.duration,
        "image_url": f"{base_url}/files/{take.cover}",
        "prompt": take.prompt,
    }
