"""Light stemming: one algorithm a script, so that questions and texts always agree."""

import unicodedata
from functools import cache

import Stemmer

_ALGORITHMS = (
    ("a", "\u024f", "english"),
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u052f", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
)


@cache
def stemmer(algorithm: str) -> Stemmer.Stemmer:
    """Return what stems the words of a language."""
    # No cache of its own: whole words are cached with all they expand to.
    return Stemmer.Stemmer(algorithm, 0)


def _without_accents(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def stem(word: str) -> str:
    """Return the stem of a lower-case word; one that holds a digit stays as it is."""
    if not word.isascii():
        if word[0] <= "\u03ff":
            word = _without_accents(word)
        word = word.replace("ё", "е")
    if not word.isalpha() and any(char.isdigit() for char in word):
        return word
    for first, last, algorithm in _ALGORITHMS:
        if first <= word[:1] <= last:
            return str(stemmer(algorithm).stemWord(word))
    return word
