"""Which language a text is in: by its script, and within the Latin script by its commonest small words."""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+")

# First code point of a block, and the script of its letters.
_BLOCKS: Final = (
    (0x0000, "latin"), (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "armenian"), (0x0590, "hebrew"),
    (0x0600, "arabic"), (0x0780, "other"), (0x0900, "devanagari"), (0x0980, "bengali"), (0x0A00, "gurmukhi"),
    (0x0A80, "other"), (0x0B80, "tamil"), (0x0C00, "telugu"), (0x0C80, "other"), (0x0E00, "thai"),
    (0x0E80, "other"), (0x10A0, "georgian"), (0x1100, "hangul"), (0x1200, "amharic"), (0x13A0, "other"),
    (0x1E00, "latin"), (0x1F00, "greek"), (0x2000, "other"), (0x3040, "kana"), (0x3100, "han"),
    (0x3130, "hangul"),
    (0x31A0, "other"), (0x31F0, "kana"), (0x3200, "other"), (0x3400, "han"), (0xA000, "other"),
    (0xAC00, "hangul"), (0xD7B0, "other"), (0xF900, "han"), (0xFB00, "latin"), (0xFB1D, "hebrew"),
    (0xFB50, "arabic"), (0xFE70, "arabic"), (0xFF00, "latin"), (0xFF66, "kana"), (0xFFA0, "other"),
    (0x20000, "han"), (0x32000, "other"),
)  # fmt: skip
_STARTS: Final = [start for start, _ in _BLOCKS]

_SMALL_WORDS: Final[dict[str, str]] = {
    "en": "the and you i to my me of is it in that we with for your was this but be on are when so what"
    " all not"
    " now just can i'm don't from they have she he will out up at if there where how know like never been by",
    "es": "que de la el y en no los las me mi tu te se un una por con como yo lo es si pero más para su al"
    " del"
    " cuando ya está ser soy todo sin hay nos sé muy este esta",
    "fr": "de la le les et je tu il elle que qui dans un une des du en est pas ne mon ma mes ton ta sur"
    " pour avec"
    " nous vous on moi toi se ce au aux où plus comme sans son sa pourquoi quand tout cette",
    "de": "der die das und ich du nicht ein eine ist in mir mich dir dich wir es zu den dem mit auf so was"
    " wie nur"
    " noch auch für wenn von sie er an bin bist mein dein hat sind im am vom doch kein",
    "it": "che di la il e non un una mi ti si per con come sono sei io tu lo le gli del della nel più ma"
    " ho hai"
    " anche questo quando è ci dove mio tuo noi alla tutto senza se al",
    "pt": "que de o a e não um uma eu você me te se em no na do da os as por com como meu minha seu sua"
    " mais para"
    " mas quando está é tudo sem só nos foi já ser ao pra",
    "nl": "de het een en ik je jij niet van in is dat die op met voor maar wat mijn jouw we wij er zo als"
    " nog naar"
    " bij aan om mij hij zij haar ben bent geen te dan ook uit",
    "pl": "i w nie na się to że z do jak ja ty mnie mi co jest po tak ale gdy gdzie już tylko jestem dla"
    " być ze za"
    " moje mój twoje od czy przez o a jeszcze",
    "tr": "bir ve bu ben sen da de ne için gibi çok beni seni bana sana her var yok mi mı ama kadar daha o"
    " benim"
    " senin şimdi değil sonra ile olsun biz",
    "sv": "och jag du är det en att i som på inte med för min mig dig vi den har till av om när så ett din"
    " kan vill"
    " men här nu alla från var över under dag",
    "no": "og jeg du er det en å i som på ikke med for min meg deg vi den har til av om når så et din kan"
    " vil men"
    " her nå fra hvor hver",
    "da": "og jeg du er det en at i som på ikke med for min mig dig vi den har til af om når så et din kan"
    " vil men"
    " her nu fra hvor hver",
    "fi": "ja on ei se että minä sinä mun sun mä sä niin kun kuin en olen oli vain minun sinun me te he"
    " joka kaikki"
    " nyt vielä tää ovat",
    "cs": "a se na to je že v já ty jsem jsi ne co jak když tak pro mi mě tě si s z už jen kde ale být"
    " moje do po od"
    " jako svět",
    "ro": "și în nu de la că e mă te o un pe cu mai ce eu tu sunt din dar când îmi îți se ai am să ca doar",
    "hu": "a az és nem hogy én te egy van mint de ha csak már még meg is ez el mert vagy nekem minden ki"
    " úgy volt",
    "id": "yang dan di aku kau kamu ku mu ini itu tak tidak dengan untuk dari ke saat hati cinta akan ada"
    " bila kita"
    " semua jangan telah",
    "vi": "và em anh không là của một trong những người cho tình yêu có này khi đã nhớ còn mình với về ta",
}  # fmt: skip


