"""What is sent: the seeds' own requests, field by field."""

import json
from typing import Any

import httpx
import pytest

from songwright import __version__
from songwright.errors import InvalidRequest, UnsupportedOption
from songwright.models import CustomRequest, SimpleRequest

from .dialects import KEY, Script, opened, said

pytestmark = pytest.mark.anyio

A_TAKEN = said(200, {"code": 200, "msg": "success", "data": {"taskId": "a1b2"}})
B_TAKEN = said(200, {"code": 200, "message": "success", "workId": "w1"})
LYRICS = (
    "[Verse]\nWalking down the empty street\nCity lights beneath my feet\nEvery star is shining bright\n"
    "Lost inside the summer night\n\n[Chorus]\nSummer nights, we come alive\nDancing under neon skies"
)


async def order(
    name: str, request: SimpleRequest | CustomRequest, *, callback_url: str | None = None
) -> httpx.Request:
    script = Script([B_TAKEN if name == "aimusicapi" else A_TAKEN])
    await opened(name, script).submit(request, callback_url=callback_url)
    return script.requests[0]


def compact(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


async def test_the_first_seeds_first_request_is_sent_byte_for_byte() -> None:
    request = SimpleRequest(
        model="suno-v5_5", prompt="A calm and relaxing piano track with soft melodies", instrumental=True
    )
    sent = await order("aivideoapi", request)
    assert (sent.method, str(sent.url)) == ("POST", "https://api.aivideoapi.ai/v1/music/generations")
    assert sent.content == compact(
        {
            "model": "suno-v5_5",
            "input": {
                "prompt": "A calm and relaxing piano track with soft melodies",
                "custom_mode": False,
                "instrumental": True,
            },
        }
    )


async def test_the_first_seeds_simple_generation_is_sent_with_its_default_mode_written_out() -> None:
    prompt = "An upbeat electronic dance track with heavy bass drops"
    sent = await order("aivideoapi", SimpleRequest(model="suno-v5", prompt=prompt))
    assert sent.content == compact({"model": "suno-v5", "input": {"prompt": prompt, "custom_mode": False}})


async def test_the_first_seeds_custom_instrumental_is_sent_byte_for_byte() -> None:
    request = CustomRequest(
        model="suno-v5_5",
        title="Peaceful Piano Meditation",
        style="Classical, Ambient, Piano",
        instrumental=True,
        negative_tags="Heavy Metal, Drums",
    )
    sent = await order("aivideoapi", request)
    assert sent.content == compact(
        {
            "model": "suno-v5_5",
            "input": {
                "custom_mode": True,
                "instrumental": True,
                "title": "Peaceful Piano Meditation",
                "style": "Classical, Ambient, Piano",
                "negative_tags": "Heavy Metal, Drums",
            },
        }
    )


async def test_the_first_seeds_song_with_lyrics_is_sent_byte_for_byte() -> None:
    request = CustomRequest(
        model="suno-v5_5", title="Summer Nights", style="Pop, Indie", vocal_gender="f", lyrics=LYRICS
    )
    sent = await order("aivideoapi", request, callback_url="https://your-server.com/webhook")
    assert sent.content == compact(
        {
            "model": "suno-v5_5",
            "callback_url": "https://your-server.com/webhook",
            "input": {
                "custom_mode": True,
                "instrumental": False,
                "title": "Summer Nights",
                "style": "Pop, Indie",
                "vocal_gender": "f",
                "prompt": LYRICS,
            },
        }
    )


async def test_every_option_of_the_first_seed_has_its_field() -> None:
    options: dict[str, Any] = {
        "negative_tags": "drums",
        "vocal_gender": "m",
        "persona_id": "p-1",
        "style_weight": 0.0,
        "weirdness_constraint": 0.5,
        "audio_weight": 1.0,
    }
    request = CustomRequest(title="T", style="S", lyrics="L", model="m", **options)
    sent = json.loads((await order("sandbox", request)).content)
    assert sent["input"] == {
        "custom_mode": True,
        "instrumental": False,
        "title": "T",
        "style": "S",
        "prompt": "L",
        **options,
    }


@pytest.mark.parametrize(
    ("request_", "payload"),
    [
        (
            SimpleRequest(prompt="A calm piano", model="chirp-v3-5"),
            {"gpt_description_prompt": "A calm piano", "model": "chirp-v3-5"},
        ),
        (
            SimpleRequest(prompt="A calm piano", model="chirp-v3-5", instrumental=True),
            {"gpt_description_prompt": "A calm piano", "make_instrumental": True, "model": "chirp-v3-5"},
        ),
        (
            CustomRequest(title="T", style="pop", lyrics="[Verse]\nLa", model="chirp-v3-5"),
            {"prompt": "[Verse]\nLa", "title": "T", "tags": "pop", "model": "chirp-v3-5"},
        ),
        (
            CustomRequest(title="T", style="pop", instrumental=True, model="chirp-v3-5"),
            {
                "prompt": "[Instrumental]",
                "title": "T",
                "tags": "pop",
                "make_instrumental": True,
                "model": "chirp-v3-5",
            },
        ),
    ],
    ids=["simple", "simple-instrumental", "custom", "custom-instrumental"],
)
async def test_the_second_seeds_requests_have_exactly_its_fields(
    request_: SimpleRequest | CustomRequest, payload: dict[str, Any]
) -> None:
    sent = await order("aimusicapi", request_, callback_url="https://ignored.example/cb")
    assert (sent.method, str(sent.url)) == ("POST", "https://aimusicapi.org/api/submit")
    assert sent.content == compact(payload)


@pytest.mark.parametrize("name", ["aivideoapi", "aimusicapi", "sandbox"])
async def test_every_request_names_its_sender_and_carries_the_key(name: str) -> None:
    sent = await order(name, SimpleRequest(prompt="é", model="m"))
    assert sent.headers["Authorization"] == f"Bearer {KEY}"
    assert sent.headers["User-Agent"] == f"songwright/{__version__}"
    assert sent.headers["Accept"] == "application/json"
    assert sent.headers["Content-Type"] == "application/json"
    assert "é".encode() in sent.content


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("negative_tags", "drums"),
        ("vocal_gender", "f"),
        ("persona_id", "p"),
        ("style_weight", 0.0),
        ("weirdness_constraint", 0.5),
        ("audio_weight", 0.5),
    ],
)
async def test_an_option_that_the_second_provider_lacks_is_refused_before_sending(
    option: str, value: Any
) -> None:
    script = Script([B_TAKEN])
    request = CustomRequest(title="T", style="S", lyrics="L", model="m", **{option: value})
    with pytest.raises(UnsupportedOption) as raised:
        await opened("aimusicapi", script).submit(request)
    assert not script.requests
    assert raised.value.problems[0].field == option
    assert "aivideoapi" in (raised.value.fix or "")


