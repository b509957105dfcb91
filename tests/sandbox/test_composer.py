from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.sandbox.composer import Arrangement, Brief, compose
from songwright.sandbox.lyricist import LONGEST_LYRICS, invent_brief
from songwright.sandbox.score import Part

LYRICS = """[Verse 1]
Coffee steam and rain on glass
Your old coat behind the door

[Chorus]
Come home when the river turns
(river turns)
Come home while the candle burns

[Verse 2]
Paper boats along the drain
Carry letters that I wrote

[Chorus]
Come home when the river turns
(river turns)
Come home while the candle burns

[Guitar Solo]

[End]"""
GENRES = [
    "pop", "rock", "metal", "hip-hop", "jazz", "folk", "house", "ambient", "classical", "reggae", "country",
    "soul",
    "latin", "blues", "cinematic", "waltz",
]  # fmt: skip


def song(style: str = "pop", take: int = 0, lyrics: str = LYRICS) -> Arrangement:
    return compose(Brief("Harbour", style, lyrics), 11, take)


def part(arrangement: Arrangement, instrument: str, role: str = "") -> Part:
    return next(p for p in arrangement.parts if p.instrument == instrument and role in p.role)


def notes_in(arrangement: Arrangement, name: str, index: int) -> list[tuple[float, int]]:
    """What the lead voice sings in a section: starts within it, rounded to sixteenths, and pitches."""
    passage = arrangement.passages[index]
    end = passage.start + passage.bars * arrangement.meter
    sung = [n for n in part(arrangement, name, "lead").notes if passage.start - 0.05 <= n.start < end - 0.05]
    return [(round((n.start - passage.start) * 4), n.pitch) for n in sung]


@pytest.mark.parametrize("bpm", ["72", "104", "92.5", "174"])
@pytest.mark.parametrize("take", [0, 1])
def test_a_stated_tempo_is_obeyed_exactly_by_every_take(bpm: str, take: int) -> None:
    assert song(f"slow folk, {bpm} BPM, warm", take).bpm == float(bpm)


def test_an_absurd_tempo_is_brought_into_the_playable_range() -> None:
    assert song("pop, 999 bpm").bpm == 300
    assert song("pop, 10 bpm").bpm == 30


def test_takes_without_a_stated_tempo_stay_within_three_percent_of_each_other() -> None:
    one, two = song("indie pop"), song("indie pop", 1)

    assert one.bpm != two.bpm
    assert abs(one.bpm / two.bpm - 1) <= 0.045


@pytest.mark.parametrize(
    ("words", "key"), [("D minor", "D minor"), ("F# major", "F# major"), ("A dorian", "A dorian")]
)
def test_a_stated_key_is_obeyed(words: str, key: str) -> None:
    assert song(f"rock in {words}").key == key


def test_mood_words_choose_the_mode() -> None:
    sad = [compose(Brief("x", "sad pop", ""), seed, 0).mode for seed in range(12)]
    happy = [compose(Brief("x", "happy pop", ""), seed, 0).mode for seed in range(12)]

    assert sad.count("minor") >= 9
    assert happy.count("major") == 12


@pytest.mark.parametrize("genre", GENRES)
def test_a_genre_is_recognised_by_its_name(genre: str) -> None:
    assert song(f"{genre}, warm").genre == genre


def test_genres_differ_in_groove_and_players() -> None:
    bands = {(song(genre).groove, song(genre).instruments) for genre in GENRES}

    assert len(bands) == len(GENRES)


def test_a_waltz_has_three_beats() -> None:
    assert song("slow waltz").meter == 3
    assert song("lullaby").meter == 3


def test_named_instruments_join_the_band() -> None:
    assert {"violin", "banjo"} <= set(song("pop with banjo and violin").instruments)


@pytest.mark.parametrize(("style", "player"), [("solo piano, sad", "grand piano"), ("solo cello", "cello")])
def test_a_solo_instrument_plays_alone(style: str, player: str) -> None:
    assert compose(Brief("x", style, "", instrumental=True), 3, 0).instruments == (player,)


def test_a_blues_verse_of_three_lines_has_twelve_bars() -> None:
    line = "My old dog is sleeping in the sun"
    blues = song(
        "blues, 104 bpm", lyrics=f"[Verse]\n{line}\n{line}\nHe don't bark at nothing, he don't bark at me"
    )
    roots = [chord.name for chord in blues.passages[1].chords]

    assert len(roots) == 12
    assert roots[0] == roots[6] != roots[4]


