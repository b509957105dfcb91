import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.catalog import CATALOGS, text_length
from songwright.lyrics.check import Draft, check_draft


def check(
    lyrics: str | None = None,
    title: str | None = None,
    style: str | None = None,
    *,
    provider: str = "aivideoapi",
    model: str = "suno-v5_5",
) -> Draft:
    return check_draft(lyrics=lyrics, title=title, style=style, catalog=CATALOGS[provider], model=model)


def codes(draft: Draft) -> set[str]:
    return {f"{problem.severity}:{problem.code}" for problem in draft.problems}


def test_bad_input_03_a_text_over_its_limit_is_an_error_that_says_by_how_much() -> None:
    draft = check("a" * 3001, "t" * 81, "s" * 201)

    assert {name: count.over for name, count in draft.counts.items()} == {"lyrics": 1, "title": 1, "style": 1}
    assert [problem.field for problem in draft.errors] == ["lyrics", "style", "title"]
    assert "3,001" in draft.errors[0].message
    assert "1 over the limit of 3,000" in draft.errors[0].message


def test_a_text_at_its_limit_is_within_it() -> None:
    assert not check("a" * 3000, "t" * 80, "s" * 200).errors


def test_bad_input_03_where_the_seed_names_no_limits_they_only_warn() -> None:
    draft = check("a b\n" * 1000, provider="aimusicapi", model="chirp-v3-5")

    assert draft.counts["lyrics"].limit == 3000
    assert "warning:over_limit" in codes(draft)
    assert not draft.errors


def test_the_limits_are_those_of_the_model() -> None:
    assert check("la", provider="aimusicapi", model="chirp-v5").counts["lyrics"].limit == 5000
    assert check("la", provider="aimusicapi", model="nobody-knows").counts["lyrics"].limit == 3000


def test_bad_input_04_emoji_count_as_two_and_a_windows_line_end_as_one() -> None:
    assert check("🎵\r\n🎵").counts["lyrics"].used == 5


@given(st.text())
def test_counts_are_the_catalogs(text: str) -> None:
    draft = check("x" + text)

    assert draft.counts["lyrics"].used == text_length("x" + text)


@pytest.mark.parametrize("blank", [None, "", "  \n\t"])
def test_a_blank_text_counts_as_left_out(blank: str | None) -> None:
    draft = check(blank, blank, "indie folk, 96 BPM")

    assert set(draft.counts) == {"style"}
    assert draft.sections == ()
    assert draft.estimated_seconds is None


def test_bad_input_05_control_characters_are_errors_in_any_field() -> None:
    draft = check("la\x00", "t\x1b", "s\ud800, folk, warm")

    assert {problem.field for problem in draft.errors} == {"lyrics", "title", "style"}
    assert {problem.code for problem in draft.errors} == {"control_character"}


def test_bad_input_06_invisible_characters_give_a_notice_and_no_error() -> None:
    draft = check("[Verse]\nla\u202ela\u200b\n[End]")

    assert not draft.errors
    assert any("Invisible" in notice for notice in draft.notices)


def test_bad_input_24_a_key_is_an_error_that_does_not_repeat_it() -> None:
    draft = check("my key is sk-abcdefghijklmnop1234")

    assert "error:api_key" in codes(draft)
    assert not any("abcdefghijklmnop" in problem.message for problem in draft.errors)


@pytest.mark.parametrize("innocent", ["ask-anythingyouwanttoknow", "risk-takingwithoutathought"])
def test_bad_input_24_words_that_resemble_a_key_pass(innocent: str) -> None:
    assert not check(innocent).errors


def test_a_section_is_told_in_figures() -> None:
    draft = check("[Verse 1 - soft]\nMorning light upon the floor\nSomeone closing up the door\n(ooh)\n[End]")
    verse, end = draft.sections

    assert (verse.tag, verse.kind, verse.line, verse.lines, verse.words) == (
        "Verse 1 - soft",
        "verse",
        1,
        3,
        11,
    )
    assert (verse.syllables, verse.syllables_per_line, verse.rhyme) == (15, (7, 7, 1), "AA")
    assert (end.kind, end.lines, end.syllables, end.rhyme, end.seconds) == ("end", 0, 0, None, 0)