@pytest.mark.parametrize(
    "request_",
    [
        SimpleRequest(prompt="\ud800", model="m"),
        CustomRequest(title="T", style="S", lyrics="L", model="m", style_weight=float("nan")),
        CustomRequest(title="T", style="S", lyrics="L", model="m", style_weight=float("inf")),
    ],
    ids=["surrogate", "nan", "infinity"],
)
async def test_what_json_cannot_carry_is_refused_before_sending(
    request_: SimpleRequest | CustomRequest,
) -> None:
    script = Script([A_TAKEN])
    with pytest.raises(InvalidRequest):
        await opened("aivideoapi", script).submit(request_)
    assert not script.requests


async def test_the_queries_stand_where_the_seeds_say() -> None:
    first = Script([said(200, {"id": "x", "status": "pending"})])
    await opened("aivideoapi", first).query("a1b2c3d4-e5f6-7890-abcd-ef1234567890")
    second = Script([said(200, {"code": 200, "data": {"type": "IN_PROGRESS"}})])
    await opened("aimusicapi", second).query("w_1")
    assert str(first.requests[0].url) == (
        "https://api.aivideoapi.ai/v1/tasks/a1b2c3d4-e5f6-7890-abcd-ef1234567890"
    )
    assert str(second.requests[0].url) == "https://aimusicapi.org/api/query?workId=w_1"
    assert [script.requests[0].method for script in (first, second)] == ["GET", "GET"]
