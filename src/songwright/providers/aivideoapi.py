"""aivideoapi.ai, the first seed; the sandbox speaks the same dialect."""

from collections.abc import Mapping
from typing import Any

from songwright.catalog import CUSTOM_OPTIONS
from songwright.models import Credits, CustomRequest, ProviderTrack, SimpleRequest, TaskState
from songwright.models.tasks import OrderStatus
from songwright.providers import fields
from songwright.providers.answers import Answer
from songwright.providers.http import HttpProvider, Payload
from songwright.providers.refusals import Complaint, enveloped

_GENERATIONS = "/v1/music/generations"
_STATUSES: dict[str, OrderStatus] = {
    "pending": "pending",
    "processing": "processing",
    "completed": "completed",
    "failed": "failed",
}
_MOST_TRACKS = 20


class AivideoapiProvider(HttpProvider):
    """Songs from aivideoapi.ai, or from whatever speaks like it."""

    def _order(self, request: SimpleRequest | CustomRequest, callback_url: str | None) -> tuple[str, Payload]:
        payload: dict[str, Any] = {"model": request.model}
        if callback_url is not None:
            payload["callback_url"] = callback_url
        match request:
            case SimpleRequest():
                payload["input"] = _simple(request)
            case CustomRequest():
                payload["input"] = _custom(request)
        return _GENERATIONS, payload

    def _task_path(self, provider_task_id: str) -> str:
        return f"/v1/tasks/{provider_task_id}"

    def _id_of(self, body: Mapping[str, object]) -> object:
        data = fields.mapping(body.get("data"))
        places = [data.get("taskId"), data.get("task_id"), body.get("taskId"), body.get("task_id")]
        if not body.get("error") or _is_task(body):
            places += [data.get("id"), body.get("id")]
        return next((found for found in places if found), None)

    def _complaint(self, answer: Answer) -> Complaint | None:
        body = answer.body
        error = fields.mapping(body.get("error"))
        if error.get("code") is None or _is_task(body):
            return enveloped(body)
        status, code = fields.whole(error["code"]), fields.line(error["code"], 100)
        if status is None and code is None:
            return None
        return Complaint(
            code=code if status is None else None,
            status=status,
            type=fields.line(error.get("type"), 100),
            message=error.get("message"),
        )

    def _state(self, body: Mapping[str, object]) -> TaskState | None:
        task = body if "status" in body else fields.mapping(body.get("data"))
        if "status" not in task:
            return None
        word = fields.line(task["status"], 40) or ""
        if word.casefold() not in _STATUSES:
            self._warn_once(word)
        status = _STATUSES.get(word.casefold(), "processing")
        error = fields.mapping(task.get("error"))
        return TaskState(
            status=status,
            tracks=self._tracks(task) if status == "completed" else (),
            error=self._judge.ended(error.get("code"), error.get("message")) if status == "failed" else None,
            model=fields.line(task.get("model"), 100),
            created_at=fields.moment(task.get("created_at")),
            completed_at=fields.moment(task.get("completed_at")),
        )

    def _tracks(self, task: Mapping[str, object]) -> tuple[ProviderTrack, ...]:
        """The recordings: `urls[i]` belongs to `tracks[i]`, and one without the other is fine."""
        output = fields.mapping(task.get("output"))
        urls = fields.sequence(output.get("urls"))[:_MOST_TRACKS]
        told = fields.sequence(fields.mapping(output.get("metadata")).get("tracks"))[:_MOST_TRACKS]
        pairs = [
            (
                urls[index] if index < len(urls) else None,
                fields.mapping(told[index] if index < len(told) else None),
            )
            for index in range(max(len(urls), len(told)))
        ]
        return tuple(
            _track(index, url or track.get("audio_url"), track)
            for index, (url, track) in enumerate(pairs)
            if url or track.get("audio_url")
        )

    async def credits(self) -> Credits:
        """The balance: `data.balance`, or one of the other places where it has been seen."""
        answer = await self._asked("/v1/credits")
        complaint = self._complaint(answer)
        if answer.flaw is None and answer.is_success and complaint is None:
            found = _credits(answer.json)
            if found is not None:
                return found
        raise self._judge.question(answer, complaint)


def _simple(request: SimpleRequest) -> dict[str, Any]:
    song: dict[str, Any] = {"prompt": request.prompt, "custom_mode": False}
    if request.instrumental:
        song["instrumental"] = True
    return song


def _custom(request: CustomRequest) -> dict[str, Any]:
    song: dict[str, Any] = {
        "custom_mode": True,
        "instrumental": request.instrumental,
        "title": request.title,
        "style": request.style,
    }
    options = {name: getattr(request, name) for name in CUSTOM_OPTIONS} | {"prompt": request.lyrics}
    return song | {name: value for name, value in options.items() if value is not None}


def _is_task(body: Mapping[str, object]) -> bool:
    """Whether an object with an error is a task that failed, not a request that did."""
    return fields.line(body.get("status"), 40) in _STATUSES and "id" in body


def _track(index: int, url: object, track: Mapping[str, object]) -> ProviderTrack:
    return ProviderTrack(
        index=index,
        provider_track_id=fields.line(track.get("id"), 128),
        title=fields.line(track.get("title"), fields.TITLE),
        style=fields.line(track.get("tags"), fields.STYLE),
        lyrics=fields.prose(track.get("prompt"), fields.LYRICS),
        duration_seconds=fields.seconds(track.get("duration")),
        audio_url=fields.url(url),
        image_url=fields.url(track.get("image_large_url")) or fields.url(track.get("image_url")),
        video_url=fields.url(track.get("video_url")),
        created_at=fields.moment(track.get("created_at")),
    )


def _credits(answer: object) -> Credits | None:
    body = fields.mapping(answer)
    data = fields.mapping(body.get("data"))
    places = [
        data.get("balance"),
        data.get("credits"),
        data.get("remaining"),
        body.get("data"),
        body.get("balance"),
        body.get("credits"),
        body.get("remaining"),
        answer,
    ]
    balance = next((found for place in places if (found := fields.number(place)) is not None), None)
    if balance is None:
        return None
    return Credits(
        balance=balance,
        total_purchased=fields.number(data.get("total_purchased")),
        total_consumed=fields.number(data.get("total_consumed")),
    )
