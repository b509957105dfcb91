import pytest
from hypothesis import given
from hypothesis import strategies as st

from songwright.lyrics.languages import Language, guess
from songwright.lyrics.rhymes import scheme
from songwright.lyrics.syllables import Syllables


def rhymes(text: str, code: str, script: str = "latin") -> str | None:
    return scheme(text.split("|"), Language(code, script), Syllables())


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("en", "by the door|in the rain|on the floor|once again", "ABAB"),
        ("en", "through the night|in the dark|out of sight|in the park", "ABAB"),
        ("en", "I had time|it was mine|on the road|going home", "AABC"),
        ("en", "a slow melody|you and me", "AA"),
        ("en", "it was love|on the move|all enough|far above", "ABCA"),
        ("en", "I was runnin'|she was cunning", "AA"),
        ("en", "stay with me (ooh)|by the sea (yeah yeah)", "AA"),
        ("en", "say it|1999", "A-"),
        ("es", "mi corazón|la noche|una canción|el coche", "ABAB"),
        ("fr", "la nuit est belle|mon amour toujours|une hirondelle|chaque jour", "ABAB"),
        ("de", "die Nacht|das Haus|der Tag erwacht|wir gehen raus", "ABAB"),
        ("it", "nel cuore|per la via|dell'amore|la mia", "ABAB"),
        ("pt", "sob a lua|o meu amor|na tua rua|uma flor", "ABAB"),
        ("nl", "de thee is koud|wie van me houdt", "AA"),
        ("pl", "w dali|jesteś ty|szukali|moje sny", "ABAB"),
        ("tr", "gecelerde|yalnızım|nerede|kızım", "ABAB"),
        ("sv", "natten|staden|hatten|raden", "ABAB"),
    ],
)
def test_a_scheme_is_told_by_sound(code: str, text: str, expected: str) -> None:
    assert rhymes(text, code) == expected


def test_russian_and_greek_rhyme_too() -> None:
    assert rhymes("летит зима|моя любовь|сойти с ума|и снова кровь", "ru", "cyrillic") == "ABAB"
    assert rhymes("στο φως|η καρδιά|ο θεός|μια φορά", "el", "greek") == "ABAB"


@pytest.mark.parametrize(
    ("code", "script"), [("ko", "hangul"), ("ja", "kana"), ("zh", "han"), ("th", "thai")]
)
def test_where_the_spelling_does_not_tell_nothing_is_said(code: str, script: str) -> None:
    assert rhymes("아|바", code, script) is None


def test_a_single_line_has_no_scheme() -> None:
    assert rhymes("alone", "en") is None


def test_lines_past_the_alphabet_are_not_told() -> None:
    assert rhymes("|".join(["la"] * 40), "en") == "A" * 26


@given(st.lists(st.text(), max_size=40), st.text(max_size=20))
def test_any_lines_are_compared_without_raising(lines: list[str], sample: str) -> None:
    found = scheme(lines, guess(sample), Syllables())

    assert found is None or 1 < len(found) <= 26
