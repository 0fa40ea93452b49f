"""The tokenizer of BERT (Devlin et al. 2019, arxiv.org/abs/1810.04805), from a model's file."""

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

from rag.llm.wordllama import pieces


class WordPieces:
    """Makes tokens of texts; `first` and `last` are those that stand around them.

    Words are divided as the file says; a text is read as far as its tokens are asked for.
    """

    def __init__(self, path: Path) -> None:
        """Read a `tokenizer.json`."""
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        # Without a text there is what stands around one.
        self.first, self.last = self._tokenizer.encode("").ids

    def tokens(self, text: str) -> Iterator[int]:
        """Yield the tokens of a text."""
        for piece in pieces(text):
            yield from self._tokenizer.encode(piece, add_special_tokens=False).ids
