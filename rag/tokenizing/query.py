"""Turns a question into weighted tokens to search for."""

import re
from collections.abc import Iterator

from rag.tokenizing.inflections import pair_stems, part_stems, stem_in
from rag.tokenizing.languages import languages_of_question, words_of
from rag.tokenizing.scripts import UNSPACED
from rag.tokenizing.stopwords import stop_tokens
from rag.tokenizing.tokens import (
    CLUSTER_WEIGHT,
    Weighted,
    expand_word,
    normalize,
    weighted_tokens,
)

_MOST_TERMS = 256
_UNSPACED = re.compile(f"[{UNSPACED}]")
_STEM_WEIGHT = 0.6
"""Of a word's stem in a language, beside the word itself."""

_COMPOUND_WEIGHT = 0.3
"""Of the stem of a part of a compound."""


def query_terms(question: str) -> tuple[Weighted, ...]:
    """Return the distinct tokens of a question with their weights, in order of appearance.

    Stop words are left out unless there is nothing else. A repeated token counts once, with the
    largest of its weights: what is asked twice in a question is not asked for more. Of a very
    long question the first 256 tokens are used. Clusters that pairs are made of are not asked for.
    """
    weights: dict[str, float] = {}
    for token, weight in weighted_tokens(question):
        if weight <= CLUSTER_WEIGHT:
            continue
        weights[token] = max(weight, weights.get(token, 0.0))
    stops = stop_tokens()
    telling = [(token, weight) for token, weight in weights.items() if token not in stops]
    stems: dict[str, float] = {}
    for stem, weight in _stems(normalize(question), stops):
        if stem:
            stems.setdefault(stem, weight)
    return tuple([*(telling or weights.items()), *stems.items()][:_MOST_TERMS])


def _stems(normal: str, stops: frozenset[str]) -> Iterator[Weighted]:
    """Yield the stems of a question's words in the languages that it may be in."""
    # Scripts without blanks have no stems.
    words = [word for word in words_of(normal) if not _UNSPACED.match(word)]
    told = {word: all(token not in stops for token, _ in expand_word(word)) for word in words}
    telling = [word for word, tells in told.items() if tells]
    for language in languages_of_question(normal) if telling else ():
        for word in telling:
            yield stem_in(language, word), _STEM_WEIGHT
            yield from ((part, _COMPOUND_WEIGHT) for part in part_stems(language, word))
        yield from ((pair, _STEM_WEIGHT) for pair in pair_stems(language, words))
