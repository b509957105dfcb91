"""What an assistant asks for: a song from a description, or from finished lyrics."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator

from songwright.text import normalised


class SimpleRequest(BaseModel):
    """A song from a description; the provider invents title, style and lyrics."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    mode: Literal["simple"] = "simple"
    prompt: str
    instrumental: bool = False
    model: str = ""

    @property
    def title(self) -> str:
        """What to call the song until the provider has named it."""
        words = " ".join(self.prompt.split())
        return words if len(words) <= 60 else words[:59].rstrip() + "…"


class CustomRequest(BaseModel):
    """A song from finished words: title, style and, unless it is instrumental, lyrics."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    mode: Literal["custom"] = "custom"
    title: str
    style: str
    lyrics: str | None = None
    instrumental: bool = False
    model: str = ""
    negative_tags: str | None = None
    vocal_gender: Literal["m", "f"] | None = None
    persona_id: str | None = None
    style_weight: float | None = None
    weirdness_constraint: float | None = None
    audio_weight: float | None = None


SongRequest = Annotated[SimpleRequest | CustomRequest, Discriminator("mode")]


def fingerprint(request: SimpleRequest | CustomRequest, provider: str, principal: str) -> str:
    """What identical orders share: the request after normalising, its provider and its person.

    `model` must be resolved before, so that a default written out and one left out are the same.
    """
    fields = request.model_dump(exclude_none=True)
    same = {name: normalised(value) if isinstance(value, str) else value for name, value in fields.items()}
    same |= {name: float(value) for name, value in same.items() if isinstance(value, int | float)}
    text = json.dumps([provider, principal, same], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
