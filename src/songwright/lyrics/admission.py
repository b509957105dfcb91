"""May this order be sent to this provider? Limits, options and characters, before anything is paid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from songwright.catalog import (
    CUSTOM_OPTIONS,
    SANDBOX,
    Catalog,
    provider_of_model,
    providers_with,
    text_length,
)
from songwright.errors import InvalidRequest, Problem, UnsupportedOption
from songwright.models import CustomRequest, SimpleRequest
from songwright.text import contains_key, forbidden_character, without_invisible

if TYPE_CHECKING:
    from songwright.lyrics.findings import Finding

TEXTS = ("prompt", "title", "style", "lyrics", "negative_tags")
WEIGHTS = ("style_weight", "weirdness_constraint", "audio_weight")

_PERSONA = re.compile(r"[A-Za-z0-9_-]{1,128}")
_MODEL = re.compile(r"[\x20-\x7e]{1,100}")


@dataclass(frozen=True)
class Admitted:
    """A request as it will be sent, its model resolved, and what the caller should know of it."""

    request: SimpleRequest | CustomRequest
    notices: tuple[str, ...] = ()


def admit(
    request: SimpleRequest | CustomRequest, catalog: Catalog, default_model: str | None = None
) -> Admitted:
    """The request with its model resolved and invisible characters removed.

    Raises:
        InvalidRequest: with every problem at once, each naming its argument and a right value.
        UnsupportedOption: an option that this provider lacks.
    """
    request, notices = _visible(request)
    problems = [*_missing(request), *_characters(request), *_values(request)]
    if problems:
        raise wrong_arguments(problems)
    _require_singable(request)
    _require_options(request, catalog)
    model, notice = resolve_model(request.model, catalog, default_model)
    notices += notice
    over = list(_over_limits(request, catalog, model))
    if over and catalog.limits_enforced:
        raise wrong_arguments(over)
    notices += [f"{problem.message} The provider may cut or refuse it." for problem in over]
    return Admitted(request.model_copy(update={"model": model}), tuple(notices))


def wrong_arguments(problems: list[Problem]) -> InvalidRequest:
    """The refusal of a call whose arguments are wrong, each problem named."""
    one = problems[0].message if len(problems) == 1 else f"{len(problems)} arguments are wrong."
    return InvalidRequest(one, problems=problems, fix="Mend the arguments named and call again.")


def _require_singable(request: SimpleRequest | CustomRequest) -> None:
    """Raise InvalidRequest for what nobody wants sung: Markdown, placeholders, repeats not written out."""
    if not isinstance(request, CustomRequest):
        return
    from songwright.lyrics.refusals import refusals  # late: what it reads with is needed by orders alone

    found = refusals(None if request.instrumental else request.lyrics, request.title, request.style)
    if not found:
        return
    problems = [Problem(field=one.field, message=f"{_line(one)}{one.message} {one.fix}") for one in found]
    many = f"{len(found)} places in the texts would be sung or refused as they stand."
    fix = "Mend the texts and call again; check_lyrics shows the same, and more, for free."
    raise InvalidRequest(problems[0].message if len(found) == 1 else many, problems=problems, fix=fix)


def _line(found: "Finding") -> str:
    """Where in its field a finding is, unless it says so itself."""
    return "" if found.line is None or found.message.startswith("Line ") else f"Line {found.line}: "


def _texts(request: SimpleRequest | CustomRequest, *names: str) -> Iterator[tuple[str, str]]:
    """The texts that were given. The title that a simple request makes of its prompt was not."""
    for name in names:
        value: str | None = getattr(request, name, None) if name in type(request).model_fields else None
        if value is not None:
            yield name, value


def _visible(request: SimpleRequest | CustomRequest) -> tuple[SimpleRequest | CustomRequest, list[str]]:
    """Without direction marks and zero-width characters, which no singer sings; empty options left out."""
    changed: dict[str, str | None] = {}
    notices: list[str] = []
    for name, value in _texts(request, *TEXTS, "persona_id"):
        plain = without_invisible(value)
        if plain != value:
            notices.append(f"Invisible characters were removed from {name}.")
        if not plain.strip() and name in ("lyrics", "negative_tags", "persona_id"):
            changed[name] = None
        elif plain != value:
            changed[name] = plain
    return request.model_copy(update=changed), notices


def _missing(request: SimpleRequest | CustomRequest) -> Iterator[Problem]:
    match request:
        case SimpleRequest(prompt=prompt):
            if not prompt.strip():
                yield Problem(field="prompt", message="prompt is empty: describe the song in a sentence.")
        case CustomRequest(title=title, style=style, lyrics=lyrics, instrumental=instrumental):
            if not title.strip():
                yield Problem(field="title", message="title is empty: name the song.")
            if not style.strip():
                yield Problem(
                    field="style", message="style is empty: give genre, tempo, mood and instruments."
                )
            if lyrics and instrumental:
                text = "instrumental=true and lyrics exclude each other: leave out one of the two."
                yield Problem(field="instrumental", message=text)
            if lyrics is None and not instrumental:
                text = "lyrics are missing: give them, or set instrumental=true for a song without words."
                yield Problem(field="lyrics", message=text)


def _characters(request: SimpleRequest | CustomRequest) -> Iterator[Problem]:
    for name, value in _texts(request, *TEXTS):
        if bad := forbidden_character(value):
            yield Problem(field=name, message=f"{name} holds the control character {bad}: remove it.")
        if contains_key(value):
            text = (
                f"{name} holds something that looks like an API key: remove it. Keys belong in the settings."
            )
            yield Problem(field=name, message=text)


def model_problems(name: str) -> Iterator[Problem]:
    """What is wrong with a model's name as such, whoever knows it."""
    if name and not _MODEL.fullmatch(name):
        yield Problem(field="model", message="model must be a name of at most 100 plain characters.")


