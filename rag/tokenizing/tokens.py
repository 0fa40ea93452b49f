"""Cuts text into the tokens that every engine indexes and every question is made of.

A token never holds a space or a control character, so tokens can be stored space-joined.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import pairwise

from rag.loading import loaded
from rag.tokenizing.canonical import joined_word, spread_forms, word_forms, word_pieces
from rag.tokenizing.inflections import stems_of_text
from rag.tokenizing.scripts import ASCII_WORD, CLUSTER, PLAIN_WORD, RUN, UNUSUAL
from rag.tokenizing.stemming import stem

Weighted = tuple[str, float]
"""A token and how much it says about what it was cut from, in (0, 1]."""

PART_WEIGHT = 0.4
"""Weight of a part of a compound beside the compound itself."""

BIGRAM_WEIGHT = 0.5
"""Weight of two neighbouring characters beside the words of the same run."""

CLUSTER_WEIGHT = 0.2
"""Weight of a letter with its signs beside the pairs of the same run."""

FORM_WEIGHT = 0.8
"""Weight of another way to write a number, a code or a word, beside what is written."""

_HAN_GROUP = 1
_SOUTH_EAST_ASIAN_GROUP = 4
_WORD_GROUP = 5
_LONGEST_TOKEN = 64
_CACHED_WORDS = 1 << 16
_JOINT = re.compile(r"[-._/@:&,'’]+")
_PART = re.compile(r"[^-\u2010\u2011._/@:&,'’]+")
_ZEROS = "٠۰०০੦૦୦௦౦೦൦๐໐༠၀០᠐"
_SIGNS = {
    # NFKC leaves one of the hyphens; a soft one is where a word may be broken.
    0x2010: "-",
    0xAD: None,
    0x2060: None,
    # Digits of other scripts are those that everybody types, and their separators as well.
    **{ord(zero) + digit: str(digit) for zero in _ZEROS for digit in range(10)},
    0x66B: ".",
    0x66C: ",",
}
"""What compares as another sign."""

_SIGN = re.compile("[" + re.escape("".join(map(chr, _SIGNS))) + "]")

_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_POSSESSIVE = re.compile(r"['’]s?$")


def normalize(text: str) -> str:
    """Return the text in the form in which it is compared: NFKC, without case and soft hyphens."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_SIGNS) if _SIGN.search(folded) else folded


@lru_cache(_CACHED_WORDS)
def expand_word(word: str) -> tuple[Weighted, ...]:
    """Return the tokens of one normalised word: itself, its parts if any, and its other forms."""
    found = dict(_expand_written(word))
    written = _POSSESSIVE.sub("", word)
    for weight, others in ((FORM_WEIGHT, word_forms), (PART_WEIGHT, word_pieces)):
        for token in others(written):
            found.setdefault(token, weight)
    return tuple(found.items())


def _expand_written(word: str) -> tuple[Weighted, ...]:
    word = _POSSESSIVE.sub("", word)
    if _THOUSANDS.fullmatch(word):
        word = word.replace(",", "")
    parts = [part for part in _JOINT.split(word.rstrip("+#")) if part]
    # Nothing is left of an accent without a letter.
    stems = [stemmed for part in parts if (stemmed := stem(part)[:_LONGEST_TOKEN])]
    if len(parts) == 1 and parts[0] == word:
        return tuple((stemmed, 1.0) for stemmed in stems)
    pieces = tuple((stemmed, PART_WEIGHT) for stemmed in stems)
    # What apostrophes join (l'eau, don't) is no name of anything.
    if len(word) > _LONGEST_TOKEN or "'" in word or "’" in word:
        return tuple((token, 1.0) for token, _ in pieces)
    return ((joined_word(word) or word, 1.0), *pieces)


@cache
def segmenter() -> Callable[[str], list[str]]:
    """Return what cuts a run of Han into words; its dictionary takes 30 MB from its import on."""
    found: Callable[[str], list[str]] = loaded("rjieba:cut_for_search")
    return found