def _languages_of_words() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, words in _SMALL_WORDS.items():
        for word in words.split():
            found[word] = (*found.get(word, ()), code)
    return found


_LANGUAGES_OF: Final = _languages_of_words()
_LETTERS: Final[dict[str, str]] = {
    "ñ": "es", "¿": "es", "¡": "es", "œ": "fr", "ß": "de", "ã": "pt", "õ": "pt", "ł": "pl", "ż": "pl",
    "ś": "pl",
    "ę": "pl", "ğ": "tr", "ı": "tr", "ş": "tr", "ř": "cs", "ě": "cs", "ů": "cs", "ț": "ro", "ș": "ro",
    "ă": "ro",
    "ő": "hu", "ű": "hu", "ơ": "vi", "ư": "vi", "ạ": "vi", "ế": "vi", "ộ": "vi", "ờ": "vi",
}  # fmt: skip

_ENOUGH: Final = 9
"""One and a half words that no other language of these has, or more that are shared."""

NAMES: Final[dict[str, str]] = {
    "en": "English", "es": "Spanish", "fr": "French", "de": "German", "it": "Italian", "pt": "Portuguese",
    "nl": "Dutch", "pl": "Polish", "tr": "Turkish", "sv": "Swedish", "no": "Norwegian", "da": "Danish",
    "fi": "Finnish", "cs": "Czech", "ro": "Romanian", "hu": "Hungarian", "id": "Indonesian",
    "vi": "Vietnamese",
    "ru": "Russian", "uk": "Ukrainian", "bg": "Bulgarian", "el": "Greek", "ko": "Korean", "ja": "Japanese",
    "zh": "Chinese", "th": "Thai", "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "und": "this language",
}  # fmt: skip
_OF_SCRIPT: Final[dict[str, str]] = {
    "greek": "el", "hangul": "ko", "kana": "ja", "han": "zh", "thai": "th", "arabic": "ar", "hebrew": "he",
    "devanagari": "hi",
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """`code` is ISO 639-1, or "und" where only the script is known. `sure` is false for a mere default."""

    code: str
    script: str
    sure: bool = True

    @property
    def name(self) -> str:
        """The language's name in English, or the script's."""
        return f"the {self.script} script" if self.code == "und" else NAMES[self.code]


def script_of(char: str) -> str:
    """The script of a letter; "other" for the rarer ones."""
    return _BLOCKS[bisect_right(_STARTS, ord(char)) - 1][1]


def scripts(text: str) -> Counter[str]:
    """How many letters of each script a text has."""
    if text.isascii():
        return Counter({"latin": sum(map(str.isalpha, text))})
    found: Counter[str] = Counter()
    for char, times in Counter(text).items():
        if char.isalpha():
            found[script_of(char)] += times
    return found


def guess(text: str) -> Language:
    """The language of most of a text. Linear in its length; never raises."""
    found = scripts(text)
    if not found.total():
        return Language("en", "latin", sure=False)
    script = found.most_common(1)[0][0]
    if script in {"han", "kana"}:
        japanese = found["kana"] * 12 > found["han"]
        return Language("ja", "kana") if japanese else Language("zh", "han")
    if script == "cyrillic":
        return Language(_cyrillic(text.casefold()), script)
    if script == "latin":
        return _latin(text.casefold())
    return Language(_OF_SCRIPT.get(script, "und"), script)


def _cyrillic(text: str) -> str:
    if any(letter in text for letter in "іїєґ"):
        return "uk"
    return "ru" if any(letter in text for letter in "ыэё") or "ъ" not in text else "bg"


def _latin(text: str) -> Language:
    scores: Counter[str] = Counter()
    for word, times in Counter(_WORD.findall(text)).items():
        codes = _LANGUAGES_OF.get(word, ())
        for code in codes:
            scores[code] += 6 * times // len(codes)
    for letter in () if text.isascii() else _LETTERS.keys() & set(text):
        scores[_LETTERS[letter]] += 9 * min(text.count(letter), 4)
    best = max(scores, key=lambda code: scores[code], default="en")
    if scores[best] < _ENOUGH:
        return Language("en" if text.isascii() else "und", "latin", sure=False)
    return Language(best, "latin")
