"""Single values: whatever a provider writes, it is read or it is None."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.providers import fields

from .dialects import NOW

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (198.44, 198.44),
        (198, 198),
        ("198.44", 198.44),
        ("109.8 s", 109.8),
        ("109.8s", 109.8),
        ("3:02", 182),
        ("1:02:03", 3723),
        ("3:02.5", 182.5),
        ("", None),
        ("-1", None),
        (-1, None),
        (0, None),
        (float("nan"), None),
        (float("inf"), None),
        ("NaN", None),
        ("1e3", None),
        ("9" * 5000, None),
        (10**400, None),
        (True, None),
        (None, None),
        ([], None),
        (86_401, None),
        ("٣:٠٢", None),
    ],
)
def test_a_duration_is_read_in_every_form_that_was_seen(value: Any, seconds: float | None) -> None:
    assert fields.seconds(value) == seconds


@given(ANYTHING)
def test_no_duration_is_negative_or_endless(value: Any) -> None:
    found = fields.seconds(value)
    assert found is None or 0 < found <= 86_400


@given(st.floats(min_value=0.01, max_value=86_400))
def test_a_duration_survives_being_written(length: float) -> None:
    assert fields.seconds(length) == length
    assert fields.seconds(f"{length:.3f} s") == pytest.approx(length, abs=0.01) or length < 0.01


WHEN = datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "date"),
    [
        (1775383908, WHEN),
        (1775383908.0, WHEN),
        (1775383908000, WHEN),
        ("1775383908", WHEN),
        ("1775383908000", WHEN),
        ("2026-04-05T10:11:48Z", WHEN),
        ("2026-04-05T12:11:48+02:00", WHEN),
        ("2026-04-05 10:11:48", WHEN),
        (" 2026-04-05T10:11:48.000Z ", WHEN),
        (32503680000, datetime(3000, 1, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (0, None),
        (-5, None),
        (float("nan"), None),
        (10**300, None),
        (9e14, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        (True, None),
        ({}, None),
    ],
)
def test_a_date_is_read_in_every_form_or_is_none(value: Any, date: datetime | None) -> None:
    assert fields.moment(value) == date


@given(ANYTHING | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()))
def test_a_date_is_always_in_utc(value: Any) -> None:
    found = fields.moment(value)
    assert found is None or found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17),
        (" 17 ", 17),
        ("0", 0),
        ("-1", 0),
        ("1000000000", 3600),
        ("9" * 5000, None),
        ("1e9", None),
        ("soon", None),
        ("", None),
        ("2.5", None),
        ("١٧", None),
        ("Sun, 05 Apr 2026 12:00:30 GMT", 30),
        ("Sun, 05 Apr 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        (None, None),
    ],
)
def test_retry_after_is_clamped_and_nonsense_is_ignored(header: str | None, seconds: int | None) -> None:
    assert fields.retry_after(header, NOW) == seconds


@given(st.text() | st.integers().map(str))
def test_retry_after_is_never_longer_than_an_hour(header: str) -> None:
    found = fields.retry_after(header, NOW)
    assert found is None or 0 <= found <= 3600


@pytest.mark.parametrize(
    "address",
    [
        "https://file.aivideoapi.ai/audio/2026/04/05/track1.mp3",
        "http://example.com/a?b=c&d=%20#e",
        "https://example.com/Sommernächte.mp3",
    ],
)
def test_a_web_address_is_kept_as_it_is(address: str) -> None:
    assert fields.url(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "ftp://example.com/a.mp3",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:audio/mpeg;base64,AAAA",
        "//example.com/a.mp3",
        "https:///a.mp3",
        "https://",
        "https://[::1",
        "https://example.com/a b",
        "https://example.com/\r\nX: y",
        "https://example.com/\x1b[31m",
        "https://example.com/\u202egnp.mp3",
        "https://example.com/" + "a" * 2048,
        "",
        None,
        7,
        ["https://example.com"],
    ],
)
def test_what_is_no_plain_web_address_is_dropped(address: Any) -> None:
    assert fields.url(address) is None


@given(ANYTHING)
def test_prose_is_bounded_and_free_of_controls(value: Any) -> None:
    for found in (fields.line(value, 50), fields.prose(value, 50)):
        assert found is None or (0 < len(found) <= 50 and "\x1b" not in found and "\x00" not in found)


def test_tags_in_a_list_are_joined() -> None:
    assert fields.line(["pop", "indie", 7], 50) == "pop, indie"


@given(ANYTHING)
def test_an_id_is_only_what_may_stand_in_a_url(value: Any) -> None:
    found = fields.task_id(value)
    assert found is None or (found.isascii() and found.replace("-", "a").replace("_", "a").isalnum())


@given(ANYTHING)
def test_numbers_are_finite(value: Any) -> None:
    found = fields.number(value)
    assert found is None or abs(found) < 1e16
    assert fields.whole(value) is None or isinstance(fields.whole(value), int)
