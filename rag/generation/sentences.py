"""Cutting texts into sentences and weighing their words: Latin and CJK alike, no models."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise

Tokenize = Callable[[str], list[str]]
"""Turns a text into its search tokens, as `rag.tokenizing.tokens.tokenize` does."""

# A sentence ends at a line's end unless the next line goes on in lower case, after CJK marks
# anywhere, and after Latin marks before a space (so "3.11" and "e.g.," stay whole), with the
# quotes and brackets that close it.
_END = re.compile(
    r"""(?:\n(?![ \t]*[a-zß-öø-ÿа-я])|[。！？；][」』”’）]*|[.!?…]+["'”’)\]]*(?=\s))\s*"""
)

# "Dr. Who" and "Art. 5": a short word or an initial before the stop does not end a sentence.
_ABBREVIATION = re.compile(
    r"\b(?:[A-Za-z]|Dr|Mr|Mrs|Ms|Prof|St|vs|etc|[Aa]rt|[Ss]ec|[Ff]ig|Nr|ca|bzw|approx)\.$"
)


def split_sentences(text: str) -> list[str]:
    """Return the sentences with the space after them: joined, they are `text` again."""
    cuts = [0, *_cuts(text), len(text)]
    return [text[start:end] for start, end in pairwise(cuts) if start < end]


def token_weights(texts: Sequence[frozenset[str]]) -> Mapping[str, float]:
    """Return how telling each token is: ln(1 + n / df), n texts of which df hold it."""
    counts = Counter(chain.from_iterable(texts))
    telling = {count: math.log(1 + len(texts) / count) for count in set(counts.values())}
    return {token: telling[count] for token, count in counts.items()}


def share(part: frozenset[str], whole: frozenset[str], weights: Mapping[str, float]) -> float:
    """Return the part of the weight of `part` that `whole` holds too, in [0, 1].

    A token without a weight is in none of the texts that were weighed: it counts like the rarest.
    """
    rarest = max(weights.values(), default=1.0)
    total = sum(weights.get(token, rarest) for token in part)
    return sum(weights.get(token, rarest) for token in part & whole) / total if total else 0.0


def _cuts(text: str) -> Iterator[int]:
    for end in _END.finditer(text):
        if "\n" in end[0] or not _ABBREVIATION.search(
            text[max(0, end.start() - 8) : end.start() + 1]
        ):
            yield end.end()
