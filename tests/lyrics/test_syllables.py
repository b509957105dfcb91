import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.lyrics.languages import Language, guess
from songwright.lyrics.pronunciations import Pronunciations, pronunciations
from songwright.lyrics.pronunciations.build import table
from songwright.lyrics.syllables import Syllables

SCRIPTS = {
    "ru": "cyrillic",
    "uk": "cyrillic",
    "bg": "cyrillic",
    "el": "greek",
    "ko": "hangul",
    "ja": "kana",
    "zh": "han",
}


def count(text: str, code: str) -> int | None:
    return Syllables().line(text, Language(code, SCRIPTS.get(code, "latin")))


@pytest.mark.parametrize(
    ("code", "text", "syllables"),
    [
        ("en", "the bakery opens at half past four", 10),
        ("en", "hallelujah", 4),
        ("en", "loved", 1),
        ("en", "I'm runnin' through the colours", 7),
        ("en", "looooove", 1),
        ("en", "", 0),
        ("es", "corazón", 3),
        ("es", "guitarra", 3),
        ("es", "maíz", 2),
        ("es", "ciudad", 2),
        ("es", "ahora", 3),
        ("es", "la otra alma", 3),
        ("fr", "aujourd'hui", 3),
        ("fr", "océan", 3),
        ("fr", "une belle histoire", 4),
        ("de", "schauen", 2),
        ("de", "Träume", 2),
        ("de", "Theater", 3),
        ("it", "mio", 2),
        ("it", "più", 1),
        ("it", "cuore", 2),
        ("pt", "coração", 3),
        ("pt", "alegria", 4),
        ("pt", "água", 2),
        ("nl", "geeuw", 1),
        ("nl", "vrijheid", 2),
        ("pl", "nie w niebo", 3),
        ("tr", "seviyorum", 4),
        ("sv", "gatan", 2),
        ("fi", "yötaivas", 3),
        ("cs", "prst modrý", 3),
        ("hu", "szerelem", 3),
        ("ru", "моя любовь в огне", 6),
        ("uk", "її очі", 4),
        ("bg", "път", 1),
        ("el", "ουρανός", 3),
        ("el", "άιντε", 3),
        ("ko", "사랑해 baby", 5),
        ("ja", "きょうは がっこう", 7),
        ("zh", "清晨四点", 4),
        ("vi", "em yêu anh", 3),
    ],
)
def test_syllables_are_counted_as_they_are_sung(code: str, text: str, syllables: int) -> None:
    assert count(text, code) == syllables


@pytest.mark.parametrize("text", ["夜の空", "ร้าน", "شارع", "רחוב", "बारिश"])
def test_a_script_that_hides_its_vowels_is_not_counted(text: str) -> None:
    assert Syllables().line(text, guess(text if text != "夜の空" else "夜の空を")) is None


@given(st.text(), st.sampled_from(["en", "es", "fr", "it", "pt", "ru", "und", "ro", "zh", "ja"]))
def test_any_line_is_counted_or_declined(text: str, code: str) -> None:
    found = count(text, code)

    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I walk the line and you know the rest", "en"),
        ("no sé qué hacer con mi corazón", "es"),
        ("je ne sais pas pourquoi tu pars", "fr"),
        ("ich weiß nicht was ich dir sagen soll", "de"),
        ("non so più cosa fare di me", "it"),
        ("eu não sei o que você quer", "pt"),
        ("ik weet niet wat je van me wil", "nl"),
        ("nie wiem co to jest i jak", "pl"),
        ("bu gece ben seni bekledim", "tr"),
        ("jag vet inte vad du vill", "sv"),
        ("minä en tiedä mitä sinä olet", "fi"),
        ("я не знаю что сказать тебе", "ru"),
        ("я не знаю що тобі сказати її", "uk"),
        ("δεν ξέρω τι να πω", "el"),
        ("나는 너를 몰라", "ko"),
        ("君の名は", "ja"),
        ("我不知道", "zh"),
        ("anh không biết em là ai", "vi"),
        ("la la la", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_script_and_small_words(text: str, code: str) -> None:
    assert guess(text).code == code


def test_the_dictionary_knows_a_word_in_all_its_pronunciations() -> None:
    assert {spoken.syllables for spoken in pronunciations().of("fire")} == {1, 2}
    assert pronunciations().of("zzgrblat") == ()
    assert pronunciations().of("") == ()
    assert pronunciations().of("zzzz") == ()


def test_the_table_is_made_from_the_dictionary_text() -> None:
    made = Pronunciations(
        table(
            [
                "lyric L IH1 R IH0 K",
                "a AH0",
                "a(2) EY1 # comment",
                "a.m. EY2 EH1 M",
                "",
                "lyric(2) L IH1 R IH0 K",
            ]
        )
    )

    assert [spoken.syllables for spoken in made.of("lyric")] == [2]
    assert [spoken.ending for spoken in made.of("a")] == ["C", "I"]
    assert made.of("a.m.") == ()
