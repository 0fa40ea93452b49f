"""Rerank models that run here: transformers that read a question and a text together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from rag.llm.relevance import logistic
from rag.llm.transformer.base import PairScorer, beginning

_READ = 2_048
"""Bytes of a text that fill a window, about; what stands behind takes no time."""

_SEARCHED = 24_576
"""Bytes of passages that are ranked in a search: 48 of 115 tokens, or 12 that fill a window."""


@dataclass(frozen=True, slots=True)
class PairModel:
    """What is loaded of a model: its scorer, tokenizer, the tokens around texts, and its window."""

    scorer: PairScorer
    tokens: Callable[[str], Iterator[int]]
    first: int
    last: int
    window: int

    def relevance(self, question: str, text: str) -> float:
        """Return the relevance of a text to a question, in [0, 1].

        The model tells the logit of a text that answers the question against one that does not, of
        which the logistic function makes a probability (Nogueira and Cho 2019,
        arxiv.org/abs/1901.04085). The pair stands as `[CLS] question [SEP] text [SEP]` (Devlin et
        al. 2019, arxiv.org/abs/1810.04805). What is too long loses its end: the question has half
        of the window at most, the text what is left of it.
        """
        room = self.window - 3
        asked = self._read(question, room // 2)
        said = self._read(text, room - len(asked))
        before = [self.first, *asked, self.last]
        return logistic(self.scorer.score([*before, *said, self.last], len(before)))

    def _read(self, text: str, most: int) -> list[int]:
        return list(islice(self.tokens(beginning(text, most)), most))


class TransformerReranker:
    """Ranks one text after the other, each with a call of its own; several threads may ask at once.

    So the relevance of a text is the same, to the last bit, whatever stands beside it, and a short
    text does not take as long as a long one.
    """

    cooperative = False

    def __init__(self, name: str, load: Callable[[], PairModel]) -> None:
        """Initialize with what loads the model, once in a process, at the first use."""
        self.name = name
        self._load = load

    def reach(self, passages: Sequence[str]) -> int:
        """Return how many of some passages take two or three seconds of CPU together, at most."""
        sizes = (min(len(text.encode("utf-8", "replace")), _READ) for text in passages)
        return sum(size <= _SEARCHED for size in accumulate(sizes))

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the relevance of each text in [0, 1], in their order; 0 for a blank one."""
        return [self._relevance(question, text) if text.strip() else 0.0 for text in texts]

    def _relevance(self, question: str, text: str) -> float:
        with _loading:
            model = self._load()
        return model.relevance(question, text)


_loading = threading.Lock()
"""So that threads which ask at once load a model once."""
