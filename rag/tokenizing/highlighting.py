"""Marks where the tokens of a question stand in a text."""

from collections.abc import Collection, Iterator
from functools import lru_cache

from rag.tokenizing.canonical import spread_forms
from rag.tokenizing.compounds import compound_parts
from rag.tokenizing.inflections import stem_in
from rag.tokenizing.languages import MARK
from rag.tokenizing.scripts import RUN
from rag.tokenizing.tokens import (
    FORM_WEIGHT,
    expand_run,
    expand_word,
    inner_words,
    is_word,
    normalize,
)

OPEN, CLOSE = "<em>", "</em>"

Span = tuple[int, int]


def _stems(word: str, tokens: Collection[str]) -> set[str]:
    """Return the stems of a word in the languages that stems are looked for in."""
    return {stem_in(language, word) for language in _languages(frozenset(tokens))}


@lru_cache(1 << 6)
def _languages(tokens: frozenset[str]) -> frozenset[str]:
    return frozenset(token.partition(MARK)[0] for token in tokens if MARK in token)


def _word_spans(text: str, start: int, tokens: Collection[str]) -> Iterator[Span]:
    """Yield a compound as a whole if it was asked for, else the parts that were."""
    whole = expand_word(normalize(text))
    names = {token for token, weight in whole if weight == FORM_WEIGHT}
    names |= _stems(normalize(text), tokens)
    if whole and (whole[0][0] in tokens or not names.isdisjoint(tokens)):
        yield start, start + len(text)
        return
    for part in inner_words(text):
        place, normal = start + part.start(), normalize(part.group())
        expanded = {token for token, _ in expand_word(normal)} | _stems(normal, tokens)
        if not expanded.isdisjoint(tokens):
            yield place, place + len(part.group())
        elif len(normal) == len(part.group()):
            yield from _compound_spans(normal, place, tokens)


def _compound_spans(word: str, start: int, tokens: Collection[str]) -> Iterator[Span]:
    """Yield the parts of a compound that were asked for by their stems."""
    for language in _languages(frozenset(tokens)):
        for first, last in compound_parts(language, word):
            if stem_in(language, word[first:last]) in tokens:
                yield start + first, start + last


def _run_spans(text: str, start: int, tokens: Collection[str], kind: int) -> Iterator[Span]:
    """Yield every place in an unspaced run where one of its own tokens that were asked for is."""
    normal = normalize(text)
    if len(normal) != len(text):
        return
    for token in {token for token, _ in expand_run(kind, normal)} & set(tokens):
        place = normal.find(token)
        while place >= 0:
            yield start + place, start + place + len(token)
            place = normal.find(token, place + 1)


def _spread_spans(normal: str, tokens: Collection[str]) -> Iterator[Span]:
    """Yield numbers and codes that are written over blanks or signs, by their other forms."""
    for start, end, forms in spread_forms(normal):
        if not set(forms).isdisjoint(tokens):
            yield start, end


def _comparable(text: str) -> str:
    """Return the form of a text that is compared, if each sign stands where it stood."""
    forms = (normalize(text), text.lower())
    return next((form for form in forms if len(form) == len(text)), text)


def _spans(text: str, tokens: Collection[str]) -> Iterator[Span]:
    plain = _comparable(text)
    yield from _spread_spans(plain, tokens)
    for match in RUN.finditer(plain):
        kind = match.lastindex or 0
        find = _word_spans(match.group(), match.start(), tokens) if is_word(kind) else None
        yield from find or _run_spans(match.group(), match.start(), tokens, kind)


def highlight(text: str, tokens: Collection[str]) -> str:
    """Return the text with `<em>` around what makes one of the tokens; nothing is escaped.

    Neighbouring and overlapping marks become one.
    """
    wanted = frozenset(tokens)
    pieces: list[str] = []
    done = 0
    opened: Span | None = None
    for start, end in [*sorted(_spans(text, wanted)), (len(text) + 1, len(text) + 1)]:
        if opened is not None and start <= opened[1]:
            opened = opened[0], max(end, opened[1])
            continue
        if opened is not None:
            pieces += [text[done : opened[0]], OPEN, text[opened[0] : opened[1]], CLOSE]
            done = opened[1]
        opened = start, end
    return "".join([*pieces, text[done:]])
