"""What each provider can do, as data: models, limits, prices, and the options that it lacks."""

import re
from dataclasses import dataclass

AIVIDEOAPI = "aivideoapi"
AIMUSICAPI = "aimusicapi"
SANDBOX = "sandbox"

PROVIDERS = (AIVIDEOAPI, AIMUSICAPI, SANDBOX)
"""Every provider, in the order in which a key makes it the default."""

CUSTOM_OPTIONS = (
    "negative_tags",
    "vocal_gender",
    "persona_id",
    "style_weight",
    "weirdness_constraint",
    "audio_weight",
)
"""The options of custom mode that only some providers have."""


@dataclass(frozen=True)
class ModelLimits:
    """The longest texts a model takes, in UTF-16 units after CRLF became LF."""

    prompt: int
    lyrics: int
    style: int
    title: int
    negative_tags: int = 200

    def of(self, field: str) -> int | None:
        """The limit of one argument, or None where there is none."""
        limit: int | None = getattr(self, field, None)
        return limit


@dataclass(frozen=True)
class Model:
    """One model: its name at the provider, its limits, and what a song costs in credits (None: unknown)."""

    name: str
    limits: ModelLimits
    credits: int | None = None
    usd: str | None = None


@dataclass(frozen=True)
class Catalog:
    """One provider.

    `limits_enforced` is False where the seed names no limits: then they warn and never refuse.
    `tells_balance` and `calls_back` say whether the seed has a credits endpoint and a callback field.
    """

    provider: str
    models: tuple[Model, ...]
    default_model: str
    options: frozenset[str]
    limits_enforced: bool
    refunds_failures: bool
    tells_balance: bool
    calls_back: bool
    file_hours: int | None = None
    top_up: str = ""
    """Where the person tops up and sees what was charged."""

    def model(self, name: str) -> Model | None:
        """The model of that exact name, or None if the catalog does not know it."""
        return next((model for model in self.models if model.name == name), None)

    def spelled(self, name: str) -> Model | None:
        """The model meant by another spelling of a known name ("Suno v5.5"), or None."""
        wanted = _squeeze(name)
        return next((model for model in self.models if wanted in _spellings(model.name)), None)

    def limits(self, name: str) -> ModelLimits:
        """The limits of a model; those of the default model where the name is unknown."""
        model = self.model(name) or self.model(self.default_model)
        return (model or self.models[0]).limits


def _squeeze(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("+", "plus"))


def _spellings(name: str) -> set[str]:
    """What people write for a model: with or without the family, the v, and the marks between."""
    bare = re.sub(r"^(suno|chirp)", "", _squeeze(name))
    trimmed = bare.removesuffix("0") if bare.endswith("40") else bare
    short = {bare, trimmed, bare.removeprefix("v"), trimmed.removeprefix("v")}
    return short | {family + form for family in ("suno", "chirp") for form in short}


_A_LIMITS = ModelLimits(prompt=500, lyrics=3000, style=200, title=80)
_B_EARLY = ModelLimits(prompt=400, lyrics=3000, style=200, title=80)
_B_LATER = ModelLimits(prompt=400, lyrics=5000, style=1000, title=80)

_A_MODELS = (
    Model("suno-v5_5", _A_LIMITS, credits=24, usd="0.12"),
    Model("suno-v5", _A_LIMITS, credits=24, usd="0.12"),
)

CATALOGS = {
    AIVIDEOAPI: Catalog(
        provider=AIVIDEOAPI,
        models=_A_MODELS,
        default_model="suno-v5_5",
        options=frozenset(CUSTOM_OPTIONS),
        limits_enforced=True,
        refunds_failures=True,
        tells_balance=True,
        calls_back=True,
        file_hours=24,
        top_up="the provider's Dashboard > Billing",
    ),
    AIMUSICAPI: Catalog(
        provider=AIMUSICAPI,
        models=(
            Model("chirp-v3-5", _B_EARLY),
            Model("chirp-v4-0", _B_EARLY),
            Model("chirp-v4-5", _B_LATER),
            Model("chirp-v4-5-plus", _B_LATER),
            Model("chirp-v5", _B_LATER),
            Model("chirp-v5-5", _B_LATER),
        ),
        default_model="chirp-v3-5",
        options=frozenset(),
        limits_enforced=False,
        refunds_failures=False,
        tells_balance=False,
        calls_back=False,
        top_up="the person's account at aimusicapi.org",
    ),
    SANDBOX: Catalog(
        provider=SANDBOX,
        models=tuple(Model(model.name, model.limits, credits=model.credits) for model in _A_MODELS),
        default_model="suno-v5_5",
        options=frozenset(CUSTOM_OPTIONS),
        limits_enforced=True,
        refunds_failures=True,
        tells_balance=True,
        calls_back=True,
        file_hours=24,
        top_up="a terminal, with `songwright sandbox --refill 1000`",
    ),
}


def text_length(text: str) -> int:
    """How long a text counts: UTF-16 units after CRLF became LF."""
    return len(text.replace("\r\n", "\n").encode("utf-16-le", "surrogatepass")) // 2


def providers_with(option: str) -> list[str]:
    """The paid providers that have an option, by name."""
    return [name for name, catalog in CATALOGS.items() if option in catalog.options and name != SANDBOX]


def provider_of_model(name: str) -> str | None:
    """The paid provider whose catalog knows a model, or None."""
    return next((p for p in (AIVIDEOAPI, AIMUSICAPI) if CATALOGS[p].spelled(name)), None)
