import pytest

from songwright.catalog import CATALOGS
from songwright.lyrics.check import Estimate, check_draft
from songwright.lyrics.duration import tempo

LINES = {
    "six syllables": "The rain is on the road",
    "eight syllables": "The kettle sings its morning tune",
    "ten syllables": "You left a letter by the kitchen door",
    "twelve syllables": "The bakery on Harbour Street is opening",
    "Spanish": "La lluvia cae sobre la ciudad",
    "German": "Der Kessel singt sein altes Lied",
    "Russian": "Пекарня светит в пять утра",
    "Korean": "새벽 네 시에 불이 켜진다",
    "Chinese": "清晨四点面包店亮了灯",
}
V, C, B = ("Verse", 4), ("Chorus", 4), ("Bridge", 4)
PRE, LONG = ("Pre-Chorus", 2), ("Verse", 6)
TEMPLATES = {
    120: [V, C, V, C],
    150: [V, C, V, C, B],
    180: [("Short Instrumental Intro", 0), LONG, PRE, C, LONG, PRE, C, B, C, ("Outro", 0)],
}


def lyrics(form: list[tuple[str, int]], line: str) -> str:
    return "\n\n".join(f"[{tag}]\n" + f"{line}\n" * lines for tag, lines in form)


def estimate(text: str, style: str | None = None) -> Estimate:
    catalog = CATALOGS["aivideoapi"]
    draft = check_draft(lyrics=text, title=None, style=style, catalog=catalog, model="suno-v5_5")
    assert draft.estimated_seconds is not None
    return draft.estimated_seconds


def middle(found: Estimate) -> float:
    return (found.low + found.high) / 2


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize("seconds", TEMPLATES)
@pytest.mark.parametrize("style", [None, "indie folk, 120 BPM, guitar", "pop, 115 bpm"])
@pytest.mark.parametrize("ending", ["", "\n[End]"])
def test_the_estimate_contains_the_time_of_a_template(
    line: str, seconds: int, style: str | None, ending: str
) -> None:
    found = estimate(lyrics(TEMPLATES[seconds], line) + ending, style)

    assert found.low <= seconds <= found.high


@pytest.mark.parametrize(
    "text", [*(lyrics(form, "la la la la") for form in TEMPLATES.values()), "la", "ร้าน", "[Solo]"]
)
def test_the_range_is_at_most_a_quarter_each_way(text: str) -> None:
    found = estimate(text)

    assert found.low <= found.high
    assert found.high - middle(found) <= 0.25 * middle(found) + 0.5


def test_a_bridge_adds_its_time() -> None:
    line = LINES["eight syllables"]

    assert (
        middle(estimate(lyrics(TEMPLATES[150], line))) > middle(estimate(lyrics(TEMPLATES[120], line))) + 15
    )


def test_a_faster_song_is_shorter_but_not_in_proportion() -> None:
    text = lyrics(TEMPLATES[120], LINES["eight syllables"])
    slow, usual, fast = (middle(estimate(text, f"pop, {bpm} BPM")) for bpm in (80, 120, 160))

    assert slow > usual > fast
    assert slow / usual < 120 / 80
    assert usual / fast < 160 / 120


def test_an_instrumental_tag_adds_eight_to_fifteen_seconds() -> None:
    text = lyrics(TEMPLATES[120], LINES["eight syllables"])

    assert 8 <= middle(estimate(text + "\n[Guitar Solo]\n")) - middle(estimate(text)) <= 15


def test_bars_in_a_tag_are_counted_at_the_tempo() -> None:
    text = lyrics(TEMPLATES[120], LINES["eight syllables"])
    added = middle(estimate(text + "\n[Solo 16 bars]\n", "120 BPM")) - middle(estimate(text, "120 BPM"))

    assert 30 <= added <= 34


@pytest.mark.parametrize("line", ["きみのなをよぶよるのそら", "君の名を呼ぶ夜の空を見上げて歩いていた"])
def test_a_japanese_text_of_five_hundred_characters_lasts_three_and_a_half_to_four_minutes(line: str) -> None:
    per_section = 520 // (8 * len(line)) or 1
    lines = round(520 / len(line))
    form = [("Verse", min(per_section, lines - at)) for at in range(0, lines, per_section)]
    found = estimate(lyrics(form, line))

    assert found.low <= 210 <= found.high
    assert found.low <= 240 <= found.high


def test_three_hundred_words_make_about_three_and_a_half_minutes() -> None:
    found = estimate(lyrics([("Verse", 5)] * 8, "The postman knows your name and mine"))

    assert found.low <= 210 <= found.high


@pytest.mark.parametrize(
    ("style", "bpm"),
    [
        ("pop, 96 BPM", 96),
        ("BPM: 140, techno", 140),
        ("90-110 bpm", 100),
        ("slow ballad", 80),
        ("punk", 140),
        ("999 bpm", 200),
        ("10 bpm", 55),
        ("warm folk", None),
        ("", None),
        (None, None),
    ],
)
def test_the_tempo_is_read_from_the_style(style: str | None, bpm: int | None) -> None:
    assert tempo(style) == bpm
