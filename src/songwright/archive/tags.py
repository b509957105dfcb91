"""What is written into the saved files, so that any player shows title, words, style and cover."""

import base64
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from songwright.archive.kinds import FLAC, JPEG, M4A, MP3, OGG, PNG, WAV, Kind
from songwright.catalog import SANDBOX
from songwright.models import Task, Track
from songwright.text import clean, clean_line

ARTIST = "Songwright"
SKETCH = "Synthetic sketch without a real singer."
_LONGEST_LYRICS = 20_000
_NO_LANGUAGE = "XXX"  # ID3 2.4, section 4.8: the language is not known
_FRONT_COVER = 3  # ID3 2.4, section 4.14


@dataclass(frozen=True)
class Cover:
    """A picture to be put into a file."""

    content: bytes
    kind: Kind


@dataclass(frozen=True)
class SongTags:
    """The texts of one take, cleaned."""

    title: str
    album: str
    style: str
    lyrics: str
    comment: str
    year: str
    number: int
    task_id: str
    track_id: str


def song_lyrics(task: Task, track: Track) -> str:
    """The words that are sung: the provider's for this take, else the ordered ones; none if instrumental."""
    if task.request is not None and task.request.instrumental:
        return ""
    ordered = task.request.lyrics if task.request is not None and task.request.mode == "custom" else None
    return clean(track.lyrics or ordered or "", _LONGEST_LYRICS).strip()


def song_tags(task: Task, track: Track) -> SongTags:
    """The tags of one take. Provider text is cut and cleaned; the comment says where the take comes from."""
    origin = f"Made with {clean_line(task.provider)} ({clean_line(task.model)})."
    ids = f"Songwright task {clean_line(task.task_id)}, track {clean_line(track.track_id)}."
    sketch = [SKETCH] if task.provider == SANDBOX else []
    ordered = task.request.style if task.request is not None and task.request.mode == "custom" else None
    return SongTags(
        title=clean_line(track.title or task.title),
        album=clean_line(task.title or track.title),
        style=clean_line(track.style or ordered or "", 1000),
        lyrics=song_lyrics(task, track),
        comment=" ".join([*sketch, origin, ids]),
        year=str(track.created_at.year),
        number=track.index + 1,
        task_id=clean_line(task.task_id),
        track_id=clean_line(track.track_id),
    )


def write_tags(file: Path, kind: Kind, tags: SongTags, cover: Cover | None) -> None:
    """Write the tags into a file, keeping others that stand there.

    Raises whatever mutagen raises for a file that it cannot read; the file may be spoilt then.
    """
    writers = {MP3: _write_mp3, WAV: _write_wav, FLAC: _write_flac, OGG: _write_ogg, M4A: _write_m4a}
    writers[kind](file, tags, cover)


def duration_seconds(file: Path, kind: Kind) -> float | None:
    """How long a recording is by its own account, or None where it does not tell."""
    try:
        length = float(_opened(file, kind).info.length)
    except Exception:  # mutagen raises its own errors and, for damaged files, many others
        return None
    return round(length, 2) if 0 < length < 24 * 3600 else None


def _module(name: str) -> Any:
    """A part of mutagen, which is imported late and describes its types only in part."""
    return importlib.import_module(f"mutagen.{name}")


def _opened(file: Path, kind: Kind) -> Any:
    if kind == OGG:
        return _opened_ogg(file)
    names = {MP3: ("mp3", "MP3"), WAV: ("wave", "WAVE"), FLAC: ("flac", "FLAC"), M4A: ("mp4", "MP4")}
    module, name = names[kind]
    return getattr(_module(module), name)(file)


def _opened_ogg(file: Path) -> Any:
    from mutagen import MutagenError

    opus, vorbis = _module("oggopus").OggOpus, _module("oggvorbis").OggVorbis
    try:
        return vorbis(file)
    except MutagenError:
        return opus(file)


def _write_mp3(file: Path, tags: SongTags, cover: Cover | None) -> None:
    audio = _opened(file, MP3)
    if audio.tags is None:
        audio.add_tags()
    _fill_id3(audio.tags, tags, cover)
    audio.save(v2_version=3)  # the version that every player reads, Windows Explorer included


