"""Whatever comes back, the outcome is a value or an error of the tree."""

import json
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.errors import SongwrightError
from songwright.models import Submission

from .dialects import CUSTOM, Reply, Script, opened

WORDS = st.sampled_from(
    [
        *("code", "msg", "message", "data", "error", "taskId", "task_id", "workId", "id", "status", "output"),
        *("urls", "metadata", "tracks", "type", "response_data", "request_body", "audio_url", "duration"),
        *("created_at", "title", "tags", "prompt", "balance", "SUCCESS", "completed", "failed", "complete"),
        *("https://e.com/a.mp3", "3:02", "upstream_error", "rate_limit_exceeded"),
    ]
)
VALUES = st.none() | st.booleans() | st.integers(-1, 600) | st.floats() | st.text(max_size=8) | WORDS
JSON = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=25,
)
STATUS = st.sampled_from([200, 200, 201, 302, 400, 404, 429, 500, 503, 599])
ENCODING = st.sampled_from(["", "", "", "gzip", "deflate", "br"])


async def every_call(name: str, reply: Reply) -> None:
    provider = opened(name, Script([reply]))
    for call in (provider.submit(CUSTOM), provider.query("t-1"), provider.credits()):
        try:
            outcome = await call
        except SongwrightError as error:
            assert error.provider == name
            assert error.info.code == error.code
            assert error.fix
        else:
            if isinstance(outcome, Submission):
                assert outcome.provider_task_id.isascii()
            outcome.model_dump_json()
    await provider.aclose()


@pytest.mark.parametrize("name", ["aivideoapi", "aimusicapi"])
@settings(deadline=None, max_examples=150)
@given(body=JSON, status=STATUS)
def test_any_json_is_a_value_or_an_error_of_the_tree(name: str, body: Any, status: int) -> None:
    anyio.run(every_call, name, Reply(status, json.dumps(body).encode()))


@pytest.mark.parametrize("name", ["aivideoapi", "aimusicapi"])
@settings(deadline=None, max_examples=60)
@given(content=st.binary(max_size=200), status=STATUS, encoding=ENCODING, wait=st.text(max_size=8))
def test_any_bytes_are_a_value_or_an_error_of_the_tree(
    name: str, content: bytes, status: int, encoding: str, wait: str
) -> None:
    headers = {"Content-Encoding": encoding, "Retry-After": wait.encode().hex()}
    anyio.run(every_call, name, Reply(status, content, headers))
