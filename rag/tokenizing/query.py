"""Turns a question into weighted tokens to search for."""

import re

from rag.tokenizing.languages import languages_of_question, stem_in
from rag.tokenizing.stopwords import stop_tokens
from rag.tokenizing.tokens import Weighted, expand_word, normalize, weighted_tokens

_MOST_TERMS = 256
_WORD = re.compile(r"[^\W\d_]+")
_STEM_WEIGHT = 0.6
"""Of a word's stem in a language, beside the word itself."""


def query_terms(question: str) -> tuple[Weighted, ...]:
    """Return the distinct tokens of a question with their weights, in order of appearance.

    Stop words are left out unless there is nothing else. A repeated token counts once, with the
    largest of its weights: what is asked twice in a question is not asked for more. Of a very
    long question the first 256 tokens are used.
    """
    weights: dict[str, float] = {}
    for token, weight in weighted_tokens(question):
        weights[token] = max(weight, weights.get(token, 0.0))
    stops = stop_tokens()
    telling = [(token, weight) for token, weight in weights.items() if token not in stops]
    stems = _stems(normalize(question), stops)
    return tuple([*(telling or list(weights.items())), *stems][:_MOST_TERMS])


def _stems(normal: str, stops: frozenset[str]) -> list[Weighted]:
    """Return the stems of a question's words in the languages that it may be in."""
    words = dict.fromkeys(_WORD.findall(normal))
    telling = [word for word in words if all(token not in stops for token, _ in expand_word(word))]
    stems = (stem_in(one, word) for word in telling for one in languages_of_question(normal))
    return [(stem, _STEM_WEIGHT) for stem in dict.fromkeys(stems) if stem]