@pytest.mark.parametrize(
    ("negative", "gone"),
    [("drums", "drums"), ("guitars", "guitar"), ("bass", "bass"), ("piano", "piano"), ("vocals", "voice")],
)
@pytest.mark.parametrize("style", ["rock", "jazz piano", "folk with acoustic guitar", "synthwave"])
def test_negative_tags_silence_an_instrument(negative: str, gone: str, style: str) -> None:
    arrangement = compose(Brief("x", style, LYRICS, negative_tags=f"autotune, {negative}"), 3, 0)

    assert not [name for name in arrangement.instruments if gone in name]
    assert arrangement.parts or arrangement.hits


def test_an_instrumental_has_a_lead_instrument_and_no_voice() -> None:
    arrangement = compose(Brief("x", "jazz", "", instrumental=True), 3, 0)

    assert "voice" not in arrangement.instruments
    assert any(p.role == "lead" and len(p.notes) > 40 for p in arrangement.parts)
    assert 50 <= arrangement.duration <= 110


def test_sections_are_played_in_the_order_of_the_lyrics() -> None:
    kinds = [passage.kind for passage in song().passages]

    assert kinds == ["intro", "verse", "chorus", "verse", "chorus", "solo", "end"]


def test_every_syllable_is_sung_once() -> None:
    arrangement = song(lyrics="[Verse]\nbanana river\n[End]")

    assert [note.text for note in part(arrangement, "voice", "lead").notes] == ["ba", "na", "na", "ri", "ver"]


def test_a_longer_line_has_more_notes() -> None:
    short = song(lyrics="[Verse]\nI know\nYou go")
    long = song(lyrics="[Verse]\nI know what everybody told you\nYou go wherever people hold you")

    assert len(part(long, "voice").notes) > 2 * len(part(short, "voice").notes)


def test_the_chorus_comes_back_with_the_same_tune_and_the_verse_with_its_own() -> None:
    arrangement = song()

    assert notes_in(arrangement, "voice", 2) == notes_in(arrangement, "voice", 4)
    assert notes_in(arrangement, "voice", 1) != notes_in(arrangement, "voice", 2)


def test_a_bare_chorus_tag_repeats_the_words_of_the_chorus() -> None:
    again = song(lyrics="[Chorus]\nla la la la\n[Verse]\nla\n[Chorus]\n")

    assert notes_in(again, "voice", 1) == notes_in(again, "voice", 3)


def test_backing_lines_are_sung_by_the_second_voice() -> None:
    backing = [note.text for note in part(song(), "voice", "backing").notes]

    assert "turns" in backing


def test_the_chorus_is_the_loudest_section() -> None:
    energies = {passage.kind: passage.energy for passage in song().passages}

    assert max(energies, key=lambda kind: energies[kind]) == "chorus"


@pytest.mark.parametrize("lyrics", ["[Verse]\nla la\n[Fade Out]", "[Verse]\nla la\n[Outro]\n[Fade out]"])
def test_a_fade_out_tag_fades(lyrics: str) -> None:
    assert song(lyrics=lyrics).fade_seconds > 0


def test_an_end_tag_ends_on_the_tonic_without_fading() -> None:
    arrangement = song("pop in G major")

    assert arrangement.fade_seconds == 0
    assert arrangement.passages[-1].chords[-1].root == 7


def test_stanzas_without_tags_become_verses_and_a_repeated_one_the_chorus() -> None:
    kinds = [p.kind for p in song(lyrics="one two\n\nla la la\n\nthree four\n\nla la la").passages]

    assert kinds[1:5] == ["verse", "chorus", "verse", "chorus"]


def test_a_single_verse_makes_a_short_song_and_full_lyrics_a_long_one() -> None:
    verse = (
        "[Verse]\nCoffee steam and rain on glass\nYour old coat behind the door\nEvery train\nDoesn't stop\n"
    )

    assert 18 <= song("pop, 110 bpm", lyrics=verse).duration <= 45
    assert 110 <= song("pop, 110 bpm", lyrics=(verse + verse.replace("Verse", "Chorus")) * 4).duration <= 215


