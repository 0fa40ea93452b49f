"""Lines read letter by letter: words from gaps, and the order of scripts from right to left."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import NamedTuple
from unicodedata import bidirectional

from rag.parsing.pdf.lines import HYPHEN, Word

_APART = 0.8
"""Letters further apart than this, by their height, stand in different runs."""

_WORD_GAP = 0.18
_SPACED = 0.6
_OFF_LINE = 0.5
_JUMPS = 2
_FEW_LETTERS = 2.4
_BASES = "\u0627\u0623\u0625\u0622\u0671"
_LAM = "\u0644"
_STRONG_LEFT = frozenset({"R", "AL"})
_LEFT_TO_RIGHT = frozenset({"L", "EN", "AN"})
_BRACKETS = {"(": ")", "[": "]", "{": "}", "\u00ab": "\u00bb"}
_CLOSING = {closing: opening for opening, closing in _BRACKETS.items()}


class Letter(NamedTuple):
    """A letter and its box; a blank is `made_up` where the file has none, but a gap."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    made_up: bool = False

    @property
    def height(self) -> float:
        """Return the height of the box, at least a point."""
        return max(self.bottom - self.top, 1.0)


def _is_off_line(one: Letter, other: Letter) -> bool:
    tall = max(one.height, other.height)
    return abs((one.top + one.bottom) - (other.top + other.bottom)) > 2 * _OFF_LINE * tall


def _base_lines(letters: Sequence[Letter], *, leftward: bool) -> Iterator[list[Letter]]:
    """Part letters where one stands on another base line than the one before, or jumps back."""
    run: list[Letter] = []
    last: Letter | None = None
    for letter in letters:
        if not letter.text.isspace() and letter.text != HYPHEN:
            back = last is not None and not leftward and letter.left < last.left - letter.height
            if last is not None and (back or _is_off_line(last, letter)):
                yield run
                run = []
            last = letter
        run.append(letter)
    if last is not None:
        yield run