def _write_wav(file: Path, tags: SongTags, cover: Cover | None) -> None:
    audio = _opened(file, WAV)
    if audio.tags is None:
        audio.add_tags()
    _fill_id3(audio.tags, tags, cover)
    audio.save()


def _fill_id3(id3: Any, tags: SongTags, cover: Cover | None) -> None:
    frames = _module("id3")
    texts = {
        "TIT2": tags.title,
        "TPE1": ARTIST,
        "TALB": tags.album,
        "TCON": tags.style,
        "TDRC": tags.year,
        "TRCK": str(tags.number),
    }
    for name, text in texts.items():
        id3.setall(name, [getattr(frames, name)(encoding=3, text=[text])] if text else [])
    told = {"encoding": 3, "lang": _NO_LANGUAGE, "desc": ""}
    id3.setall("COMM", [frames.COMM(**told, text=[tags.comment])])
    id3.setall("USLT", [frames.USLT(**told, text=tags.lyrics)] if tags.lyrics else [])
    for name, text in _ids(tags).items():
        id3.setall(f"TXXX:{name}", [frames.TXXX(encoding=3, desc=name, text=[text])])
    if cover is not None:
        picture = {"mime": cover.kind.media_type, "type": _FRONT_COVER, "desc": "Cover"}
        id3.setall("APIC", [frames.APIC(encoding=3, data=cover.content, **picture)])


def _ids(tags: SongTags) -> dict[str, str]:
    return {"SONGWRIGHT_TASK": tags.task_id, "SONGWRIGHT_TRACK": tags.track_id}


def _fill_vorbis(audio: Any, tags: SongTags) -> None:
    texts = {
        "title": tags.title,
        "artist": ARTIST,
        "album": tags.album,
        "genre": tags.style,
        "date": tags.year,
        "tracknumber": str(tags.number),
        "comment": tags.comment,
        "lyrics": tags.lyrics,
        **_ids(tags),
    }
    for name, text in texts.items():
        if text:
            audio[name] = [text]


def _picture(cover: Cover) -> Any:
    picture = _module("flac").Picture()
    picture.type, picture.mime, picture.desc = _FRONT_COVER, cover.kind.media_type, "Cover"
    picture.data = cover.content
    return picture


def _write_flac(file: Path, tags: SongTags, cover: Cover | None) -> None:
    audio = _opened(file, FLAC)
    if audio.tags is None:
        audio.add_tags()
    _fill_vorbis(audio, tags)
    if cover is not None:
        audio.clear_pictures()
        audio.add_picture(_picture(cover))
    audio.save()


def _write_ogg(file: Path, tags: SongTags, cover: Cover | None) -> None:
    audio = _opened_ogg(file)
    _fill_vorbis(audio, tags)
    if cover is not None:
        audio["metadata_block_picture"] = [base64.b64encode(_picture(cover).write()).decode("ascii")]
    audio.save()


def _write_m4a(file: Path, tags: SongTags, cover: Cover | None) -> None:
    mp4 = _module("mp4")
    audio = mp4.MP4(file)
    if audio.tags is None:
        audio.add_tags()
    texts = {
        "\xa9nam": tags.title,
        "\xa9ART": ARTIST,
        "\xa9alb": tags.album,
        "\xa9gen": tags.style,
        "\xa9day": tags.year,
        "\xa9cmt": tags.comment,
        "\xa9lyr": tags.lyrics,
    }
    for name, text in texts.items():
        if text:
            audio[name] = [text]
    audio["trkn"] = [(tags.number, 0)]
    for name, text in _ids(tags).items():
        audio[f"----:com.songwright:{name}"] = [mp4.MP4FreeForm(text.encode())]
    formats = {JPEG: mp4.MP4Cover.FORMAT_JPEG, PNG: mp4.MP4Cover.FORMAT_PNG}
    if cover is not None and cover.kind in formats:
        audio["covr"] = [mp4.MP4Cover(cover.content, imageformat=formats[cover.kind])]
    audio.save()