def test_the_song_stays_within_the_bound_and_fades_there() -> None:
    bounded = compose(Brief("x", "pop", LYRICS * 20), 1, 0, max_seconds=30)

    assert bounded.duration <= 34
    assert bounded.fade_seconds > 0


@pytest.mark.parametrize(("gender", "low", "high"), [("f", 56, 84), ("m", 44, 74)])
def test_the_vocal_gender_chooses_the_register(gender: str, low: int, high: int) -> None:
    arrangement = compose(Brief("x", "pop", LYRICS, vocal_gender=gender), 3, 0)
    pitches = [note.pitch for note in part(arrangement, "voice", "lead").notes]

    assert arrangement.voice == {"f": "female", "m": "male"}[gender]
    assert low <= min(pitches) <= max(pitches) <= high


def test_a_man_sings_lower_than_a_woman() -> None:
    man, woman = (compose(Brief("x", f"{who} vocals", LYRICS), 3, 0) for who in ("male", "female"))

    assert sum(n.pitch for n in part(man, "voice").notes) < sum(n.pitch for n in part(woman, "voice").notes)


def test_takes_have_other_chords_tunes_and_players() -> None:
    one, two = song("pop, 100 bpm"), song("pop, 100 bpm", 1)

    assert one.key != two.key
    assert one.instruments != two.instruments
    assert notes_in(one, "voice", 1) != notes_in(two, "voice", 1)


def test_another_seed_is_another_song() -> None:
    brief = Brief("x", "pop", LYRICS)

    assert compose(brief, 1, 0) != compose(brief, 2, 0)


def test_the_same_request_is_the_same_arrangement() -> None:
    assert song() == song()


@pytest.mark.parametrize(
    "lyrics", ["[Verse]\nこんにちは、さようなら", "[Куплет]\nЯ помню чудное", "【后】\n你好世界", "שלום עולם"]
)
def test_any_script_is_sung(lyrics: str) -> None:
    assert len(part(song(lyrics=lyrics), "voice").notes) >= 4


def test_the_description_shows_key_tempo_form_chords_and_instruments() -> None:
    shown = song("folk in D major, 96 BPM").describe()

    assert all(words in shown for words in ("96 BPM", "D major", "Guitar Solo", "bars", "acoustic guitar"))


PROPER = st.sampled_from([0.0, 0.2, 0.9, 1.0, None])
BRIEFS = st.builds(
    Brief, st.text(max_size=20), st.text(max_size=60), st.text(max_size=400), st.booleans(),
    st.text(max_size=20),
    st.sampled_from(["", "m", "f", "x"]), PROPER, PROPER,
)  # fmt: skip


@given(BRIEFS, st.integers(0, 9), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_any_brief_becomes_a_song_in_bounds(brief: Brief, seed: int, take: int) -> None:
    arrangement = compose(brief, seed, take, max_seconds=60)

    assert 1 < arrangement.duration <= 70
    assert all(0 <= note.start <= arrangement.beats + 1 for p in arrangement.parts for note in p.notes)
    assert all(
        20 <= note.pitch <= 110 and 0 < note.velocity <= 1.3 for p in arrangement.parts for note in p.notes
    )
    assert replace(brief) == brief


@given(
    st.sampled_from(
        ["bpm" * 50, "9" * 300 + " bpm", "[" * 200, "]\n[" * 99, "a" * 3000, "あ" * 3000, "(\n" * 900]
    )
)
@settings(max_examples=7, deadline=None)
def test_hostile_texts_become_songs(text: str) -> None:
    assert compose(Brief(text, text, text), 0, 0).duration < 250


@given(st.text(max_size=500))
@settings(deadline=None)
def test_any_description_becomes_a_brief_within_the_limits(prompt: str) -> None:
    brief = invent_brief(prompt, False, 1)

    assert len(brief.lyrics) <= LONGEST_LYRICS
    assert 0 < len(brief.title) <= 80
    assert 0 < len(brief.style) <= 200


def test_invented_lyrics_speak_of_the_description_in_tagged_sections() -> None:
    brief = invent_brief("a happy folk song about my grandmother's kitchen in Naples", False, 4)

    assert "grandmother's kitchen" in brief.lyrics
    assert "[Chorus]" in brief.lyrics
    assert "folk" in brief.style


def test_an_invented_instrumental_has_no_words() -> None:
    assert invent_brief("rain", True, 4).lyrics == ""
