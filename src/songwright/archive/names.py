"""Names for people that are safe on every system, however hostile the title.

Only letters, digits and their marks, blanks and `_ - ' ,` remain, so a name can never be a path, hidden, a
command line option or an alternate stream; the device names of Windows are never given out.
"""

import hashlib
import re
import unicodedata

LONGEST = 80
"""The longest name, in bytes of UTF-8."""

_KEPT = " _-',"
_ALIKE = str.maketrans(dict.fromkeys("‘’ʼ`´", "'") | dict.fromkeys("‐‑‒–—―−", "-"))
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_DEVICES = re.compile(r"(con|prn|aux|nul|conin|conout|clock|com\d|lpt\d)", re.IGNORECASE)


def plain_name(text: str, fallback: str = "Untitled", longest: int = LONGEST) -> str:
    """A file or folder name made from any text: at most `longest` bytes, never empty, its own name again.

    Source of the device names: Microsoft, "Naming Files, Paths, and Namespaces".
    """
    name = _trimmed(_allowed(text[: 50 * longest]), longest)
    if _DEVICES.fullmatch(name):
        name = _trimmed(f"Song {name}", longest)
    return name or fallback


def plain_id(identifier: str) -> str:
    """An id as a part of a name: as it is where it is plain, else a digest of it."""
    if re.fullmatch(r"[A-Za-z0-9_]{1,32}", identifier):
        return identifier
    return hashlib.sha256(identifier.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def folder_names(title: str, task_id: str) -> list[str]:
    """The names a song's folder may have, the nicest first; all but the first carry the task's id."""
    marks = [f" ({plain_id(task_id)})", *(f" ({plain_id(task_id)} {number})" for number in range(2, 6))]
    return [plain_name(title), *(plain_name(title, longest=LONGEST - len(mark)) + mark for mark in marks)]


def _allowed(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.translate(_ALIKE)).translate(_ALIKE)
    kept = "".join(map(_kept, _UNSEEN.sub("", folded)))
    return unicodedata.normalize("NFKC", " ".join(kept.split()))


def _kept(character: str) -> str:
    """The character itself, a blank in place of a sign, or nothing in place of what cannot be seen."""
    category = unicodedata.category(character)
    if category[0] in "LNM" or character in _KEPT:
        return character
    return "" if category in ("Cf", "Cs", "Co", "Cn") else " "


def _trimmed(name: str, longest: int) -> str:
    while name and (name[0] in " -_," or unicodedata.category(name[0])[0] == "M"):
        name = name[1:]
    cut = name.encode("utf-8", "replace")[:longest].decode("utf-8", "ignore")
    return cut.rstrip(" -_,")
