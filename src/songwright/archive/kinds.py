"""What a file is, by its first bytes. Neither its name nor what the server calls it counts."""

from dataclasses import dataclass

HEAD = 16
"""How many first bytes tell the kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of file that is kept: the extension it gets and its media type."""

    extension: str
    media_type: str


MP3 = Kind(".mp3", "audio/mpeg")
WAV = Kind(".wav", "audio/wav")
FLAC = Kind(".flac", "audio/flac")
OGG = Kind(".ogg", "audio/ogg")
M4A = Kind(".m4a", "audio/mp4")
PNG = Kind(".png", "image/png")
JPEG = Kind(".jpg", "image/jpeg")
WEBP = Kind(".webp", "image/webp")

AUDIO_KINDS = (MP3, WAV, FLAC, OGG, M4A)
IMAGE_KINDS = (JPEG, PNG, WEBP)

_M4A_BRANDS = (b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"dash")


def audio_kind(head: bytes) -> Kind | None:
    """The kind of audio that starts with these bytes, or None."""
    if head.startswith(b"ID3") or _is_mpeg_layer_3(head):
        return MP3
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return WAV
    if head.startswith(b"fLaC"):
        return FLAC
    if head.startswith(b"OggS"):
        return OGG
    return M4A if head[4:8] == b"ftyp" and head[8:12] in _M4A_BRANDS else None


def image_kind(head: bytes) -> Kind | None:
    """The kind of image that starts with these bytes, or None."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    return WEBP if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def _is_mpeg_layer_3(head: bytes) -> bool:
    """Whether an MPEG audio frame header of layer III stands here (ISO 11172-3, 2.4.1.3).

    The layer tells it from AAC in ADTS and from text in UTF-16, whose first bytes are alike.
    """
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in (0, 15) and rate != 3
