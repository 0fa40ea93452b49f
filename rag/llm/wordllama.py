"""The bundled embedding model: WordLlama's static vectors, offline and on the CPU.

Loaded from the data files of the `wordllama` package without importing it: its import takes a
second, sets up logging for the whole process and copies the table into 32-bit floats.
"""

import json
import re
import threading
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from rag.errors import ConfigurationError
from rag.llm.base import PLAIN, Counted, ModelSpec
from rag.llm.vectors import unit_rows
from rag.types import Matrix, Vector

_DIMENSIONS = 256
_TOKENIZER_FILE = "tokenizers/l2_supercat_tokenizer_config.json"
_WEIGHTS_FILE = "weights/l2_supercat_256.safetensors"
_TENSOR = "embedding.weight"

_PIECE = 1000
"""Characters that are encoded at once: one call keeps all threads from Python for about a
millisecond, and the rows of its tokens take half a megabyte. Shorter pieces cost more in all."""

_SHIFT = 13
_KEPT = np.int32(0x8FFFE000 - 2**32)
_SCALE = 2.0**112
"""How a 16-bit float becomes a 32-bit one by whole numbers (IEEE 754: 5 bits of exponent with a
bias of 15, and 10 of the fraction; 8 with a bias of 127, and 23). Shifted to the left by 13, and
with the sign alone before it, the same bits are the number divided by 2^(127 - 15)."""

_WORD = re.compile(" +[^ ]*")
_MARK = "\u2581"
"""What the tokenizer writes for a blank."""

_MOST_WORDS = 16_384
"""Words whose tokens a process remembers, in some 3 MB."""

_LONGEST_WORD = 32

_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class StaticModel:
    """A tokenizer and its table of token vectors, shape (tokens, 256), mapped from the file.

    The table holds the bits of 16-bit floats. `whole` finds in a text that its tokens are not those
    of its words, `begins` tells which tokens begin with a blank, and `words` has the tokens of
    words that were met, 16 bits each.
    """

    tokenizer: Tokenizer
    table: NDArray[np.int16]
    whole: re.Pattern[str]
    begins: NDArray[np.bool_]
    words: dict[str, bytes] = field(default_factory=dict)

    def add(self, text: str, total: Vector) -> int:
        """Add the vectors of the text's tokens to a sum, which points where their mean does.

        Return how many there are.
        """
        # Half a surrogate pair, as broken files give them, is no text to the tokenizer.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        count = 0
        for piece in pieces(clean):
            ids = self.tokens(piece)
            # Here other threads get their turn: numpy lets them, the tokenizer does not.
            total += sum_of_rows(self.table[ids])
            count += len(ids)
        return count

    def tokens(self, piece: str) -> NDArray[np.uint16]:
        """Return the tokens of a piece: those of its words, each with the blanks before it.

        No token holds a blank behind another character, so none reaches from a word to the next.
        A piece in which `whole` finds something is encoded at once.
        """
        if self.whole.search(piece):
            return np.frombuffer(self.encoded(piece), np.uint16)
        words = _WORD.findall(f" {piece}")
        known = [*map(self.words.get, words)]
        if None in known:
            fresh = (word for word, tokens in zip(words, known, strict=True) if tokens is None)
            made = self.learned([*dict.fromkeys(fresh)])
            known = [tokens or made[word] for word, tokens in zip(words, known, strict=True)]
        return np.frombuffer(b"".join(filter(None, known)), np.uint16)

    def learned(self, words: Sequence[str]) -> dict[str, bytes]:
        """Return the tokens of some words, and remember those of short ones."""
        made = self.encoded_words([word for word in words if word[1] != " "])
        made |= {word: self.encoded(word[1:]) for word in words if word not in made}
        if len(self.words) >= _MOST_WORDS:
            self.words.clear()
        self.words.update(item for item in made.items() if len(item[0]) <= _LONGEST_WORD)
        return made

    def encoded_words(self, words: Sequence[str]) -> dict[str, bytes]:
        """Return the tokens of words with one blank before each, which are encoded together.

        The first token of each is the only one that begins with a blank.
        """
        tokens = self.encoded("".join(words)[1:])
        begins = np.flatnonzero(self.begins[np.frombuffer(tokens, np.uint16)]) * 2
        cuts = pairwise([*begins.tolist(), len(tokens)])
        return {word: tokens[at:end] for word, (at, end) in zip(words, cuts, strict=True)}

    def encoded(self, text: str) -> bytes:
        """Return the tokens of a text, 16 bits each."""
        # One at a time: batches start threads, which a process that forks later must not have.
        return array("H", self.tokenizer.encode(text, add_special_tokens=False).ids).tobytes()


