"""Texts from the token ids that clients of OpenAI's API send in place of texts.

LangChain's `OpenAIEmbeddings` sends ids of `cl100k_base` by default, whatever the model is called.
The table (conf/cl100k_base.xz) has the lengths of the 100,256 tokens, one byte each, then their
bytes: decoding needs no more. It is made of the vocabulary that OpenAI publishes with tiktoken
(MIT); SHA-256 of that file: 223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7.
"""

import lzma
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate
from pathlib import Path

TOKENS = 100_256


class Vocabulary:
    """The tokens of cl100k_base; they are read when they are first needed."""

    def __init__(self, path: Path) -> None:
        """Initialize with the path of the table."""
        self.path = path

    @cached_property
    def table(self) -> tuple[bytes, list[int]]:
        """Return the bytes of all tokens, and where each begins; the end is the last place."""
        content = lzma.decompress(self.path.read_bytes())
        return content[TOKENS:], [0, *accumulate(content[:TOKENS])]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of some tokens; raises ValueError naming an id that is none."""
        content, places = self.table
        parts = []
        for token in ids:
            if not 0 <= token < TOKENS:
                raise ValueError(f"{token} is no token of cl100k_base")
            parts.append(content[places[token] : places[token + 1]])
        return b"".join(parts).decode(errors="replace")
