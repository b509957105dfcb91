"""check_credits: what is there, what a song costs, what was spent."""

from songwright.catalog import SANDBOX, Catalog
from songwright.mcp.reply import Reply
from songwright.mcp.songs import SANDBOX_NOTICE
from songwright.mcp.tools import outputs
from songwright.mcp.tools.arguments import Arguments
from songwright.mcp.tools.tool import Call, Definition
from songwright.models import CreditsResult, ModelPrice
from songwright.service import SongService

DESCRIPTION = """\
Get the provider's balance, price per model, songs left, today's spending and what the daily cap allows. For \
money questions, before a batch, after insufficient_credits or budget_exceeded; one song's price is in \
check_lyrics too. Free. aimusicapi tells no balance, the answer says where to look. Only the person can top \
up or raise the cap."""


class NoArguments(Arguments):
    """check_credits."""


def account_tools(service: SongService) -> list[Definition]:
    """check_credits, on one service."""

    async def check_credits(_: NoArguments, call: Call) -> Reply:
        account = await service.credits()
        notice = _notice(account, service.accounts.catalog)
        return Reply(account.model_copy(update={"notice": notice}), [*_lines(account), notice or ""])

    return [
        Definition(
            name="check_credits",
            title="Credits and prices",
            description=DESCRIPTION,
            arguments=NoArguments,
            output=outputs.CREDITS,
            failure=CreditsResult,
            run=check_credits,
        )
    ]


def _notice(credits: CreditsResult, catalog: Catalog) -> str | None:
    notices: list[str] = []
    if credits.balance is None:
        notices.append(f"{catalog.provider} tells no balance: the person looks in {catalog.top_up}.")
    if all(model.credits is None for model in credits.models or ()):
        notices.append("The price of a song is not known; SONGWRIGHT_CREDITS_PER_SONG can name it.")
    if credits.provider == SANDBOX:
        notices.append(SANDBOX_NOTICE)
    return " ".join(notices) or None


def _lines(credits: CreditsResult) -> list[str]:
    lines: list[str] = []
    if credits.balance is not None:
        songs = f", enough for {credits.songs_left} songs" if credits.songs_left is not None else ""
        kind = "play credits" if credits.provider == SANDBOX else "credits"
        lines.append(f"{credits.provider}: {credits.balance:g} {kind}{songs}.")
    else:
        lines.append(f"{credits.provider}: balance unknown.")
    lines += [_price(model) for model in credits.models or ()]
    cap = (
        f" of {credits.daily_cap}, {credits.cap_left} left"
        if credits.daily_cap is not None
        else ", no daily cap"
    )
    lines.append(f"Spent today: {credits.spent_today}{cap}. Unfinished tasks: {credits.unfinished}.")
    if credits.reserved_unconfirmed:
        lines.append(f"Held for unconfirmed orders: {credits.reserved_unconfirmed}; list_tracks shows them.")
    return lines


def _price(model: ModelPrice) -> str:
    if model.credits is None:
        return f"- {model.name}: price unknown"
    return (
        f"- {model.name}: {model.credits} credits{f' ({model.price})' if model.price else ''} for two takes"
    )
