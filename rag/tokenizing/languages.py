"""Word forms of languages in Latin letters other than English.

A text that shows by its small words which language it is in has, beside its tokens, the stem of
each word in that language, under the language's name: "Häuser" gives `german~haus`. A question
looks for the stems of the languages that it may be in. What a dataset does not hold costs nothing.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import Stemmer

MARK = "~"
"""Stands between the name of a language and a stem; no other token holds it."""

ENGLISH = "english"
_CACHED = 1 << 16
_SEEN_WORDS = 80
_LEAST_HITS = 3
_LONGEST = 64
_WORD = re.compile(r"[^\W\d_]+")
_LATIN_END = "\u024f"

_SMALL_WORDS = {
    ENGLISH: "the of and to in is a for on with that by this are was from at which be or an it as",
    "german": "der die das und den von zu mit ist ein eine nicht auf für im dem des wird auch sich",
    "dutch": "de het een van en in is dat op te niet met zijn voor aan er die worden wordt ook",
    "french": "le la de et les des en un une du est que pour dans par sur au aux qui ne pas sont",
    "spanish": "el la de que en y los se del las por un con una para es al lo como su está son",
    "portuguese": "o a de que e do da em um para com não uma os no na por mais as dos ao são foi",
    "italian": "di e il la che in un per del non una sono è della con da i le si dei nel alla gli",
    "catalan": "de la que i el en les per un amb del no una els es al dels són pel aquest com",
    "romanian": "de la în și cu un o pe din ca este care nu mai să se prin pentru ai ale sunt",
    "danish": "og i det er en at til af den for på som de med ikke der har et ved kan blev fra",
    "norwegian": "og i det er en at til av den for på som de med ikke har et ved kan ble fra seg",
    "swedish": "och att det i en som är av för den med till på inte ett har om de var kan sig ska",
    "finnish": "ja on ei se että oli hän ovat kun mutta myös joka sekä tai voi olla jos niin kuin",
    "hungarian": "a az és hogy nem egy van meg is de ha csak kell vagy mint volt ez el még már",
    "turkish": "bir ve bu da de ile için olan ne çok gibi daha olarak en kadar sonra var mi ise",
    "polish": "w i z na nie do to jest się że od po dla jak o co oraz przez ma są ten być",
    "czech": "a v na je to se do že od ve za po s z i o ale jako jsou pro by které při jeho",
    "estonian": "ja on ei et see ka kui oma mis ning või aga ta oli kes siis nii selle peab",
    "lithuanian": "ir kad yra su iš tai ne į bet kaip į per apie nuo ar jo buvo dėl po",
    "indonesian": "yang dan di dengan untuk ini itu dari tidak dalam pada adalah akan ke oleh atau",
    "basque": "eta da ez du bat izan ere zen dute egin baina hau beste den dira",
    "irish": "an na agus is ar le go i do a bhí sé ag tá ní ach mar seo leis",
}
LANGUAGES = tuple(_SMALL_WORDS)
"""The languages that a text may be said to be in."""

_OTHERS = tuple(language for language in _SMALL_WORDS if language != ENGLISH)


def _speakers() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in _SMALL_WORDS.items():
        for word in dict.fromkeys(words.split()):
            found[word] = (*found.get(word, ()), language)
    return found


_SPEAKERS = _speakers()
_STEMMERS = {language: Stemmer.Stemmer(language, 0) for language in _OTHERS}


@lru_cache(_CACHED)
def stem_in(language: str, word: str) -> str:
    """Return the token of a normalised word's stem in a language; empty for other scripts."""
    if not word.isalpha() or word[0] > _LATIN_END:
        return ""
    return f"{language}{MARK}{_STEMMERS[language].stemWord(word)[:_LONGEST]}"


def _hits(words: Iterable[str]) -> Counter[str]:
    return Counter(language for word in words for language in _SPEAKERS.get(word, ()))


def _first_words(normal: str) -> list[str]:
    return _WORD.findall(normal[: _SEEN_WORDS * 8])[:_SEEN_WORDS]


def language_of(normal: str) -> str:
    """Return the language of a normalised text, if it is one of these and no English."""
    ranked = _hits(_first_words(normal)).most_common(2)
    if not ranked or ranked[0][1] < _LEAST_HITS or ranked[0][0] == ENGLISH:
        return ""
    is_clear = len(ranked) == 1 or ranked[1][1] < ranked[0][1]
    # Where two are alike, as Danish and Norwegian, either stems alike.
    return ranked[0][0] if is_clear or ranked[1][0] != ENGLISH else ""


def seen_language(normal: str) -> str:
    """Return the language that a normalised text shows by its small words; empty if by none."""
    ranked = _hits(_first_words(normal)).most_common(1)
    return ranked[0][0] if ranked and ranked[0][1] >= _LEAST_HITS else ""


def stems_of_text(normal: str, language: str = "") -> list[str]:
    """Return the stems of a text's words in its language; none of an English one.

    `language` is one of `LANGUAGES` where that is known, and else found from the text.
    """
    language = language or language_of(normal)
    if language not in _STEMMERS:
        return []
    return [stem for word in _WORD.findall(normal) if (stem := stem_in(language, word))]


def languages_of_question(normal: str) -> tuple[str, ...]:
    """Return the languages that a question may be in, English left out."""
    hits = _hits(_WORD.findall(normal))
    if not hits:
        return _OTHERS
    most = max(hits.values())
    likely = [language for language, count in hits.items() if count == most]
    return tuple(language for language in likely if language != ENGLISH)
