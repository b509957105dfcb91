"""What an order is refused with must be certain: most of these tests are of what must pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.lyrics.check import refusals

INNOCENT = [
    "My TODO list is long\nTODO\nTODO",
    "TODO EL MUNDO\nTODO: LA VIDA Y EL AMOR",
    "LO QUIERO TODO\nTODO\nNADA",
    "[Chorus]\nla\n[Chorus x2]\nla",
    "[Verse 1]\nla\n[Repeat Chorus]\nla la",
    "[Chorus - same energy]\nla",
    "[Guitar Solo x2]\n[Interlude - again]",
    "[Solo 8 bars]",
    "[Anna]\nhello\n[Ben]\nhi\n[Bride]\nyes\n[Groom]\nyes\n[City choir]\nhey",
    "[Your turn - crowd]\nhey\n[Enter drums]\n[add harmony]\nla\n[put your hands up]\nla",
    "[The Name Game]\nla",
    "Say my name (say my name)\nWhat's your name?",
    "f**k you and s**t and f**k again",
    "#1 in my heart\n#hashtag",
    "I <3 you, 2 < 3 and 3 > 2",
    "* one star\nand no more",
    "la~~ la~~ 라~~라~~",
    "- Hello, who is there?\n- It's me, it's me",
    "Same as before\nSame as it ever was\nThe same, the same",
    "As above\nSo below",
    "Wash, rinse, repeat\nrepeat (repeat)\nOn repeat",
    "Repeat after me\nRepeat it again\nRepeat the question",
    "The bridge again\nThe hook repeats\nThe chorus of the birds\nVerse by verse we go",
    "The verse\nThe chorus\nThe end",
    "Here's a song for you\nHere are my lyrics and my heart",
    "Sure, I love the song, but not the singer",
    "Let me know if you want me\nLet me know",
    "Title fight\nTitle of the book",
    "Key to my heart\nLanguage of love\nStyle and grace\nTempo, tempo",
    "Dear John: I'm leaving\nNote to self: be brave",
    "Double you, double you\n2x4 on a porch\nfour by four (4x4)",
    "Brought to you by X2\nMalcolm X",
    "Twice (twice) as nice",
    'He said "..." and then\n...\nnothing',
    "C:\\new\\songs",
    "snake_case __dunder and a_b_c",
    "You & me, R&B, rock & roll",
    "A | B, this | that",
    "[Verse]\nLorem is a name",
    "(TODO mi corazón)\n[Todo el coro]\nlo quiero todo (todo)",
    "My name is {",
    "今日は\n【サビ】\n愛してる",
]


@pytest.mark.parametrize("lyrics", INNOCENT)
def test_a_legitimate_song_is_not_refused(lyrics: str) -> None:
    assert refusals(lyrics, "Somewhere", "indie folk, 96 BPM") == ()


@pytest.mark.parametrize(
    ("lyrics", "code"),
    [
        ("# Song\n[Verse]\nla", "markdown"),
        ("**Verse 1**\nla", "markdown"),
        ("__Verse 1__\nla", "markdown"),
        ("*Chorus*\nla", "markdown"),
        ("> la la\n[Verse]", "markdown"),
        ("* one\n* two", "markdown"),
        ("| la | la |", "markdown"),
        ("[here](https://x.example)", "markdown"),
        ("la\n***\nla", "markdown"),
        ("```\nla\n```", "markdown"),
        ("la<br/>", "html"),
        ("you &amp; me", "html"),
        ("[Verse]\nla\\nLa\\nLa", "escaped_line_breaks"),
        ("Dear [NAME]", "open_placeholder"),
        ("Dear [your name here]", "open_placeholder"),
        ("Dear [wife's name]", "open_placeholder"),
        ("Dear {{ name }}", "open_placeholder"),
        ("Dear ${name}", "open_placeholder"),
        ("Querida [Nombre]", "open_placeholder"),
        ("Liebe [Vorname]", "open_placeholder"),
        ("親愛的[名字]", "open_placeholder"),
        ("we met in [city], you and I", "open_placeholder"),
        ("[insert second verse]", "open_placeholder"),
        ("[Verse 2]\n[lyrics go here]", "open_placeholder"),
        ("[Verse 2]\n...\n[End]", "open_placeholder"),
        ("[TODO: bridge]", "open_placeholder"),
        ("TODO write the bridge", "open_placeholder"),
        ("TODO: something about the sea", "open_placeholder"),
        ("la (TODO: fix) la", "open_placeholder"),
        ("[Verse 2]\n(TODO)\n[End]", "open_placeholder"),
        ("Lorem ipsum dolor sit amet", "open_placeholder"),
        ("(chorus)x2\nRepeat chorus twice", "repeat_shorthand"),
        ("[Repeat chorus]", "repeat_shorthand"),
        ("[Chorus] (x2)\nla", "repeat_shorthand"),
        ("[Chorus]\n(repeat)", "repeat_shorthand"),
        ("Repeat pre-chorus and chorus", "repeat_shorthand"),
        ("Chorus (x3)", "repeat_shorthand"),
        ("Same as verse 1", "repeat_shorthand"),
        ("(same as before)", "repeat_shorthand"),
        ("la la la [2x]", "repeat_shorthand"),
        ("Refrain wiederholen", "repeat_shorthand"),
        ("Припев повторяется", "repeat_shorthand"),
        ("サビ繰り返し", "repeat_shorthand"),
        ("Song title: Somewhere\nla", "title_line"),
        ("Somewhere\n\n[Verse]\nla", "title_line"),
        ('"SOMEWHERE!"\n[Verse]\nla', "title_line"),
        ("Lyrics:\n[Verse]\nla", "heading_line"),
        ("Style: folk\n[Verse]\nla", "heading_line"),
        ("Here's the revised version:\n[Verse]\nla", "chat_line"),
        ("Certainly! Here are your lyrics:\n\n[Verse]\nla", "chat_line"),
        ("[Verse]\nla\n\nWould you like me to change the tone?", "chat_line"),
    ],
)
def test_what_nobody_wants_sung_is_refused(lyrics: str, code: str) -> None:
    assert code in {finding.code for finding in refusals(lyrics, "Somewhere", None)}


def test_a_refusal_names_the_line_and_the_way_out() -> None:
    (finding,) = refusals("[Verse]\nla\n\n(repeat chorus)\n[End]", None, None)

    assert (finding.severity, finding.field, finding.line) == ("error", "lyrics", 4)
    assert (
        finding.message == '"(repeat chorus)" is a note to repeat something, and would be sung as it stands.'
    )
    assert finding.fix == "Write the words out again where they are sung."


def test_without_lyrics_only_title_and_style_are_looked_at() -> None:
    assert refusals(None, None, None) == ()
    assert [finding.field for finding in refusals(None, "Song for {name}", None)] == ["title"]


@given(st.text(), st.text(), st.text())
def test_only_errors_are_told_and_nothing_raises(lyrics: str, title: str, style: str) -> None:
    assert all(finding.severity == "error" for finding in refusals(lyrics, title, style))


@given(
    st.lists(
        st.sampled_from(["love", "rain", "you", "the", "road", "and", "home", "never", "again"]), min_size=1
    )
)
def test_plain_words_in_any_order_are_never_refused(words: list[str]) -> None:
    assert refusals(" ".join(words), None, None) == ()
