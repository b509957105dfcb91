import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.lyrics.sections import KINDS, Section, parse_sections


def only(text: str) -> Section:
    (section,) = parse_sections(text)
    return section


@pytest.mark.parametrize(
    ("tag", "kind", "number", "cue"),
    [
        ("Verse", "verse", None, ""),
        ("VERSE 2", "verse", 2, ""),
        ("verse2", "verse", 2, ""),
        ("Verse II", "verse", 2, ""),
        ("Verse Two", "verse", 2, ""),
        ("Second Verse", "verse", 2, ""),
        ("Verse 1: softly, close", "verse", 1, "softly, close"),
        ("Chorus - anthemic", "chorus", None, "anthemic"),
        ("Chorus – anthemic", "chorus", None, "anthemic"),
        ("Chorus (big)", "chorus", None, "big"),
        ("Final Chorus", "chorus", None, "Final"),
        ("Chorus x2", "chorus", None, "x2"),
        ("Pre-Chorus", "pre-chorus", None, ""),
        ("prechorus", "pre-chorus", None, ""),
        ("Post Chorus", "post-chorus", None, ""),
        ("Guitar Solo", "solo", None, "Guitar"),
        ("Short Instrumental Intro", "intro", None, "Short Instrumental"),
        ("Instrumental", "instrumental", None, ""),
        ("Instrumental Break", "break", None, "Instrumental"),
        ("Rap Verse", "rap", None, ""),
        ("Spoken Word", "spoken", None, ""),
        ("Build-Up", "build", None, ""),
        ("Big Finish", "big finish", None, ""),
        ("FADE OUT", "fade out", None, ""),
        ("The End", "end", None, ""),
        ("Estribillo", "chorus", None, ""),
        ("Припев 2", "chorus", 2, ""),
        ("2절", "verse", 2, ""),
        ("Mood: rainy", "other", None, "rainy"),
        ("", "other", None, ""),
    ],
)
def test_a_tag_is_understood_as_songwriters_write_it(
    tag: str, kind: str, number: int | None, cue: str
) -> None:
    section = only(f"[{tag}]\nla")

    assert (section.tag, section.kind, section.number, section.cue) == (tag, kind, number, cue)


@pytest.mark.parametrize("tag", ["VERSE 1 8", "Verse 1 - 8 bars", "Verse 8 bars"])
def test_a_length_in_bars_is_not_taken_for_the_number_of_the_section(tag: str) -> None:
    assert only(f"[{tag}]\nla").number in {1, None}


def test_bars_are_read_from_a_tag() -> None:
    assert only("[VERSE 1 8]").bars == 8
    assert only("[Solo 8 bars]").bars == 8
    assert only("[Verse 2]").bars is None


def test_lines_carry_their_place_in_the_text_whatever_the_line_ends_are() -> None:
    sections = parse_sections("[Verse]\r\n\r\nfirst\rsecond\n[Chorus]\nthird")

    assert [section.line for section in sections] == [1, 5]
    assert [(line.number, line.text) for section in sections for line in section.lines] == [
        (3, "first"),
        (4, "second"),
        (6, "third"),
    ]


def test_text_before_any_tag_is_a_section_of_its_own() -> None:
    untagged, verse = parse_sections("\nhello\n[Verse]\nla")

    assert (untagged.tag, untagged.kind, untagged.line, untagged.lines[0].text) == ("", "", 2, "hello")
    assert verse.kind == "verse"


def test_a_tag_before_words_on_one_line_opens_its_section() -> None:
    verse, chorus = parse_sections("[Verse] one two [Chorus] three")

    assert (verse.kind, verse.lines[0].text) == ("verse", "one two")
    assert (chorus.kind, chorus.lines[0].text, chorus.line) == ("chorus", "three", 1)


def test_a_direction_amid_words_is_not_sung() -> None:
    verse = only("[Verse]\nhold [softly] me now")

    assert [line.text for line in verse.lines] == ["hold me now"]


def test_a_direction_below_a_tag_is_its_cue_and_not_a_section() -> None:
    verse = only("[Verse 1 - low]\n[soft piano]\nla")

    assert verse.cue == "low, soft piano"
    assert len(verse.lines) == 1


def test_a_line_in_parentheses_is_backing() -> None:
    verse = only("[Verse]\n(ooh, ooh)\n（ああ）\nlead (ooh)")

    assert [line.backing for line in verse.lines] == [True, True, False]


@pytest.mark.parametrize("text", ["【サビ】\nあ", "［Chorus］\nla", "**[Chorus]**\nla"])
def test_other_brackets_and_marks_around_a_tag_do_not_hide_it(text: str) -> None:
    assert only(text).kind == "chorus"
    assert len(only(text).lines) == 1


def test_empty_sections_are_kept_in_order() -> None:
    kinds = [section.kind for section in parse_sections("[Intro]\n[Solo]\n[Fade Out]")]

    assert kinds == ["intro", "solo", "fade out"]


def test_an_open_bracket_is_sung_text() -> None:
    assert only("[Verse\nla").kind == ""


TOKENS = ["[", "]", "【", "(", ")", "Verse", "x2", "9" * 9, "\r", "\n", " ", "é", "サビ", ":", "-"]
PIECES = st.lists(st.sampled_from(TOKENS))


@given(st.text() | PIECES.map("".join))
def test_any_text_is_parsed_into_ordered_sections(text: str) -> None:
    sections = parse_sections(text)
    numbers = [line.number for section in sections for line in section.lines]

    assert [section.line for section in sections] == sorted(section.line for section in sections)
    assert numbers == sorted(numbers)
    assert all(section.kind in KINDS | {"other", ""} for section in sections)
    assert all(line.text and line.text == line.text.strip() for section in sections for line in section.lines)


@given(st.text(alphabet=st.characters(exclude_characters="[]【】［］〔〕〖〗", exclude_categories=["Cs"])))
def test_no_sung_line_is_lost(text: str) -> None:
    lines = [line.text for section in parse_sections(text) for line in section.lines]

    assert lines == [
        line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()
    ]