def expand_han(run: str) -> tuple[Weighted, ...]:
    """Return the words of a run of Han characters, and its bigrams that are not words."""
    words = segmenter()(run)
    known = set(words)
    bigrams = [first + second for first, second in pairwise(run)]
    return (
        *((word, 1.0) for word in words),
        *((bigram, BIGRAM_WEIGHT) for bigram in bigrams if bigram not in known),
    )


def expand_bigrams(run: str) -> tuple[Weighted, ...]:
    """Return the bigrams of a run in a script without spaces; a single character is itself."""
    if len(run) == 1:
        return ((run, 1.0),)
    return tuple((first + second, 1.0) for first, second in pairwise(run))


def expand_clusters(run: str) -> tuple[Weighted, ...]:
    """Return the pairs of neighbouring clusters of a South-East Asian run, and the clusters.

    A cluster is a letter with the vowels and tones around it. Pairs say about as much as words do;
    a word of one cluster is found by itself.
    """
    clusters = CLUSTER.findall(run)
    if len(clusters) == 1:
        return ((run, 1.0),)
    pairs = [first + second for first, second in pairwise(clusters)]
    return (
        *((pair, 1.0) for pair in pairs),
        *((cluster, CLUSTER_WEIGHT) for cluster in clusters),
    )


def is_word(kind: int) -> bool:
    """Return whether group number `kind` of `RUN` is that of words."""
    return kind == _WORD_GROUP


def inner_words(word: str) -> Iterator[re.Match[str]]:
    """Yield the parts that a compound's joints leave."""
    return _PART.finditer(word)


def expand_run(kind: int, run: str) -> tuple[Weighted, ...]:
    """Return the tokens of a normalised run that `RUN` found with its group number `kind`."""
    if is_word(kind):
        return expand_word(run)
    if kind == _HAN_GROUP:
        return expand_han(run)
    if kind == _SOUTH_EAST_ASIAN_GROUP:
        return expand_clusters(run)
    return expand_bigrams(run)


def weighted_tokens(text: str) -> list[Weighted]:
    """Return the tokens of a text in reading order, each with its weight."""
    normal = normalize(text)
    found: list[Weighted] = []
    words = _words_alone(normal)
    if words is not None:
        for word in words:
            found += expand_word(word)
    else:
        for match in RUN.finditer(normal):
            found += expand_run(match.lastindex or 0, match.group())
    found += [(form, FORM_WEIGHT) for form in _spread_tokens(normal)]
    return found


def index_tokens(text: str, language: str = "") -> list[str]:
    """Return the tokens by which a text is found: its own, and its words' stems in its language.

    `language` is as in `stems_of_text`.
    """
    return [*tokenize(text), *stems_of_text(normalize(text), language)]


def _words_alone(normal: str) -> list[str] | None:
    """Return the runs of a normalised text that has words alone, and None of any other."""
    if normal.isascii():
        return ASCII_WORD.findall(normal)
    return None if UNUSUAL.search(normal) else PLAIN_WORD.findall(normal)


def _spread_tokens(normal: str) -> list[str]:
    return [token for *_, tokens in spread_forms(normal) for token in tokens]


@lru_cache(_CACHED_WORDS)
def _word_tokens(word: str) -> tuple[str, ...]:
    return tuple(token for token, _ in expand_word(word))


def tokenize(text: str) -> list[str]:
    """Return the tokens of a text in reading order: those of `weighted_tokens`, faster."""
    normal = normalize(text)
    found: list[str] = []
    words = _words_alone(normal)
    if words is not None:
        for word in words:
            found += _word_tokens(word)
    else:
        for match in RUN.finditer(normal):
            kind, run = match.lastindex or 0, match.group()
            found += (
                _word_tokens(run)
                if is_word(kind)
                else [token for token, _ in expand_run(kind, run)]
            )
    found += _spread_tokens(normal)
    return found
