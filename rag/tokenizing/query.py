"""Turns a question into weighted tokens to search for."""

from rag.tokenizing.stopwords import stop_tokens
from rag.tokenizing.tokens import Weighted, weighted_tokens

_MOST_TERMS = 256


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
    return tuple((telling or list(weights.items()))[:_MOST_TERMS])
