"""Word forms of languages beyond one algorithm a script: stems, parts of compounds, pairs.

A text that shows which language it is in has, beside its tokens, the stem of each word in that
language, under the language's name: "Häuser" gives `german~haus`. A question looks for the stems
of the languages that it may be in. What a dataset does not hold costs nothing.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from rag.tokenizing.compounds import compound_parts
from rag.tokenizing.languages import INFLECTED, MARK, WORD, language_of, words_of
from rag.tokenizing.stemming import stemmer

VIETNAMESE = "vietnamese"
"""Has no word forms: its words keep their tones, which the stem of Latin letters loses."""

_CACHED = 1 << 16
_LONGEST = 64
_LATIN = re.compile("[a-\u024f]")
_LETTERS = {
    "serbian": re.compile("[a-\u024f\u0400-\u04ff]"),
    VIETNAMESE: re.compile("[a-\u024f\u1ea0-\u1eff]"),
    "persian": re.compile("[\u0600-\u06ff]"),
    "nepali": re.compile("[\u0900-\u097f]"),
    "yiddish": re.compile("[\u0590-\u05ff]"),
}
"""What words of a language begin with."""

_DOT = "\u0307"
"""What lower case leaves of the Turkish İ, beside the i."""


@lru_cache(_CACHED)
def stem_in(language: str, word: str) -> str:
    """Return the token of a normalised word's stem in a language; empty for other scripts."""
    if not _LETTERS.get(language, _LATIN).match(word) or not WORD.fullmatch(word):
        return ""
    bare = word.replace(_DOT, "")
    stemmed = bare if language == VIETNAMESE else str(stemmer(language).stemWord(bare))
    return f"{language}{MARK}{stemmed[:_LONGEST]}"


@lru_cache(_CACHED)
def part_stems(language: str, word: str) -> tuple[str, ...]:
    """Return the tokens of the parts of a compound; empty for other words."""
    parts = (word[start:end] for start, end in compound_parts(language, word))
    return tuple(filter(None, (stem_in(language, part) for part in parts)))


def pair_stems(language: str, words: Sequence[str]) -> Iterator[str]:
    """Yield neighbouring words of a language that writes its words in syllables."""
    if language == VIETNAMESE:
        for first, second in pairwise(words):
            yield f"{language}{MARK}{first}_{second}"[:_LONGEST]


def stems_of_text(normal: str, language: str = "") -> list[str]:
    """Return the stems of a text's words in its language; none of an English one.

    `language` is one of `LANGUAGES` where that is known, and else found from the text.
    """
    language = language or language_of(normal)
    if language not in INFLECTED:
        return []
    words = words_of(normal)
    stems = [stem for word in words for stem in _stems_of_word(language, word)]
    return [*stems, *pair_stems(language, words)]


@lru_cache(_CACHED)
def _stems_of_word(language: str, word: str) -> tuple[str, ...]:
    return tuple(filter(None, (stem_in(language, word), *part_stems(language, word))))