class WordLlamaEmbedder:
    """Averages static token vectors; loads them once per process, at the first use."""

    name = "wordllama"
    card = PLAIN
    cooperative = False

    @property
    def dimensions(self) -> int:
        """Return 256."""
        return _DIMENSIONS

    def is_brief(self, texts: Sequence[str]) -> bool:
        """Return whether the texts are one piece, during which no other thread gets its turn."""
        return sum(map(len, texts)) <= _PIECE and _load_once.cache_info().currsize > 0

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text; a text without a token gets zeros."""
        return self.embed_counted(texts).vectors

    def embed_counted(self, texts: Sequence[str]) -> Counted:
        """Return the same rows, and how many tokens they were made of."""
        model = loaded_model()
        totals = np.zeros((len(texts), _DIMENSIONS), np.float32)
        tokens = sum(model.add(text, total) for text, total in zip(texts, totals, strict=True))
        return Counted(unit_rows(totals), tokens)

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question: the same as that of a document."""
        vector: Vector = self.embed_documents([text])[0]
        return vector


def pieces(text: str, size: int = _PIECE) -> Iterator[str]:
    """Yield a text in pieces of about `size` characters, the tokens of which are its own.

    The tokenizer puts a blank before whatever it is given, and no token of it holds a blank behind
    another character. So a text is cut at the first blank of some, and that one is left out. Only
    where there is none for `size` characters does a cut change a token or two.
    """
    start = 0
    while len(text) - start > size:
        cut = text.rfind(" ", start + 1, start + size)
        while cut > start and text[cut - 1] == " ":
            cut -= 1
        if cut > start:
            yield text[start:cut]
            start = cut + 1
        else:
            yield text[start : start + size]
            start += size
    yield text[start:]


def sum_of_rows(rows: NDArray[np.int16]) -> Vector:
    """Return the sum of rows, given as the bits of 16-bit floats that are finite.

    The same as `rows.view(np.float16).astype(np.float32).sum(axis=0)` in a quarter of the time, as
    numpy converts such floats one by one. A product sums rows several times faster than `sum`.
    """
    wide = np.left_shift(rows, _SHIFT, dtype=np.int32)
    np.bitwise_and(wide, _KEPT, out=wide)
    summed: Vector = np.full(len(rows), _SCALE, np.float32) @ wide.view(np.float32)
    return summed


def build_embedder(spec: ModelSpec) -> WordLlamaEmbedder:
    """Return the bundled model; it has 256 dimensions and no others."""
    if spec.dimensions not in {None, _DIMENSIONS}:
        raise ConfigurationError(
            f"The embedding model wordllama has {_DIMENSIONS} dimensions,"
            f" not {spec.dimensions}: leave the number out."
        )
    return WordLlamaEmbedder()


def loaded_model() -> StaticModel:
    """Return the model of this process; raises ConfigurationError if it is not installed."""
    with _loading:
        return _load_once()


@cache
def _load_once() -> StaticModel:
    package = find_spec("wordllama")
    if package is None or package.origin is None:
        raise ConfigurationError(
            "The embedding model wordllama is not installed: install the package wordllama."
        )
    folder = Path(package.origin).parent
    tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER_FILE))
    table = _map_table(folder / _WEIGHTS_FILE)
    tokens = (tokenizer.id_to_token(number) or "" for number in range(len(table)))
    begins = np.array([token.startswith(_MARK) for token in tokens])
    return StaticModel(tokenizer, table, _apart(tokenizer), begins)


def _apart(tokenizer: Tokenizer) -> re.Pattern[str]:
    """Return what finds in a text that its tokens are not those of its words.

    Those are names of special tokens, the tokenizer's own mark for a blank, and a blank at the end;
    and a text without any word.
    """
    special = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    return re.compile("|".join([*map(re.escape, [*special, _MARK]), r" \Z", r"\A\Z"]))


def _map_table(path: Path) -> NDArray[np.int16]:
    """Map the table of a safetensors file into memory, where all processes share it.

    The format (github.com/huggingface/safetensors#format): the length of the header in eight
    bytes, the header in JSON, then the bytes of the tensors.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        tensor = json.loads(file.read(length))[_TENSOR]
    offset = 8 + length + tensor["data_offsets"][0]
    shape = tuple(tensor["shape"])
    mapped = np.memmap(path, dtype=np.dtype("<i2"), mode="r", offset=offset, shape=shape)
    # Rows are taken out of a plain array in half of the time; it keeps the map alive.
    return mapped.view(np.ndarray)
