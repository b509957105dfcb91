"""`songwright try`: one song, made as an assistant would make it, through the real server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from mcp.types import ElicitRequestParams, ElicitResult
from rich.panel import Panel
from rich.text import Text

import songwright
from songwright.catalog import CATALOGS, SANDBOX
from songwright.commands.host import Answer, Host, ToolFailed, open_host
from songwright.commands.orders import Order
from songwright.commands.shown import length, takes_table, waiting
from songwright.commands.terminal import Complaint, Terminal, say
from songwright.settings import Settings
from songwright.text import quoted

WAIT_SECONDS = 45
MOST_WAITS = 20
"""A quarter of an hour; songs take 1 to 3 minutes."""

MOST_SAVES = 3
"""How many answers may find a finished song without its files; each waits 10 s for them."""


NOT_ORDERED = "Nothing was ordered."
LISTED = "`songwright tracks` shows every song and order so far."

SANDBOX_NOTICE = (
    "Its songs are free synthetic sketches without a real singer. For real songs set "
    "SONGWRIGHT_AIVIDEOAPI_API_KEY."
)


def try_song(terminal: Terminal, order: Order, *, yes: bool) -> int:
    """Order one song and follow it to its end. Returns the exit code.

    Raises:
        Complaint: a setting is wrong, or there is nobody to ask about the price.
    """
    settings = terminal.settings()
    if settings.missing_key:
        raise Complaint(f"no API key for {settings.provider} is set; set {settings.missing_key}.")
    asked_by_server = settings.confirm_spend == "always"
    if (settings.provider != SANDBOX or asked_by_server) and not yes and not terminal.can_ask:
        raise Complaint("this order needs a yes, and there is nobody to ask; --yes says it beforehand.")
    trial = Trial(terminal, settings, order, yes)
    try:
        return anyio.run(trial.run)
    except KeyboardInterrupt:
        terminal.complain(*trial.left_behind())
    return 1


@dataclass
class Trial:
    """One session. What was ordered is remembered, for the case that the person leaves."""

    terminal: Terminal
    settings: Settings
    order: Order
    yes: bool
    _refused: bool = field(default=False)
    _ordering: bool = field(default=False)
    _task_id: str | None = field(default=None)

    async def run(self) -> int:
        """The session on a server of its own. Returns the exit code."""
        async with open_host(self.terminal, self._answer) as host:
            try:
                await self._session(host)
            except ToolFailed as failure:  # here: outside, the client's task groups would wrap it
                if self._refused:
                    self._print(NOT_ORDERED)
                    return 0
                say(self.terminal.err, str(failure), style="red")
                if self._ordering:
                    say(self.terminal.err, LISTED)
                return 1
        return 0

    async def _session(self, host: Host) -> None:
        """Credits, words, order, progress, takes, credits.

        Raises:
            ToolFailed: a tool or the song failed; nothing more can be done.
        """
        account = await self._greet(host)
        self._show_words()
        if not self._agreed(account):
            self._print(NOT_ORDERED)
            return
        song = await self._finished(host, await self._ordered(host))
        if song.content.get("status") != "completed":
            raise ToolFailed(song.text)
        self._show_takes(song.content)
        self._show_cost(song.content, (await host.call("check_credits")).content)

    async def _greet(self, host: Host) -> Mapping[str, Any]:
        """Who makes the song and what the account holds; for the sandbox also what it is."""
        account = (await host.call("check_credits")).content
        self._print(f"Songwright {songwright.__version__} with {self.settings.provider}", style="bold")
        self._print(_balance(account))
        if notice := SANDBOX_NOTICE if self.settings.provider == SANDBOX else account.get("notice"):
            self._print(notice, style="yellow")
        return account

    def _show_words(self) -> None:
        said = self.order.arguments
        if self.order.tool == "generate_song":
            self._print(f"\nA song about {quoted(said['prompt'], 600)}")
            return
        words = str(said.get("lyrics", "(instrumental)")).strip()
        title, body = Text(said["title"], "bold"), Text.assemble((said["style"], "italic"), "\n\n", words)
        if self.terminal.out.is_terminal:
            panel = Panel(body, title=title, title_align="left", expand=False, padding=(0, 2))
            self.terminal.out.print("", panel, sep="\n")
        else:
            self._print(Text.assemble("\n", title, "\n", body, "\n"))

    def _agreed(self, account: Mapping[str, Any]) -> bool:
        """Whether the person wants to pay; where the server asks before each order, it is the one to ask."""
        if self.yes or self.settings.provider == SANDBOX or self.settings.confirm_spend == "always":
            return True
        return self.terminal.agrees(f"This orders one song, {_price(account, self.settings)}. Order it?")

    async def _answer(self, context: object, params: ElicitRequestParams) -> ElicitResult:
        """The person's answer to the server's own question before an order (SONGWRIGHT_CONFIRM_SPEND)."""
        if self.yes or self.terminal.agrees(params.message):
            return ElicitResult(action="accept", content={"yes": True})
        self._refused = True
        return ElicitResult(action="decline")

    async def _ordered(self, host: Host) -> str:
        """Order the song; its task id."""
        self._ordering = True
        answer = await host.call(self.order.tool, **self.order.arguments)
        self._task_id = str(answer.content["task_id"])
        return self._task_id

    async def _finished(self, host: Host, task_id: str) -> Answer:
        """The song at its end, its files saved unless that takes too long.

        Raises:
            ToolFailed: it takes longer than anybody should wait.
        """
        saving = 0
        with waiting(self.terminal.err, f"ordered as task {task_id}") as shown:
            for _ in range(MOST_WAITS):
                song = await host.call("get_task", shown.report, task_id=task_id, wait_seconds=WAIT_SECONDS)
                saving += song.content["status"] == "completed"
                if not _is_under_way(song.content) or saving == MOST_SAVES:
                    shown.done(
                        f"{song.content['status']} after {length(song.content.get('elapsed_seconds'))}"
                    )
                    return song
        raise ToolFailed("\n".join(["The song is still not finished.", *self.left_behind()]))

    def _show_takes(self, song: Mapping[str, Any]) -> None:
        tracks: list[dict[str, Any]] = song.get("tracks") or []
        self.terminal.out.print()
        self.terminal.out.print(takes_table(tracks, quoted(song.get("title", ""), 80)))
        for folder in sorted({str(Path(track["file"]).parent) for track in tracks if track.get("file")}):
            self._print(f"Saved in {folder}")
        if _is_under_way(song):
            self._print(song["notice"], style="yellow")
            self._print("`songwright tracks --wait` goes on with it.")
        elif any(track.get("audio_url") and not track.get("file") for track in tracks):
            self._print(f"Not saved here; the links end at {tracks[0].get('expires_at', 'some time')}.")

    def _show_cost(self, song: Mapping[str, Any], account: Mapping[str, Any]) -> None:
        cost = song.get("credits")
        kind = "play credits" if self.settings.provider == SANDBOX else "credits"
        paid = f"{cost} {kind}" if cost is not None else "credits (the price is not known here)"
        self._print(f"It cost {paid}. {_balance(account)}")
        self._print(LISTED)

    def left_behind(self) -> list[str]:
        """What becomes of the order when the person leaves now, and how to follow it."""
        if self._task_id:
            return [
                f"the song goes on at {self.settings.provider} as task {self._task_id}.",
                "`songwright tracks --wait` follows it and saves it; so does any app that runs Songwright.",
            ]
        if self._ordering:
            return ["stopped while the order was on its way; `songwright tracks` shows what became of it."]
        return ["stopped; nothing was ordered."]

    def _print(self, text: str | Text, style: str | None = None) -> None:
        say(self.terminal.out, text, style)


def _is_under_way(song: Mapping[str, Any]) -> bool:
    """Whether a song, or the saving of its files, goes on."""
    if song["status"] in ("pending", "processing"):
        return True
    unsaved = any("file" not in track for track in song.get("tracks") or ())
    return song["status"] == "completed" and unsaved and "being saved" in song.get("notice", "")


def _balance(account: Mapping[str, Any]) -> str:
    balance, songs = account.get("balance"), account.get("songs_left")
    if balance is None:
        return f"{account.get('provider')} tells no balance."
    kind = "play credits" if account.get("provider") == SANDBOX else "credits"
    enough = f", enough for {songs} songs" if songs is not None else ""
    return f"The account holds {balance:,g} {kind}{enough}."


def _price(account: Mapping[str, Any], settings: Settings) -> str:
    """What the song costs, as far as the server told it."""
    model = settings.model or CATALOGS[settings.provider].default_model
    models: list[dict[str, Any]] = account.get("models") or []
    known = {each["name"]: each for each in models}.get(model) or {}
    price = known.get("credits") or settings.credits_per_song
    if price is None:
        return f"and what it costs at {settings.provider} is not known here"
    usd = f" (about {known['price']})" if known.get("price") else ""
    return f"two takes, for {price} credits{usd} at {settings.provider}"