def _values(request: SimpleRequest | CustomRequest) -> Iterator[Problem]:
    yield from model_problems(request.model)
    if not isinstance(request, CustomRequest):
        return
    if request.persona_id is not None and not _PERSONA.fullmatch(request.persona_id):
        text = "persona_id must be an id of the provider: up to 128 letters, digits, - and _."
        yield Problem(field="persona_id", message=text)
    for name in WEIGHTS:
        weight: float | None = getattr(request, name)
        if weight is not None and not 0 <= weight <= 1:
            yield Problem(field=name, message=f"{name} must be a number from 0 to 1.")


def _require_options(request: SimpleRequest | CustomRequest, catalog: Catalog) -> None:
    lacking = [
        name
        for name in CUSTOM_OPTIONS
        if getattr(request, name, None) is not None and name not in catalog.options
    ]
    if not lacking:
        return
    having = sorted({provider for name in lacking for provider in providers_with(name)})
    where = f" {', '.join(having)} has {'them' if len(lacking) > 1 else 'it'}." if having else ""
    other = " or ".join(having) or "another provider"
    raise UnsupportedOption(
        f"{catalog.provider} has no {', '.join(lacking)}.{where}",
        provider=catalog.provider,
        problems=[
            Problem(field=name, message=f"{name} is not offered by {catalog.provider}.") for name in lacking
        ],
        fix=f"Leave out {', '.join(lacking)}, or ask the person to use {other}.",
    )


def resolve_model(name: str, catalog: Catalog, default_model: str | None) -> tuple[str, list[str]]:
    """The model to send, and what to say of it: another spelling, an unknown name. Blank: the default."""
    wanted = name.strip() or default_model or catalog.default_model
    if catalog.model(wanted):
        return wanted, []
    if meant := catalog.spelled(wanted):
        return meant.name, [f'model "{wanted}" was taken as {meant.name}.']
    elsewhere = provider_of_model(wanted)
    hint = (
        f" It is a model of {elsewhere}."
        if elsewhere and catalog.provider not in (elsewhere, SANDBOX)
        else ""
    )
    known = ", ".join(model.name for model in catalog.models)
    return wanted, [f'model "{wanted}" is not known here and is sent as it is; known: {known}.{hint}']


def _over_limits(request: SimpleRequest | CustomRequest, catalog: Catalog, model: str) -> Iterator[Problem]:
    limits = catalog.limits(model)
    for name, value in _texts(request, *TEXTS):
        limit = limits.of(name)
        if limit is None:
            continue
        length = text_length(value)
        if length > limit:
            over = f"{length - limit} over the {limit} that {catalog.provider} takes"
            yield Problem(field=name, message=f"{name} has {length} characters, {over}.")
