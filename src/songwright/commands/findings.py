"""The doctor's checks. None of them orders anything, and none of them changes a song."""

import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import anyio.to_thread

from songwright.app import Openings, database_path, sandbox_at_home, utc_now
from songwright.catalog import CATALOGS, SANDBOX
from songwright.commands.shown import size
from songwright.commands.terminal import sentence
from songwright.errors import SongwrightError
from songwright.library import Library, open_library
from songwright.settings import Settings

Grade = Literal["ok", "note", "wrong"]

LITTLE_BYTES = 500_000_000
NO_BYTES = 50_000_000
"""A song with both takes and covers needs about 10 MB; below this nothing is sure to be saved."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it stands, and what was found. A `note` is no fault."""

    what: str
    grade: Grade
    detail: str


@dataclass(frozen=True)
class Findings:
    """Every check on these settings."""

    settings: Settings

    async def all(self) -> list[Finding]:
        """All of them, in the order in which a person would mend them."""
        folders = [("data folder", self.settings.data_dir)]
        folders += [("music folder", self.settings.music_dir)] if self.settings.archive else []
        found = [*self._settings(), self._provider()]
        found += [await anyio.to_thread.run_sync(_folder, what, path) for what, path in folders]
        found.append(await self._database())
        found += [await anyio.to_thread.run_sync(_disk, what, path) for what, path in folders]
        return [*found, *await self._accounts()]

    def _settings(self) -> list[Finding]:
        if not self.settings.problems:
            return [Finding("settings", "ok", "every one is understood")]
        return [Finding("settings", "wrong", sentence(problem.message)) for problem in self.settings.problems]

    def _provider(self) -> Finding:
        provider, missing = self.settings.provider, self.settings.missing_key
        if missing:
            return Finding("provider", "wrong", f"{provider} is chosen, but {missing} is not set.")
        if provider == SANDBOX:
            return Finding("provider", "note", "sandbox: free sketches; with an API key songs are real")
        return Finding("provider", "ok", f"new songs go to {provider}")

    async def _database(self) -> Finding:
        path = database_path(self.settings)
        if not path.exists():
            return Finding("database", "ok", f"{path} is made with the first song")
        try:
            async with self._library() as library:
                await library.check()
                page = await library.tracks(None, 1, None, None)
                tasks = await library.attention(None, utc_now())
        except SongwrightError as error:
            return Finding("database", "wrong", _told(error))
        doubtful = sum(task.status == "unconfirmed" for task in tasks)
        if doubtful:
            text = f"{page.total} tracks; unconfirmed orders: {doubtful}, shown by `songwright tracks`"
            return Finding("database", "note", text)
        return Finding("database", "ok", f"sound, with {page.total} tracks: {path}")

    @asynccontextmanager
    async def _library(self) -> AsyncGenerator[Library]:
        """The library as the server opens it, which looks through the whole file."""
        library = await open_library(
            database_path(self.settings), owners_dir=self.settings.data_dir / "owners", clock=utc_now
        )
        try:
            yield library
        finally:
            await library.aclose()

    async def _accounts(self) -> list[Finding]:
        """Every key that is set, tried with a free question."""
        openings = Openings(self.settings, utc_now, sandbox_at_home)
        try:
            return [
                await self._account(openings, name)
                for name in self.settings.usable_providers
                if name != SANDBOX or self.settings.provider == SANDBOX
            ]
        finally:
            await openings.aclose()

    async def _account(self, openings: Openings, name: str) -> Finding:
        what = "account" if name == SANDBOX else f"key of {name}"
        if not CATALOGS[name].tells_balance:
            return Finding(what, "note", f"set; {name} has no free question to try it with")
        try:
            provider = await openings.open(name)
            try:
                balance = (await provider.credits()).balance
            finally:
                await provider.aclose()
        except SongwrightError as error:
            return Finding(what, "wrong", _told(error))
        kind = "play credits" if name == SANDBOX else "credits"
        return Finding(what, "ok", f"accepted, {balance:,g} {kind}" if balance is not None else "accepted")


def _folder(what: str, folder: Path) -> Finding:
    """Whether a folder can be written; one that is not there yet, whether it can be made."""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Finding(what, "wrong", f"{folder} cannot be written ({reason})")
    return Finding(what, "ok", f"{folder}" if place == folder else f"{folder} (made when it is needed)")


def _disk(what: str, folder: Path) -> Finding:
    place = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(place).free
    grade: Grade = "wrong" if free < NO_BYTES else "note" if free < LITTLE_BYTES else "ok"
    return Finding(f"disk of the {what}", grade, f"{size(free)} free")


def _told(error: SongwrightError) -> str:
    return " ".join(part for part in (f"[{error.code}]", error.message, error.fix) if part)
