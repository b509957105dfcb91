"""Reading a call's arguments: strictly, and with a sentence for everything that is wrong."""

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase
from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from songwright.errors import Problem
from songwright.lyrics.admission import wrong_arguments
from songwright.models import CustomRequest, SimpleRequest
from songwright.text import clean_line

MOST_LETTERS = 200_000
"""Longer texts are refused unread."""


class Arguments(ArgModelBase):
    """A tool's arguments: nothing unknown, nothing converted. null counts as left out."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)

    @classmethod
    def read(cls, arguments: Mapping[str, Any], owners: Mapping[str, str]) -> Self:
        """The arguments of a call; `owners` tells which other tool has an argument of a name.

        Raises InvalidRequest with every problem at once.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        problems = [*_twice(cls, given), *_huge(given)]
        once = {name: value for name, value in given.items() if name not in _spare(cls, given)}
        try:
            parsed = cls.model_validate(once)
        except ValidationError as error:
            problems += [_problem(cls, detail, owners) for detail in error.errors(include_url=False)]
        else:
            if not problems:
                return parsed
        raise wrong_arguments(problems) from None


def names(model: type[Arguments]) -> dict[str, tuple[str, ...]]:
    """Each argument's published name, with every name it is understood under."""
    known: dict[str, tuple[str, ...]] = {}
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        choices = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [name]
        known[choices[0]] = tuple(choices)
    return known


def _twice(model: type[Arguments], given: Mapping[str, Any]) -> list[Problem]:
    """Arguments given under two of their names."""
    return [
        Problem(field=name, message=f"{' and '.join(used)} mean the same: give only {name}.")
        for name, choices in names(model).items()
        if len(used := [choice for choice in choices if choice in given]) > 1
    ]


def _spare(model: type[Arguments], given: Mapping[str, Any]) -> set[str]:
    """The second names under which an argument was given."""
    return {
        spare
        for choices in names(model).values()
        for spare in [choice for choice in choices if choice in given][1:]
    }


def _huge(given: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(
            field=clean_line(name, 60),
            message=f"{clean_line(name, 60)} has {len(value)} characters: too long.",
        )
        for name, value in given.items()
        if isinstance(value, str) and len(value) > MOST_LETTERS
    ]


def _problem(model: type[Arguments], detail: ErrorDetails, owners: Mapping[str, str]) -> Problem:
    name = clean_line(detail["loc"][0] if detail["loc"] else "arguments", 60) or "(no name)"
    if detail["type"] == "extra_forbidden":
        return Problem(field=name, message=_unknown(model, name, owners))
    return Problem(field=name, message=f"{name} {_right(detail)}.")


def _unknown(model: type[Arguments], name: str, owners: Mapping[str, str]) -> str:
    own = list(names(model))
    if owner := owners.get(name):
        return f"there is no argument {name} here; {owner} has it."
    near = difflib.get_close_matches(name, own, 1, 0.5)
    if near:
        return f"there is no argument {name}; did you mean {near[0]}?"
    return f"there is no argument {name}; there are {', '.join(own) or 'none'}."


def _right(detail: ErrorDetails) -> str:
    """What would be right, after the argument's name."""
    context: dict[str, Any] = detail.get("ctx") or {}
    match detail["type"]:
        case "missing":
            return "is missing"
        case "bool_type":
            return "must be true or false"
        case "int_type" | "int_from_float" | "int_parsing_size":
            return "must be a whole number"
        case "float_type" | "finite_number":
            return "must be a number"
        case "string_type" | "string_unicode":
            return "must be a text"
        case "literal_error":
            return f"must be {context.get('expected', 'one of its values')}".replace("'", "")
        case _:
            return "is not right"


def _gender(value: object) -> object:
    words = {"male": "m", "female": "f", "m": "m", "f": "f"}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _no_minus_zero(value: object) -> object:
    return 0.0 if isinstance(value, float) and value == 0.0 else value


Instrumental = Annotated[
    bool,
    Field(validation_alias=AliasChoices("instrumental", "make_instrumental"), description="true: no vocals."),
]
ModelName = Annotated[str, Field(description="Default: leave out. Names: check_credits.")]
AnotherTake = Annotated[bool, Field(description="true: pay again for an identical request; only if asked.")]
Weight = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_no_minus_zero)]


class SimpleArguments(Arguments):
    """generate_song."""

    prompt: Annotated[
        str,
        Field(
            validation_alias=AliasChoices("prompt", "gpt_description_prompt"),
            description="Subject, genre, mood, language; up to {prompt_limit} characters. No artists.",
        ),
    ]
    instrumental: Instrumental = False
    model: ModelName = ""
    another_take: AnotherTake = False

    def request(self) -> SimpleRequest:
        """The request that these arguments mean."""
        return SimpleRequest(prompt=self.prompt, instrumental=self.instrumental, model=self.model)


class CustomArguments(Arguments):
    """generate_custom_song."""

    title: Annotated[str, Field(description="Up to {title_limit} characters.")]
    style: Annotated[
        str,
        Field(
            validation_alias=AliasChoices("style", "tags"),
            description="Genre, era, BPM, mood, 2-4 instruments, voice; up to {style_limit} characters. "
            "No artists.",
        ),
    ]
    lyrics: Annotated[
        str | None,
        Field(
            validation_alias=AliasChoices("lyrics", "prompt"),
            description="Up to {lyrics_limit} characters. [Verse], [Chorus], [End] on their own lines; "
            "(parentheses) are sung as backing; write repeats out.",
        ),
    ] = None
    instrumental: Instrumental = False
    model: ModelName = ""
    negative_tags: Annotated[str | None, Field(description="Sounds to avoid: 'drums, choir'.")] = None
    vocal_gender: Annotated[
        Literal["m", "f"] | None,
        BeforeValidator(_gender),
        BeforeValidator(_blank_is_none),
        Field(description="A tendency. Duet: leave out, name voices in style and tags."),
    ] = None
    persona_id: Annotated[str | None, Field(description="A voice saved at the provider.")] = None
    style_weight: Annotated[Weight | None, Field(description="0 loose to 1 strict; only if asked.")] = None
    weirdness_constraint: Annotated[Weight | None, Field(description="0 safe to 1 wild; only if asked.")] = (
        None
    )
    audio_weight: Annotated[Weight | None, Field(description="0 to 1; acts only with persona_id.")] = None
    another_take: AnotherTake = False

    def request(self) -> CustomRequest:
        """The request that these arguments mean."""
        return CustomRequest(**self.model_dump(exclude={"another_take"}))
