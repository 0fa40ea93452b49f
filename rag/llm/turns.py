"""Embedding and ranking many texts without keeping a thread from others for long."""

from collections.abc import Iterator, Sequence

import numpy as np

from rag.llm.base import Counted, Embedder, Reranker, calling
from rag.types import Offload, run_inline

_TEXTS = 32
_CHARACTERS = 16_000
"""What one turn has at most, unless a text is longer: a second or so of the slowest model here."""


def embedded(embedder: Embedder, offload: Offload, texts: Sequence[str]) -> Counted:
    """Return what `embed_counted` does, and let others have the thread now and then.

    A model that leaves an event loop free divides its texts itself.
    """
    if calling(embedder, offload, texts) is run_inline:
        return embedder.embed_counted(texts)
    parts = [offload(embedder.embed_counted, turn) for turn in _turns(texts)]
    if len(parts) == 1:
        return parts[0]
    known = [part.tokens for part in parts if part.tokens is not None]
    tokens = sum(known) if len(known) == len(parts) else None
    return Counted(np.concatenate([part.vectors for part in parts]), tokens)


def ranked(
    reranker: Reranker, offload: Offload, question: str, texts: Sequence[str]
) -> list[float]:
    """Return what `rerank` does, and let others have the thread after each text.

    A text takes as long as hundreds of hand-overs. Where the caller is ended, no further text is
    begun. A model that leaves an event loop free is asked for all at once.
    """
    if reranker.cooperative:
        return reranker.rerank(question, texts)
    return [score for text in texts for score in offload(reranker.rerank, question, [text])]


def _turns(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield texts in groups, in their order; one empty group if there are none."""
    begin = length = 0
    for place, text in enumerate(texts):
        if place > begin and (place - begin == _TEXTS or length + len(text) > _CHARACTERS):
            yield texts[begin:place]
            begin, length = place, 0
        length += len(text)
    yield texts[begin:]