def _runs(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Part letters in their order where a gap is too wide to go on; a file's own blank fills it."""
    run: list[Letter] = []
    last: Letter | None = None
    for letter in letters:
        if letter.made_up or letter.text == HYPHEN:
            run.append(letter)
            continue
        if last is not None:
            gap = max(last.left, letter.left) - min(last.right, letter.right)
            if gap > _APART * max(last.height, letter.height):
                yield run
                run = []
        run.append(letter)
        last = letter
    if last is not None:
        yield run


def _gaps(letters: Sequence[Letter]) -> list[float]:
    return [
        other.left - one.right
        for one, other in pairwise(letters)
        if not one.text.isspace() and not other.text.isspace()
    ]


def _parted(letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """Part a run into words: at the blanks of the file, or where gaps are wider than usual."""
    shown = [letter for letter in letters if not letter.made_up]
    gaps = _gaps([letter for letter in letters if not letter.text.isspace()])
    usual = median(gaps) if gaps else 0.0
    spaced = _is_letter_spaced(letters, usual)
    if not spaced:
        for blank, group in groupby(letters, key=lambda letter: letter.text.isspace()):
            if not blank:
                yield list(group)
        return
    own_blanks = any(letter.text.isspace() for letter in shown)
    word: list[Letter] = []
    for letter in shown:
        if letter.text.isspace() or (
            word
            and not own_blanks
            and letter.left - word[-1].right > usual + _WORD_GAP * letter.height
        ):
            yield word
            word = []
        if not letter.text.isspace():
            word.append(letter)
    yield word


def _is_letter_spaced(letters: Sequence[Letter], usual: float) -> bool:
    """Return whether blanks were put into words because their letters stand apart."""
    words = "".join(letter.text for letter in letters).split()
    count = sum(map(len, words))
    alphabetic = sum(letter.text.isalpha() for letter in letters)
    return (
        count < _FEW_LETTERS * len(words)
        and 10 * alphabetic >= 7 * count
        and any(letter.made_up for letter in letters)
        and usual < _SPACED * letters[0].height
    )


def _pairs_in_order(letters: Sequence[Letter]) -> list[Letter]:
    """Put a lam before the alef that it shares its box with: they are one glyph, read backwards."""
    ordered = list(letters)
    for index, letter in enumerate(ordered[1:], 1):
        before = ordered[index - 1]
        if letter.text == _LAM and before.text in _BASES and letter[1:5] == before[1:5]:
            ordered[index - 1], ordered[index] = letter, before
    return ordered


def _kinds(letters: Sequence[Letter]) -> list[bool]:
    """Return for each letter whether it belongs to a stretch that runs from left to right."""
    found = [bidirectional(letter.text[0]) in _LEFT_TO_RIGHT for letter in letters]
    strong = [bidirectional(letter.text[0]) in _STRONG_LEFT for letter in letters]
    index = 0
    while index < len(found):
        stop = index
        while stop < len(found) and not found[stop] and not strong[stop]:
            stop += 1
        inside = index > 0 and stop < len(found) and found[index - 1] and found[stop]
        if stop > index and inside:
            found[index:stop] = [True] * (stop - index)
        index = max(stop, index + 1)
    return found


def _rightmost(letter: Letter) -> float:
    return -(letter.left + letter.right)


def _in_reading_order(letters: Sequence[Letter]) -> list[Letter]:
    """Turn round the Latin words and numbers in letters that are ordered from right to left.

    The places are the truth: programs store such lines in either order, and with their stretches
    of Latin letters and digits in any.
    """
    kinds = _kinds(letters)
    result: list[Letter] = []
    for latin, group in groupby(range(len(letters)), key=lambda index: kinds[index]):
        stretch = [letters[index] for index in group]
        result += reversed(stretch) if latin else stretch
    return _with_right_brackets(result)


def _with_right_brackets(letters: list[Letter]) -> list[Letter]:
    """Turn brackets round where the line opens with a closing one: they were stored as seen."""
    brackets = [letter.text for letter in letters if letter.text in _BRACKETS | _CLOSING]
    if len(brackets) % 2:
        return letters
    opened = 0
    result = []
    for letter in letters:
        if letter.text in _BRACKETS | _CLOSING:
            opening = _CLOSING.get(letter.text, letter.text)
            right = _BRACKETS[opening] if opened % 2 else opening
            result.append(letter._replace(text=right))
            opened += 1
        else:
            result.append(letter)
    return result


def _word(letters: Sequence[Letter]) -> Word:
    return Word(
        "".join(letter.text for letter in letters),
        min(letter.left for letter in letters),
        min(letter.top for letter in letters),
        max(letter.right for letter in letters),
        max(letter.bottom for letter in letters),
    )


def _runs_leftward(letters: Sequence[Letter]) -> bool:
    """Return whether most strong letters of a line are of scripts from right to left."""
    kinds = [bidirectional(letter.text[0]) for letter in letters]
    leftward = sum(kind in _STRONG_LEFT for kind in kinds)
    return leftward > 0 and 2 * leftward >= sum(kind == "L" for kind in kinds)


def _jumps_back(letters: Sequence[Letter]) -> bool:
    """Return whether the words of one base line stand in the order from right to left."""
    shown = [letter for letter in letters if not letter.text.isspace()]
    steps = list(pairwise(shown))
    if any(bidirectional(letter.text[0]) in _STRONG_LEFT for letter in shown) or any(
        _is_off_line(one, other) for one, other in steps
    ):
        return False
    return sum(other.left < one.left - one.height / 2 for one, other in steps) >= _JUMPS


def spelled(letters: Sequence[Letter]) -> Iterator[list[Word]]:
    """Yield the runs of a line, each as its words in the order in which they are read."""
    shown = [letter for letter in letters if letter.text not in "\r\n"]
    leftward = _runs_leftward(shown)
    if not leftward and _jumps_back(shown):
        # PDFium has the words of a Latin line from right to left where a page is written so.
        shown = sorted(shown, key=lambda letter: (letter.left + letter.right, letter.made_up))
    for line in _base_lines(shown, leftward=leftward):
        ordered = sorted(_pairs_in_order(line), key=_rightmost) if leftward else line
        for run in _runs(ordered):
            read = _in_reading_order(run) if leftward else run
            words = [_word(word) for word in _parted(read) if word]
            if words:
                yield words