def test_what_cannot_be_counted_is_said_so() -> None:
    draft = check("[Verse]\nร้านขนมปังเปิดตอนตีสี่\nรองเท้าเธอยังอยู่ตรงนี้\n[End]")

    assert draft.sections[0].syllables is None
    assert any("Syllables cannot be counted for Thai" in notice for notice in draft.notices)
    assert any("Rhymes are not told for Thai" in notice for notice in draft.notices)
    assert draft.estimated_seconds is not None


def test_lines_are_those_of_the_text_as_it_was_given() -> None:
    draft = check("\r\n\r\n[Verse]\r\n**la**\r\n[End]")

    assert [problem.line for problem in draft.errors] == [4]


def test_of_one_kind_of_problem_only_the_first_are_told_and_the_rest_counted() -> None:
    draft = check("[Verse]\n" + "**la**\n" * 10 + "[End]")

    assert [problem.line for problem in draft.errors] == [2, 3, 4, 5]
    assert "6 more like it" in draft.errors[-1].message


def test_lyrics_beyond_all_limits_are_only_counted() -> None:
    draft = check("**la** {name}\n" * 80_000)

    assert [problem.code for problem in draft.problems] == ["over_limit"]
    assert draft.sections == ()
    assert any("too long to be read" in notice for notice in draft.notices)


PIECES = [
    *(
        "[Verse]",
        "[Chorus x2]",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "**",
        "*",
        "_",
        "__",
        "___",
        "#",
        "# ",
        " ",
        "'",
    ),
    *(
        "\\n",
        "\n",
        "\r\n",
        "\r",
        "Anna: ",
        "x2",
        "(x2)",
        "repeat",
        "chorus",
        "TODO",
        "la",
        "amor",
        "любовь",
        "사랑",
    ),
    *(
        "愛",
        "あ",
        "ร",
        "حب",
        "é",
        "e\u0301",
        "’",
        "I'm",
        "runnin'",
        "1",
        "½",
        "٣",
        "🎵",
        "\u202e",
        "\u200d",
        "\x00",
    ),
    *("\ud800", "<b>", "&amp;", "…", "...", "--", "---", "> ", "| a |", "Am G", "[Am]", "title:", "【サビ】"),
    *("ß", "ﬁ", "İ", "ı", "ǆ", "Σς"),
]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["aivideoapi", "aimusicapi", "sandbox"]))
def test_any_text_is_checked_without_raising(lyrics: str, title: str, style: str, provider: str) -> None:
    draft = check(lyrics, title, style, provider=provider)
    lines = lyrics.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1

    for problem in draft.problems:
        assert problem.line is None or 1 <= problem.line <= lines
        assert problem.message
        assert problem.fix
        assert "\n" not in problem.message
    for section in draft.sections:
        assert len(section.syllables_per_line) == section.lines
        assert 1 <= section.line <= lines
    assert [problem.severity for problem in draft.problems] == sorted(
        (problem.severity for problem in draft.problems), key=["error", "warning", "hint"].index
    )


HARD = [
    "[",
    "[a",
    "(a",
    "**a",
    "_",
    "{",
    "<a",
    "a",
    "A: b\n",
    "[x] a ",
    "repeat ",
    "chorus ",
    "~~a",
    "|a",
    "your ",
]


@pytest.mark.parametrize("piece", [*HARD, "a\u0301", "x2\n"])
def test_hard_texts_are_finished(piece: str) -> None:
    """With work growing as the square these would take minutes, or never end."""
    check(piece * (19_000 // len(piece)), piece * 5000, piece * (19_000 // len(piece)), provider="aimusicapi")
