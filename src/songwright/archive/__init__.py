"""The archive: finished songs, downloaded safely into the music folder, with tags.

    archive    Archive.save: one take from its addresses to its place           the page to read first
    download   one file, with every cap counted on the wire
    fetcher    the seam to the file hosts; opened late, so that starting stays light
    network    HTTP with checked and pinned addresses (imports httpx, and only when it is needed)
    addresses  which addresses are public
    kinds      what a file is, by its first bytes
    folder     the music folder: whose folder is whose, and every write to it
    names      names for people that are safe on every system
    tags       what is written into the files (imports mutagen, and only when it is needed)

Importing this package imports neither httpx nor mutagen.
"""

from songwright.archive.archive import Archive, Saved
from songwright.archive.download import Limits
from songwright.archive.fetcher import Fetcher, open_fetcher, open_public_fetcher
from songwright.archive.trouble import ArchiveError

__all__ = [
    "Archive",
    "ArchiveError",
    "Fetcher",
    "Limits",
    "Saved",
    "open_fetcher",
    "open_public_fetcher",
]
