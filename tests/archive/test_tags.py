"""What is written into the saved files, read back with mutagen."""

import base64
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.flac import Picture
from mutagen.id3 import ID3, TCOP, TIT2

from songwright.archive.kinds import FLAC, M4A, MP3, OGG, PNG, WAV, Kind
from songwright.archive.tags import Cover, duration_seconds, song_lyrics, song_tags, write_tags
from songwright.models import CustomRequest, SimpleRequest

from .world import LYRICS, audio_bytes, m4a_bytes, png_bytes, song, take_of

TASK = song()
TAGS = song_tags(TASK, take_of(TASK, "B"))
COVER = Cover(png_bytes(), PNG)


def tagged(folder: Path, kind: Kind, content: bytes) -> Path:
    file = folder / f"B{kind.extension}"
    file.write_bytes(content)
    write_tags(file, kind, TAGS, COVER)
    return file


def read(file: Path) -> Any:
    opened: Any = mutagen.File(file)  # pyright: ignore[reportUnknownMemberType, reportPrivateImportUsage] # typed in part
    return opened


@pytest.mark.parametrize(("format", "kind"), [("MP3", MP3), ("WAV", WAV)])
def test_id3_carries_title_words_style_cover_and_origin(format: str, kind: Kind, tmp_path: Path) -> None:
    tags = read(tagged(tmp_path, kind, audio_bytes(format))).tags
    assert str(tags["TIT2"]) == "Sixty and Still Loud"
    assert str(tags["TALB"]) == "Sixty and Still Loud"
    assert str(tags["TPE1"]) == "Songwright"
    assert str(tags["TCON"]) == "folk rock"
    assert str(tags["TRCK"]) == "2"
    assert str(tags["TDRC"]) == "2026"
    assert tags.getall("USLT")[0].text == LYRICS
    assert tags.getall("APIC")[0].data == png_bytes()
    assert tags.getall("APIC")[0].mime == "image/png"
    comment = str(tags.getall("COMM")[0])
    assert all(part in comment for part in ("aivideoapi", "suno-v5_5", "k3f9tqxy", "t-B"))
    assert str(tags["TXXX:SONGWRIGHT_TASK"]) == "k3f9tqxy"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (audio_bytes("FLAC"), FLAC),
        (audio_bytes("OGG"), OGG),
        (audio_bytes("OGG", "OPUS"), OGG),
    ],
    ids=["flac", "vorbis", "opus"],
)
def test_vorbis_comments_carry_the_same(content: bytes, kind: Kind, tmp_path: Path) -> None:
    audio = read(tagged(tmp_path, kind, content))
    assert audio["title"] == ["Sixty and Still Loud"]
    assert audio["genre"] == ["folk rock"]
    assert audio["lyrics"] == [LYRICS]
    assert "k3f9tqxy" in audio["comment"][0]
    if kind == FLAC:
        assert audio.pictures[0].data == png_bytes()
    else:
        picture: Any = Picture(base64.b64decode(audio["metadata_block_picture"][0]))
        assert picture.data == png_bytes()


def test_mp4_atoms_carry_the_same(tmp_path: Path) -> None:
    audio = read(tagged(tmp_path, M4A, m4a_bytes()))
    assert audio["\xa9nam"] == ["Sixty and Still Loud"]
    assert audio["\xa9gen"] == ["folk rock"]
    assert audio["\xa9lyr"] == [LYRICS]
    assert bytes(audio["covr"][0]) == png_bytes()
    assert bytes(audio["----:com.songwright:SONGWRIGHT_TASK"][0]) == b"k3f9tqxy"


def test_what_the_provider_wrote_elsewhere_in_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "A.mp3"
    file.write_bytes(audio_bytes())
    frames: Any = ID3()
    frames.add(TCOP(encoding=3, text=["2026 somebody"]))
    frames.add(TIT2(encoding=3, text=["their title"]))
    frames.save(file)
    write_tags(file, MP3, TAGS, None)
    tags = read(file).tags
    assert str(tags["TCOP"]) == "2026 somebody"
    assert str(tags["TIT2"]) == "Sixty and Still Loud"


@pytest.mark.parametrize(
    ("format", "kind"), [("MP3", MP3), ("WAV", WAV), ("FLAC", FLAC), ("OGG", OGG), ("M4A", M4A)]
)
def test_the_length_is_measured(format: str, kind: Kind, tmp_path: Path) -> None:
    file = tmp_path / f"A{kind.extension}"
    file.write_bytes(m4a_bytes() if kind == M4A else audio_bytes(format))
    assert duration_seconds(file, kind) == pytest.approx(2.0, abs=0.1)


def test_a_file_that_is_no_recording_has_no_length(tmp_path: Path) -> None:
    file = tmp_path / "A.mp3"
    file.write_bytes(b"ID3" + bytes(5000))
    assert duration_seconds(file, MP3) is None


def test_a_sandbox_take_is_labelled_as_a_sketch() -> None:
    sandbox = song(provider="sandbox")
    assert "synthetic sketch without a real singer" in song_tags(sandbox, take_of(sandbox)).comment.lower()
    assert "sketch" not in TAGS.comment.lower()


def test_the_words_are_the_takes_own_else_the_ordered_ones_and_none_of_an_instrumental() -> None:
    assert song_lyrics(TASK, take_of(TASK, lyrics="Other words")) == "Other words"
    assert song_lyrics(TASK, take_of(TASK)) == LYRICS
    instrumental = CustomRequest(title="x", style="y", instrumental=True)
    quiet = TASK.model_copy(update={"request": instrumental})
    assert song_lyrics(quiet, take_of(TASK, lyrics="[Instrumental]")) == ""
    simple = TASK.model_copy(update={"request": SimpleRequest(prompt="a song")})
    assert song_lyrics(simple, take_of(TASK)) == ""
    assert song_lyrics(TASK.model_copy(update={"request": None}), take_of(TASK, lyrics="w")) == "w"


def test_bad_input_62_hostile_texts_are_cleaned_and_cut_in_tags() -> None:
    hostile = take_of(TASK, lyrics="\x1b[31mred\u202e" + "x" * 50_000)
    tags = song_tags(TASK, hostile.model_copy(update={"title": "a\x00\u202eb\n" + "x" * 10_000}))
    assert "\x1b" not in tags.lyrics and "\u202e" not in tags.lyrics and len(tags.lyrics) <= 20_000
    assert tags.title.startswith("ab x") and len(tags.title) <= 200
