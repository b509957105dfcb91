"""`guide://songwriting`: how to write lyrics and styles that work at the provider in use.

The words stand in `guide.md`; what depends on the provider (limits, prices, options) comes from the catalog.
"""

import re
from importlib.resources import files
from string import Template
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import Annotations

from songwright.catalog import CATALOGS, CUSTOM_OPTIONS, SANDBOX, Catalog, Model, providers_with
from songwright.settings import Settings

URI = "guide://songwriting"

_WEIGHTS = re.compile(r"<!-- weights -->\n(.*?)<!-- /weights -->\n", re.DOTALL)
"""What is of use only where the provider has weights."""

_OPTIONS = {
    "negative_tags": "negative_tags: two to four bare sounds to keep out ('drums, choir, autotune'), without "
    '"no"; it makes them less likely, no more.',
    "vocal_gender": "vocal_gender: m or f, a tendency; the voice in the style counts more. Not for duets.",
    "persona_id": "persona_id: a voice that the person saved at the provider.",
    "style_weight": "style_weight: 0 to 0.4 loose, 0.4 to 0.6 balanced, above 0.6 strict.",
    "weirdness_constraint": "weirdness_constraint: 0 to 0.3 predictable, to 0.55 balanced, above it "
    "experimental.",
    "audio_weight": "audio_weight: how closely the persona's voice is kept.",
}


def add_guide(server: MCPServer[Any], settings: Settings) -> None:
    """The guide as a resource."""

    @server.resource(
        URI,
        title="How to write songs that work",
        description="Forms, tags, style lines, length, languages, limits: for writing lyrics and styles.",
        mime_type="text/markdown",
        annotations=Annotations(audience=["assistant"], priority=0.9),
    )
    async def songwriting() -> str:
        return guide(settings)

    _ = songwriting


def guide(settings: Settings) -> str:
    """The guide for these settings, as Markdown of at most 12 KB."""
    catalog = CATALOGS[settings.provider]
    model = catalog.model(settings.model or catalog.default_model) or catalog.models[0]
    words = files("songwright.mcp").joinpath("guide.md").read_text("utf-8")
    words = _WEIGHTS.sub(r"\1" if "style_weight" in catalog.options else "", words)
    return Template(words).substitute(
        where=_where(catalog, model, model.credits or settings.credits_per_song),
        limits=_limits(catalog),
        options=_options(catalog),
        refund=_refund(catalog),
    )


def _where(catalog: Catalog, model: Model, credits: int | None) -> str:
    if catalog.provider == SANDBOX:
        return (
            "Songs are made in the sandbox: free synthetic sketches without a real singer. What is written "
            "for it works with a real provider as it is."
        )
    usd = f" (about ${model.usd})" if model.usd else ""
    price = f"{credits} credits{usd}" if credits else "a price that stands in the person's account"
    return (
        f"Songs are made by {catalog.provider}, as a rule with {model.name}: two takes an order, for {price}."
    )


def _limits(catalog: Catalog) -> str:
    """The limits of every model; models that share them share a sentence."""
    shared: dict[str, list[str]] = {}
    for model in catalog.models:
        limits = model.limits
        told = f"lyrics {limits.lyrics}, style {limits.style}, title {limits.title}"
        told += f", negative_tags {limits.negative_tags}" if "negative_tags" in catalog.options else ""
        shared.setdefault(f"{told}; a description for generate_song {limits.prompt}", []).append(model.name)
    lines = [f"{', '.join(names)}: {told} characters at most." for told, names in shared.items()]
    firm = "" if catalog.limits_enforced else " They are other users' findings: beyond them it may be cut."
    return f"Limits. {' '.join(lines)}{firm}"


def _options(catalog: Catalog) -> str:
    having = [f"- {_OPTIONS[name]}" for name in CUSTOM_OPTIONS if name in catalog.options]
    if having:
        return "Leave them out unless the person asks for what they do.\n\n" + "\n".join(having)
    others = " or ".join(providers_with(CUSTOM_OPTIONS[0]))
    return (
        f"{catalog.provider} has none: negative_tags, vocal_gender, persona_id and the weights are refused "
        f"({others} has them). Put the voice into the style."
    )


def _refund(catalog: Catalog) -> str:
    if catalog.refunds_failures:
        return "A song that fails so is refunded."
    return f"Whether {catalog.provider} refunds a song that fails so is not known."
