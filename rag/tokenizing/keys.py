"""Words as keys of an index that is searched by their beginnings, in any order of characters.

A key is hexadecimal: databases compare it alike, whatever language they sort by, and the key of a
beginning of a word is a beginning of its key.
"""

import re
from collections.abc import Iterator

from rag.tokenizing.scripts import UNSPACED
from rag.tokenizing.tokens import normalize

LONGEST = 24
"""Bytes of a word that are told apart."""

AFTER = "g"
"""Put to a key, it is behind all keys that begin with that one."""

_SIGN = re.compile(rf"[{UNSPACED}]")
_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(rf"([{UNSPACED}]+)|[^\W_{UNSPACED}]+")


def keys_of_text(text: str) -> set[str]:
    """Return the keys of the words of a text."""
    return set(map(key_of, words_of_text(text)))


def words_of_text(text: str) -> set[str]:
    """Return the words of a text; scripts without blanks have one for each place."""
    said = normalize(text)
    if _SIGN.search(said) is None:
        return set(_WORD.findall(said))  # a third of the time of one by one
    return set(_words(said, whole=True))


def keys_of_query(query: str) -> list[str]:
    """Return the keys of the beginnings of words that are searched for, each once."""
    return list(dict.fromkeys(key_of(word) for word in _words(normalize(query), whole=False)))


def words_of_query(query: str) -> list[str]:
    """Return what is searched for as it is compared."""
    return [run[0] for run in _RUN.finditer(normalize(query))]


def key_of(word: str) -> str:
    """Return the key of a word."""
    return word.encode("utf-8", "replace")[:LONGEST].hex()


def _words(said: str, *, whole: bool) -> Iterator[str]:
    """Yield words of a normalized text.

    Of a run without blanks these are the pairs, and if it is a `whole` one, its last sign.
    """
    for run in _RUN.finditer(said):
        found = run[0]
        if run[1] is None:
            yield found
            continue
        ends = len(found) if whole or len(found) == 1 else len(found) - 1
        yield from (found[place : place + 2] for place in range(ends))
