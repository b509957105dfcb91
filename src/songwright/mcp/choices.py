"""The words that a person can choose from: genres, moods, languages, voices."""

from typing import Final


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", " ").split(",") if part.strip())


GENRES: Final = _listed("""
pop, indie pop, synth-pop, dream pop, singer-songwriter, folk, indie folk, folk rock, country,
bluegrass, Americana, rock, classic rock, alternative rock, garage rock, post-rock, punk, pop punk,
grunge, metal, power metal, hard rock, blues, soul, Motown soul, funk, disco, R&B, neo-soul, gospel,
hip-hop, boom bap, trap, lo-fi hip-hop, jazz, swing, big band, bossa nova, cool jazz, electronic, house,
deep house, techno, trance, drum and bass, dubstep, ambient, downtempo, synthwave, EDM, reggae, ska,
dub, dancehall, Afrobeats, salsa, cumbia, reggaeton, tango, flamenco, samba, mariachi, Latin pop, K-pop,
J-pop, city pop, chanson, schlager, Celtic folk, sea shanty, klezmer, polka, Balkan brass, Bollywood,
cinematic, orchestral, classical, baroque, piano ballad, power ballad, musical theatre, a cappella,
barbershop, choral, waltz, march, lullaby, children's song, Christmas song, birthday song, worship,
video game music, chiptune
""")

MOODS: Final = _listed("""
hopeful, joyful, tender, warm, nostalgic, bittersweet, melancholy, heartbroken, longing, lonely,
peaceful, dreamy, calm, intimate, romantic, playful, funny, cheeky, carefree, sunny, uplifting,
triumphant, proud, defiant, angry, restless, driving, energetic, wild, euphoric, festive, epic, solemn,
reverent, grateful, comforting, mysterious, dark, tense, eerie, haunting, brooding, gritty, cool,
sensual, confident, determined, wistful, whimsical, celebratory
""")

VOICES: Final = _listed("""
warm female alto, bright female soprano, smoky female alto, clear female mezzo, breathy female voice,
powerful female belter, husky male tenor, warm male baritone, deep male bass, gravelly male baritone,
clear male tenor, soft male falsetto, young female voice, young male voice, older male voice, older
female voice, calm male rap, fast male rap, sharp female rap, spoken word, soft whispered voice, duet of
a female alto and a male baritone, duet of two female voices, duet of two male voices, call and response
with a crowd, gospel choir, children's choir, mixed choir, male choir, close vocal harmonies, operatic
soprano, operatic tenor, country twang, raw shouted vocals, screamed vocals
""")

LANGUAGES: Final = {
    "English": "",
    "Spanish": "español",
    "French": "français",
    "German": "Deutsch",
    "Italian": "italiano",
    "Portuguese": "português",
    "Brazilian Portuguese": "português brasileiro",
    "Dutch": "Nederlands",
    "Swedish": "svenska",
    "Norwegian": "norsk",
    "Danish": "dansk",
    "Finnish": "suomi",
    "Icelandic": "íslenska",
    "Irish": "Gaeilge",
    "Welsh": "Cymraeg",
    "Catalan": "català",
    "Basque": "euskara",
    "Latin": "",
    "Polish": "polski",
    "Czech": "čeština",
    "Slovak": "slovenčina",
    "Slovene": "slovenščina",
    "Croatian": "hrvatski",
    "Serbian": "српски",
    "Bulgarian": "български",
    "Russian": "русский",
    "Ukrainian": "українська",
    "Romanian": "română",
    "Hungarian": "magyar",
    "Greek": "ελληνικά",
    "Turkish": "Türkçe",
    "Arabic": "العربية",
    "Hebrew": "עברית",
    "Persian": "فارسی",
    "Hindi": "हिन्दी",
    "Bengali": "বাংলা",
    "Punjabi": "ਪੰਜਾਬੀ",
    "Tamil": "தமிழ்",
    "Telugu": "తెలుగు",
    "Urdu": "اردو",
    "Japanese": "日本語",
    "Korean": "한국어",
    "Mandarin Chinese": "中文",
    "Cantonese": "粵語",
    "Vietnamese": "Tiếng Việt",
    "Thai": "ไทย",
    "Indonesian": "Bahasa Indonesia",
    "Filipino": "Tagalog",
    "Swahili": "Kiswahili",
    "Yoruba": "Yorùbá",
    "Zulu": "isiZulu",
    "Afrikaans": "",
    "Hawaiian": "ʻŌlelo Hawaiʻi",
}
"""Each by its English name, with its own name."""
