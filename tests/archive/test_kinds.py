"""What a file is, by its first bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.archive.kinds import FLAC, JPEG, M4A, MP3, OGG, PNG, WAV, WEBP, Kind, audio_kind, image_kind

from .world import audio_bytes, m4a_bytes, png_bytes


@pytest.mark.parametrize(("format", "kind"), [("MP3", MP3), ("WAV", WAV), ("FLAC", FLAC), ("OGG", OGG)])
def test_a_real_recording_is_known(format: str, kind: Kind) -> None:
    assert audio_kind(audio_bytes(format)[:16]) == kind


@pytest.mark.parametrize("head", [b"ID3\x04", b"\xff\xfb\x90\x00", b"\xff\xfa\x90\x00", b"\xff\xf3\x44\xc4"])
def test_an_mp3_is_known_with_and_without_a_tag(head: bytes) -> None:
    assert audio_kind(head) == MP3


def test_an_m4a_is_known() -> None:
    assert audio_kind(m4a_bytes()[:16]) == M4A


@pytest.mark.parametrize(
    ("head", "kind"),
    [(png_bytes()[:16], PNG), (b"\xff\xd8\xff\xe0" + bytes(12), JPEG), (b"RIFF0000WEBPVP8 ", WEBP)],
)
def test_a_picture_is_known(head: bytes, kind: Kind) -> None:
    assert image_kind(head) == kind
    assert audio_kind(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b"<!DOCTYPE html>x",
        b'{"error":{"code"',
        b"<?xml version=",
        b"\xff\xfe<\0h\0t\0",
        b"\xff\xf1\x50\x80",
        b"GIF89a",
        b"PK\x03\x04",
        b"MZ\x90",
        b"\x7fELF",
        b"%PDF-1.7",
        b"#!/bin/sh",
        b"RIFF0000AVI ",
        b"\0\0\0\x18ftypavif",
        b"",
        b"\xff\xfb\xf0\x00",
        b"\xff\xfb\x0c\x00",
        b"\xff",
    ],
)
def test_anything_else_is_neither(head: bytes) -> None:
    assert audio_kind(head) is None
    assert image_kind(head) is None


@settings(deadline=None)
@given(st.binary(max_size=32))
def test_no_bytes_are_both(head: bytes) -> None:
    assert audio_kind(head) is None or image_kind(head) is None
