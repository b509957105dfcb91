"""aimusicapi.org, the second seed."""

from collections.abc import Mapping, Sequence
from typing import Any

from songwright.models import CustomRequest, ProviderTrack, SimpleRequest, TaskState
from songwright.models.tasks import OrderStatus
from songwright.providers import fields
from songwright.providers.answers import Answer
from songwright.providers.http import HttpProvider, Payload
from songwright.providers.refusals import Complaint, enveloped

INSTRUMENTAL_PROMPT = "[Instrumental]"
"""What stands for the lyrics of an instrumental: the seed requires a prompt."""

_ALL_GENERATED = "all generated successfully."
_DONE = frozenset({"complete", "completed", "success", "succeeded"})
_ENDED = frozenset({"success", "completed"})
_FAILED = frozenset({"failed", "error", "fail"})
_UNFINISHED = frozenset({"text", "first", "pending", "queued", "streaming"})
_MOST_TRACKS = 20


class AimusicapiProvider(HttpProvider):
    """Songs from aimusicapi.org. It has no callback, no balance, and none of the options of custom mode."""

    # 400 is what a fresh or unknown id gets here; how long to be patient is the watcher's question.
    _unknown_task = frozenset({400, 404})

    def _order(self, request: SimpleRequest | CustomRequest, callback_url: str | None) -> tuple[str, Payload]:
        payload: dict[str, Any]
        match request:
            case SimpleRequest():
                payload = {"gpt_description_prompt": request.prompt}
            case CustomRequest():
                lyrics = request.lyrics or (INSTRUMENTAL_PROMPT if request.instrumental else "")
                payload = {"prompt": lyrics, "title": request.title, "tags": request.style}
        if request.instrumental:
            payload["make_instrumental"] = True
        return "/api/submit", payload | {"model": request.model}

    def _task_path(self, provider_task_id: str) -> str:
        return f"/api/query?workId={provider_task_id}"

    def _id_of(self, body: Mapping[str, object]) -> object:
        data = fields.mapping(body.get("data"))
        places = [body.get("workId"), data.get("workId"), data.get("task_id"), body.get("task_id")]
        return next((found for found in places if found), None)

    def _complaint(self, answer: Answer) -> Complaint | None:
        body = answer.body
        if fields.whole(body.get("code")) is not None:
            return enveloped(body)
        if 400 <= answer.status <= 499 and isinstance(body.get("message"), str):
            return Complaint(message=body["message"])
        return None

    def _state(self, body: Mapping[str, object]) -> TaskState | None:
        data = fields.mapping(body.get("data"))
        if "type" not in data and "response_data" not in data:
            return None
        kind = _word(data.get("type"))
        takes = _takes(data.get("response_data"))
        states: list[OrderStatus] = [_take_status(take, kind) for take in takes]
        status = _status(kind, states)
        done = [index for index, state in enumerate(states) if state == "completed"]
        return TaskState(
            status=status,
            tracks=_tracks(takes, done) if status == "completed" else (),
            error=self._judge.ended(None, _reason(body, takes)) if status == "failed" else None,
            model=_model(data, takes),
            created_at=fields.moment(data.get("created_at")),
        )


def _word(value: object) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _takes(value: object) -> Sequence[Mapping[str, object]]:
    """The takes of `response_data`, which may be an object, null or missing at first."""
    alone = fields.mapping(value)
    if "audio_url" in alone or "status" in alone:
        return [alone]
    found = [fields.mapping(take) for take in fields.sequence(value)[:_MOST_TRACKS]]
    return [take for take in found if take]


def _take_status(take: Mapping[str, object], kind: str) -> OrderStatus:
    """Whether one take is done: decided by the take, since SUCCESS is told while takes still stream."""
    status = _word(take.get("status"))
    if status in _FAILED:
        return "failed"
    if status in _DONE or _word(take.get("extra_message")) == _ALL_GENERATED:
        return "completed"
    if kind in _ENDED and status not in _UNFINISHED and _is_final(take.get("audio_url")):
        return "completed"
    told = _word(take.get("fail_message")) or _word(take.get("error_message"))
    return "failed" if told and status not in _UNFINISHED else "processing"


def _is_final(url: object) -> bool:
    """Whether an address is a recording's, not that of a stream."""
    return fields.url(url) is not None and "audiopipe" not in str(url)


def _status(kind: str, states: Sequence[OrderStatus]) -> OrderStatus:
    """The whole task: completed when every take ended and one is done; a failure ends the rest."""
    failed = kind in _FAILED
    if "completed" in states and (failed or "processing" not in states):
        return "completed"
    if failed or (states and all(state == "failed" for state in states)):
        return "failed"
    return "processing"


def _tracks(takes: Sequence[Mapping[str, object]], done: Sequence[int]) -> tuple[ProviderTrack, ...]:
    return tuple(_track(index, takes[index]) for index in done if takes[index].get("audio_url"))


def _track(index: int, take: Mapping[str, object]) -> ProviderTrack:
    return ProviderTrack(
        index=index,
        provider_track_id=fields.line(take.get("id"), 128),
        title=fields.line(take.get("title"), fields.TITLE),
        style=fields.line(take.get("tags"), fields.STYLE),
        lyrics=fields.prose(take.get("prompt"), fields.LYRICS),
        duration_seconds=fields.seconds(take.get("duration")),
        audio_url=fields.url(take.get("audio_url")),
        image_url=fields.url(take.get("image_large_url")) or fields.url(take.get("image_url")),
        video_url=fields.url(take.get("video_url")),
        created_at=fields.moment(take.get("created_at")),
    )


def _model(data: Mapping[str, object], takes: Sequence[Mapping[str, object]]) -> str | None:
    asked = fields.line(fields.mapping(data.get("request_body")).get("model"), 100)
    named = (fields.line(take.get("model_name"), 100) for take in takes)
    return asked or next(filter(None, named), None)


def _reason(body: Mapping[str, object], takes: Sequence[Mapping[str, object]]) -> object:
    """Why a task failed, in the first words that a take has for it, else the envelope's."""
    names = ("fail_message", "error_message", "extra_message")
    told = [take.get(name) for take in takes for name in names]
    envelope = body.get("message")
    if _word(envelope) not in ("success", "ok"):
        told.append(envelope)
    return next((message for message in told if isinstance(message, str) and message.strip()), None)
