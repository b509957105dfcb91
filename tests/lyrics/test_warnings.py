"""What looks like a flaw and is none, for the warnings that are easiest to get wrong."""

import pytest

from songwright.catalog import CATALOGS
from songwright.lyrics.check import check_draft


def warned(lyrics: str | None = None, style: str | None = None) -> list[str]:
    catalog = CATALOGS["aivideoapi"]
    draft = check_draft(lyrics=lyrics, title=None, style=style, catalog=catalog, model="suno-v5_5")
    return [problem.code for problem in draft.problems if problem.severity == "warning"]


@pytest.mark.parametrize(
    "style",
    [
        "indie folk, 96 BPM, wistful, acoustic guitar, female alto",
        "neo-soul, R&B, funk, jazz chords, 92 BPM",
        "no wave, angular guitars, 140 BPM",
        "80s synth pop, gated drums, 118 BPM",
        "12/8 blues, slow shuffle, baritone",
        "calm verse, aggressive chorus, post-rock, 90 BPM",
        "Motown style, tambourine, brass, warm tenor",
        "New Orleans style brass band, second line groove",
        "Celtic-style fiddle, folk, 110 BPM",
        "in the style of 90s grunge, raw guitars",
        "in the style of French chanson, accordion",
        "Laurel Canyon vibe, close harmonies, acoustic guitars",
        "A Cappella, warm choir, 80 BPM",
        "no-nonsense rock, no frills, 130 BPM",
        "昭和歌謡, 100 BPM, 女性ボーカル",
        "minor key, haunting, slow waltz, 3/4, cello",
    ],
)
def test_a_good_style_is_left_alone(style: str) -> None:
    assert warned(style=style) == []


@pytest.mark.parametrize(
    ("style", "code"),
    [
        ("pop in the style of Marlow Finch", "artist_name"),
        ("rock in the style of the Broken Kettles", "artist_name"),
        ("Marlow Finch style ballad, piano, warm", "artist_name"),
        ("soulful vocals like Dora, piano", "artist_name"),
        ("trap, Dora Quill type beat", "artist_name"),
        ("pop al estilo de Marlow Finch", "artist_name"),
        ("рок в стиле Марлоу Финча", "artist_name"),
        ("warm folk without drums", "style_negation"),
        ("pop, no autotune", "style_negation"),
        ("Schlager ohne Schlagzeug", "style_negation"),
        ("pop, 3:30", "style_duration"),
        ("pop, 2.5 minutes", "style_duration"),
        ("a cappella, electric guitar solo, warm", "style_contradiction"),
        ("slow, 170 BPM, folk", "style_contradiction"),
        ("warm, guitar, warm, folk", "stuffed_style"),
        ("I want a happy song about my dog", "style_instruction"),
        ("pop {warm}", "style_brackets"),
    ],
)
def test_a_style_that_would_be_misread_is_warned_of(style: str, code: str) -> None:
    assert warned(style=style) == [code]


@pytest.mark.parametrize(
    "words",
    [
        "Monday: rain upon the town\nTuesday: rain is coming down",
        "Rule One: never tell a lie\nRule Two: never say goodbye",
        "Remember: keep it slow\nQuestion: where did you go",
        "She said: stay the night\nI said: leave the light",
        "Hey!\nHey!\nHey!\nI never meant to let you go",
        "A\nB\nC\nEasy as can be",
        "Drop it on the floor\nBreak another door",
        "Bridge\nover the water and away",
        "On the bridge we stood\nChorus of the wood",
        "Keep on dancing (the band plays on)\nAll night long (all night long)",
        "Whisper (whisper) to me\nPause (pause) by the sea",
        "Te quiero, mi amor (oh yeah)\nVamos a bailar (come on)",
        "Love me (love me true)\nHold me (I'll hold you)\nKiss me (kiss me too)",
        "Am I dreaming\nAm I awake",
        "A Dm of hope",
        "- Who is there?\n- Only me",
        "Well, well: who'd have thought\nOh, oh: we were caught",
    ],
)
def test_words_that_resemble_marks_are_left_alone(words: str) -> None:
    assert warned(f"[Verse]\n{words}\n[End]") == []


@pytest.mark.parametrize(
    "tags",
    [
        "[Verse 1]\n[Whispered]\nla la\n[End]",
        "[Verse 1]\n[Soft Piano]\nla la\n[Fade Out]",
        "[Male Vocal]\nla la\n[Female Vocal]\nla la\n[Both]\nla la\n[End]",
        "[Short Instrumental Intro]\n[Verse]\nla la\n[Instrumental Break]\n[Verse]\nla la\n[Outro]",
        "[Final Chorus]\nla la\n[Big Finish]",
        "[Drop]\n[Build-Up]\n[Verse]\nla la\n[END]",
        "[Intro: guitar]\n[Verse]\nla la\n[Fade to End]",
        "[Instrumental Chorus]\n[Verse]\nla la\n[The End]",
    ],
)
def test_tags_in_use_are_left_alone(tags: str) -> None:
    assert warned(tags) == []
