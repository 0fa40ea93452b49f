"""Answers without a chat model: the sentences of the passages that fit the question best."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.engines.base import Hit
from rag.generation.sentences import Tokenize, share, split_sentences, token_weights
from rag.llm.base import Delta

LEADING_LINE = "No chat model is set up; these are the passages that fit best:"
NOTHING_FOUND = "No chat model is set up, and no passage fits the question."

_MOST_SENTENCES = 5
_LONGEST_CHARACTERS = 400
_LONGEST_HEADING = 80

# A sentence much weaker than the best one only dilutes the answer.
_WEAKEST_SHARE_OF_BEST = 0.5

# How much of a sentence's score the search's own judgement of its passage decides.
_SIMILARITY_SHARE = 0.3

# Two sentences that share this much of their words say the same.
_SAME_SHARE = 0.85


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its words and the index of its passage."""

    text: str
    tokens: frozenset[str]
    index: int


def extract(question: str, hits: Sequence[Hit], tokenize: Tokenize) -> Iterator[Delta]:
    """Yield a leading line, then one to five sentences, each with its `[ID:i]`, best first."""
    best = _best(question, hits, tokenize)
    yield Delta(content=LEADING_LINE + "\n" if best else NOTHING_FOUND)
    for sentence in best:
        yield Delta(content=f"\n- {_shorten(sentence.text)} [ID:{sentence.index}]")


def _best(question: str, hits: Sequence[Hit], tokenize: Tokenize) -> list[_Sentence]:
    """Return the sentences to show: those with the question's words, else the best passage's."""
    sentences = _sentences(hits, tokenize)
    asked = frozenset(tokenize(question))
    weights = token_weights([sentence.tokens for sentence in sentences])
    scores = {
        sentence: overlap * _standing(hits, sentence.index)
        for sentence in sentences
        if (overlap := share(asked, sentence.tokens, weights))
    }
    if not scores:
        return sentences[:1]
    least = max(scores.values()) * _WEAKEST_SHARE_OF_BEST
    good = [sentence for sentence, score in scores.items() if score >= least]
    return _distinct(sorted(good, key=scores.__getitem__, reverse=True))


def _sentences(hits: Sequence[Hit], tokenize: Tokenize) -> list[_Sentence]:
    """Return all sentences in the order of the passages, and without words none."""
    texts = (
        (text, index)
        for index, hit in enumerate(hits)
        for text in _with_headings(split_sentences(hit.chunk.content))
    )
    sentences = (_Sentence(text, frozenset(tokenize(text)), index) for text, index in texts)
    return [sentence for sentence in sentences if sentence.tokens]


def _with_headings(sentences: Sequence[str]) -> Iterator[str]:
    """Yield sentences, a heading together with what follows: alone it looks like a good answer."""
    heading = ""
    for sentence in sentences:
        text = heading + sentence.strip()
        heading = f"{text}: " if not heading and _is_heading(sentence) else ""
        if not heading:
            yield text
    if heading:
        yield heading.removesuffix(": ")


def _is_heading(sentence: str) -> bool:
    """Return whether it is a short line of its own, without a sentence's or a table row's marks."""
    text = sentence.rstrip()
    short = 0 < len(text) <= _LONGEST_HEADING
    return short and "\n" in sentence and not any(mark in text for mark in ".!?:;|。！？：；")


def _standing(hits: Sequence[Hit], index: int) -> float:
    """Return how well a passage did in the search beside the best one, eased towards 1."""
    best = max(hit.similarity for hit in hits)
    relative = hits[index].similarity / best if best > 0 else 1.0
    return 1 - _SIMILARITY_SHARE + _SIMILARITY_SHARE * relative


def _distinct(ranked: Sequence[_Sentence]) -> list[_Sentence]:
    """Return the first few sentences that do not repeat a better one."""
    kept: list[_Sentence] = []
    for sentence in ranked:
        if not any(_same(sentence.tokens, other.tokens) for other in kept):
            kept.append(sentence)
        if len(kept) == _MOST_SENTENCES:
            break
    return kept


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= _SAME_SHARE * len(one | other)


def _shorten(text: str) -> str:
    """Return the text in one line, cut at a word when it is too long to be a sentence."""
    line = " ".join(text.split())
    if len(line) <= _LONGEST_CHARACTERS:
        return line
    head = line[:_LONGEST_CHARACTERS]
    return (head.rpartition(" ")[0] or head) + "…"
