"""The ids of a document's chunks: the same content gives the same id in every parse."""

from collections import Counter

import xxhash


class ChunkIds:
    """Gives the chunks of one parse their ids, 16 hex digits each.

    The first chunk of some content has the id of the contract, xxh64 of content and document id.
    Repetitions add a number to it. So do all chunks of a parse that begins inside the document
    (`ordinal_offset` over 0), since the content may have occurred in another part of it.
    """

    def __init__(self, document_id: str, ordinal_offset: int = 0) -> None:
        """Begin a parse; `ordinal_offset` is the ordinal of its first chunk."""
        self._document_id = document_id
        self._offset = ordinal_offset
        self._seen: Counter[int] = Counter()

    def next_id(self, content: str) -> str:
        """Return the id of the next chunk, in the order of the document."""
        base = (content + self._document_id).encode()
        key = xxhash.xxh64_intdigest(base)
        repetition = self._seen[key]
        self._seen[key] += 1
        if repetition == 0 and self._offset == 0:
            return f"{key:016x}"
        return xxhash.xxh64_hexdigest(base + f"\0{self._offset}:{repetition}".encode())
