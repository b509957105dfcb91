"""The guide: read through the public door, and held against the checks that it teaches."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from songwright.catalog import CATALOGS
from songwright.lyrics.check import check_draft
from songwright.mcp.guide import URI, guide
from songwright.settings import read_settings
from tests.fakes import ERAS, KEY, Era, environment, open_door

pytestmark = pytest.mark.anyio

PROVIDERS = ("sandbox", "aivideoapi", "aimusicapi")
KINDS = {"V": "Verse", "P": "Pre-Chorus", "C": "Chorus", "B": "Bridge", "H": "Hook", "R": "Rap Verse"}
LINE = "Carry every little word along"  # nine syllables
CATALOG = CATALOGS["aivideoapi"]


def written(provider: str = "aivideoapi", **changes: str) -> str:
    key = {} if provider == "sandbox" else {f"{provider}_api_key": KEY}
    return guide(read_settings(environment(Path("nowhere"), provider=provider, **key, **changes)))


def forms() -> Iterator[tuple[str, str, int, int]]:
    """The forms of the guide: name, plan, tempo, seconds."""
    row = re.compile(
        r"^\| ([^|]+) \| ((?:[VPCBHR]\d+|S)(?: [VPCBHR]\d+| S)*) \| (\d+) \| (\d):(\d\d) \|$", re.MULTILINE
    )
    for name, plan, bpm, minutes, seconds in row.findall(written()):
        yield name, plan, int(bpm), int(minutes) * 60 + int(seconds)


def song(plan: str) -> str:
    """Lyrics of that form."""
    parts: list[str] = []
    for part in plan.split():
        if part == "S":
            parts.append("[Instrumental Break]")
        else:
            parts.append("\n".join([f"[{KINDS[part[0]]}]", *[LINE] * int(part[1:])]))
    return "\n\n".join([*parts, "[End]"])


@pytest.mark.parametrize("era", ERAS)
async def test_the_guide_is_a_resource_of_at_most_twelve_kilobytes(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        listed = {str(resource.uri): resource for resource in (await door.client.list_resources()).resources}
        assert listed[URI].mime_type == "text/markdown"
        assert listed[URI].description
        (contents,) = (await door.client.read_resource(URI)).contents
        assert contents.mime_type == "text/markdown"
        read = getattr(contents, "text", "")
        assert 6_000 < len(read.encode()) <= 12 * 1024
        assert "sandbox" in read


@pytest.mark.parametrize("provider", PROVIDERS)
def test_limits_prices_and_options_are_those_of_the_catalog(provider: str) -> None:
    told, catalog = written(provider), CATALOGS[provider]
    assert len(told.encode()) <= 12 * 1024
    assert not re.search(r"\$[a-z{]", told), "a gap was left open"
    for model in catalog.models:
        limits = model.limits
        assert model.name in told
        assert f"lyrics {limits.lyrics}, style {limits.style}, title {limits.title}" in told
    assert ("24 credits (about $0.12)" in told) == (provider == "aivideoapi")
    assert ("negative_tags: two to four" in told) == bool(catalog.options)
    assert ("| jazz | 0.40-0.65 |" in told) == bool(catalog.options)
    assert "<!--" not in told
    assert ("is refunded" in told) == catalog.refunds_failures


def test_the_model_that_was_set_is_named() -> None:
    assert "as a rule with chirp-v5:" in written("aimusicapi", model="chirp-v5")


def test_there_is_a_form_for_every_kind_of_song() -> None:
    names = {name for name, *_ in forms()}
    assert len(names) >= 10
    for kind in ("pop", "ballad", "rap", "folk, story", "lullaby", "children's", "duet"):
        assert kind in names
    assert "- Instrumental: no lyrics, instrumental=true" in written()


@pytest.mark.parametrize(("name", "plan", "bpm", "seconds"), list(forms()), ids=lambda value: str(value))
def test_the_length_of_a_form_is_the_one_that_a_check_estimates(
    name: str, plan: str, bpm: int, seconds: int
) -> None:
    draft = check_draft(
        lyrics=song(plan), title=None, style=f"{name}, {bpm} BPM", catalog=CATALOG, model="suno-v5_5"
    )
    length = draft.estimated_seconds
    assert length is not None
    middle = (length.low + length.high) / 2
    assert abs(middle - seconds) < 0.05 * seconds, f"{middle:.0f} s"


def test_the_song_in_the_guide_passes_its_own_check() -> None:
    (lyrics,) = re.findall(r"```lyrics\n(.+?)```", written(), re.DOTALL)
    draft = check_draft(lyrics=lyrics, title="Porch Light", style=None, catalog=CATALOG, model="suno-v5_5")
    assert draft.problems == ()


def test_every_style_in_the_guide_passes_the_check() -> None:
    styles = re.findall(r"`style: ([^`]+)`", written())
    assert len(styles) >= 8
    for style in styles:
        draft = check_draft(lyrics=None, title=None, style=style, catalog=CATALOG, model="suno-v5_5")
        assert draft.problems == (), style


def test_every_tag_it_recommends_is_known_to_the_check() -> None:
    told = written()
    good = re.search(r"- Reliable:.+?(?=\n- Weak)", told, re.DOTALL)
    also = re.search(r"- Also used:.+", told)
    assert good
    assert also
    tags = re.findall(r"\[[^\]]+\]", good[0] + also[0])
    assert len(tags) >= 18
    for tag in tags:
        draft = check_draft(
            lyrics=f"{tag}\n{LINE}\n{LINE}\n[End]", title=None, style=None, catalog=CATALOG, model="suno-v5_5"
        )
        assert not {"unknown_tag", "weak_tag"} & {found.code for found in draft.problems}, tag


def test_it_says_what_cannot_be_done() -> None:
    told = written()
    for impossible in ("length", "extending", "covers", "stems", "cancelling", "hearing the takes"):
        assert impossible in told.partition("## What cannot be done")[2]
