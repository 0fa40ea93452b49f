"""Dividing texts among the calls of a model's endpoint."""

from collections.abc import Iterator, Sequence

BATCH_TEXTS = 32
"""What TEI accepts in a call unless told otherwise; others take more."""

BATCH_CHARACTERS = 100_000
"""Keeps a call of long texts below the limits on request size and tokens that endpoints have."""


def batches(
    texts: Sequence[str], most: int = BATCH_TEXTS, characters: int = BATCH_CHARACTERS
) -> Iterator[list[int]]:
    """Yield the indices of texts that are not blank, in groups that fit one call."""
    batch: list[int] = []
    length = 0
    for index, text in enumerate(texts):
        if not text.strip():
            continue
        if batch and (len(batch) == most or length + len(text) > characters):
            yield batch
            batch, length = [], 0
        batch.append(index)
        length += len(text)
    if batch:
        yield batch
