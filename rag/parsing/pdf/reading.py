"""The runs of text of a page: PDFium's lines, parted where gaps are wide, with their boxes.

Everything here is arithmetic over whole pages at once: a look at each letter, or at each word, in
Python would take longer than PDFium does. Only lines that PDFium may have got wrong are read letter
by letter: those that are turned, run from right to left, are glued together or taken apart.
"""

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.parsing.pdf.glyphs import Boxes, Frame, Glyphs
from rag.parsing.pdf.letters import Letter, spelled
from rag.parsing.pdf.lines import HYPHEN, Line, Word, around
from rag.parsing.pdf.scripts import clean

_GAP = 0.8
"""How far apart words of a run may stand, by the height of their font."""

_OFF_LINE = 0.6
_WIDEST_LETTER = 1.6
_FEW_LETTERS = 2.4
"""Words of fewer letters on average are no words, but letters that stand apart."""

_FEW_WORDS = 4
_SAME_BASE = 2.0
_MARK = re.compile(r"\d{1,3}(?=[^\W\d_])")
_LONGEST_MARK = 4
_SIGN = re.compile("[\u2212\u2022] ?(?=.)")
_SAME_WIDTH = 0.02
_MOSTLY = 0.6
_LEAST_SHARED = 8
_SAMPLE = 5
"""So many letters of a run show whether all of it is in one print."""

"""Letters of a line, beside one a word: a few may be alike by chance."""

_UPRIGHT, _DOWN, _OVER, _UP = 0, 90, 180, 270

_LEFTWARD = (("\u0590", "\u08ff"), ("\ufb1d", "\ufefc"))
"""Hebrew, Arabic and their neighbours, and the forms that old files have for them."""

_RUNS_LEFTWARD = re.compile("[" + "".join(f"{first}-{last}" for first, last in _LEFTWARD) + "]")

_Numbers = NDArray[np.int64]
_Flags = NDArray[np.bool_]


class _Words(NamedTuple):
    """The words of a page: numbers of their first and last letter, their line, their boxes."""

    starts: _Numbers
    ends: _Numbers
    lines: _Numbers
    first: Boxes
    last: Boxes

    def boxes(self) -> Boxes:
        """Return the box around the first and the last letter of each word."""
        boxes = np.minimum(self.first, self.last)
        np.maximum(self.first[:, 2:], self.last[:, 2:], out=boxes[:, 2:])
        return boxes


def _changes(blank: _Flags) -> _Numbers:
    """Return where blanks begin and end, on a page that is between two blanks.

    `numpy.diff` with its `prepend` and `append` takes five times as long for a page.
    """
    between = np.empty(len(blank) + 1, dtype=bool)
    np.not_equal(blank[1:], blank[:-1], out=between[1:-1])
    between[0], between[-1] = not blank[0], not blank[-1]
    return np.flatnonzero(between)


def _heads(lines: _Numbers) -> _Numbers:
    """Return the numbers of the words that open a line, given the line of each."""
    opens = np.empty(len(lines), dtype=bool)
    opens[0] = True
    np.not_equal(lines[1:], lines[:-1], out=opens[1:])
    return np.flatnonzero(opens)


def _words(glyphs: Glyphs, codes: NDArray[np.uint32]) -> _Words:
    hyphen = codes == ord(HYPHEN)
    broken = (codes == ord("\n")) | (codes == ord("\r")) | hyphen
    blank = (codes == ord(" ")) | broken
    if "\t" in glyphs.text or "\xa0" in glyphs.text:
        blank |= (codes == ord("\t")) | (codes == ord("\xa0"))
    # A word begins where a blank ends, and the other way round; the page is between two blanks.
    edges = _changes(blank)
    starts, last = edges[0::2], edges[1::2] - 1
    lines = np.cumsum(broken)[starts]
    boxes = glyphs.boxes(np.stack((starts, last), axis=1).ravel().tolist())
    # A hyphen at a line's end belongs to the word before it.
    ends = last + np.append(hyphen[1:], [False])[last]
    return _parted_by_turn(_Words(starts, ends, lines, boxes[0::2], boxes[1::2]))


def _has_shared_boxes(words: _Words) -> bool:
    """Return whether there is a line whose words mostly begin and end with letters of one width."""
    widths = [boxes[:, 2] - boxes[:, 0] for boxes in (words.first, words.last)]
    even = np.abs(widths[0] - widths[1]) < _SAME_WIDTH
    heads = _heads(words.lines)
    counts = np.append(heads[1:], len(words.starts)) - heads
    whole = np.add.reduceat(even, heads, dtype=np.int64) >= _MOSTLY * counts
    if not whole.any():
        return False
    letters = np.add.reduceat(words.ends - words.starts + 1, heads)
    return bool((whole & (letters >= _LEAST_SHARED + counts)).any())


def _parted_by_turn(words: _Words) -> _Words:
    """Begin a line where text that stands sideways follows on upright text, or the other way."""
    steps = np.abs(words.last - words.first)
    sideways = steps[:, 1] > np.maximum(steps[:, 0], 1)
    if not sideways.any():
        return words
    shows = np.maximum(steps[:, 0], steps[:, 1]) > 1
    number, was = 0, bool(sideways[int(shows.argmax())])
    numbers = np.zeros(len(sideways), dtype=np.int64)
    for word in range(len(sideways)):
        if shows[word] and bool(sideways[word]) != was:
            number, was = number + 1, not was
        numbers[word] = number
    return words._replace(lines=words.lines + numbers)


def turned(boxes: Boxes, turn: int, frame: Frame) -> Boxes:
    """Turn boxes of the page as seen so that text which is turned by `turn` is upright."""
    left, top, right, bottom = boxes.T
    width, height = frame.width, frame.height
    if turn == _DOWN:
        return np.stack((top, width - right, bottom, width - left), axis=1)
    if turn == _UP:
        return np.stack((height - bottom, left, height - top, right), axis=1)
    if turn == _UPRIGHT:
        return boxes
    return np.stack((width - right, height - bottom, width - left, height - top), axis=1)


Sides = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def as_seen(box: Sides, turn: int, frame: Frame) -> Sides:
    """Return a box of text that is turned by `turn` as it stands on the page."""
    left, top, right, bottom = box
    width, height = frame.width, frame.height
    if turn == _DOWN:
        return width - bottom, left, width - top, right
    if turn == _UP:
        return top, height - right, bottom, height - left
    if turn == _OVER:
        return width - right, height - bottom, width - left, height - top
    return box


def _sides(box: list[float]) -> Sides:
    left, top, right, bottom = box
    return left, top, right, bottom


class _Group(NamedTuple):
    """A line of PDFium's that is to be read letter by letter: its words, and how it is turned."""

    first: int
    last: int
    turn: int


class PageText:
    """The text of a page as runs; their words are made when they are asked for.

    `doubtful` are those in a font without a map to Unicode. `shared` says whether letters of a
    line have equal parts of one box, as those of a text have that replaces what is drawn.
    """

    def __init__(self, glyphs: Glyphs, frame: Frame) -> None:
        """Read the page, which may be closed afterwards."""
        self._text: str = glyphs.text
        self.frame = frame
        self.lines: list[Line] = []
        self.doubtful: set[Line] = set()
        self.shared = False
        self._words: dict[Line, tuple[Word, ...]] = {}
        if not self._text.strip():
            return
        self._codes = glyphs.codes()
        words = _words(glyphs, self._codes)
        if len(words.starts):
            self._starts, self._ends = words.starts, words.ends
            self._boxes = words.boxes()
            self.shared = _has_shared_boxes(words)
            self.lines = self._read(words, glyphs)

    def words_of(self, line: Line) -> tuple[Word, ...]:
        """Return the words of a run with their boxes."""
        if line.words:
            return line.words
        known = self._words.get(line)
        if known is None:
            known = self._words[line] = self._made(line.first, line.last + 1)
        return known

    def _made(self, start: int, stop: int) -> tuple[Word, ...]:
        spans = zip(self._starts[start:stop].tolist(), self._ends[start:stop].tolist(), strict=True)
        return tuple(
            Word(clean(self._text[first : last + 1]), *box)
            for (first, last), box in zip(spans, self._boxes[start:stop].tolist(), strict=True)
        )

    def first_letter(self, line: Line) -> int:
        """Return the place of a run's first letter in the text of the page."""
        return int(self._starts[line.first])

    def raw_text(self, line: Line) -> str:
        """Return the text of the words of a run as the file has it."""
        return self._text[int(self._starts[line.first]) : int(self._ends[line.last]) + 1]

    def _read(self, words: _Words, glyphs: Glyphs) -> list[Line]:
        groups = self._groups(words)
        plain = np.ones(len(words.starts), dtype=bool)
        for group in groups:
            plain[group.first : group.last + 1] = False
        runs = [(line.first, [line]) for line in self._plain_runs(words, plain, glyphs)]
        runs += [(group.first, self._spelled(group, glyphs)) for group in groups]
        runs.sort(key=lambda run: run[0])
        return [line for _, lines in runs for line in lines]

    def _groups(self, words: _Words) -> list[_Group]:
        """Return the lines that PDFium may have got wrong."""
        heads = _heads(words.lines)
        counts = np.append(heads[1:], len(words.starts)) - heads
        letters = words.ends - words.starts + 1
        height = np.maximum(words.first[:, 3] - words.first[:, 1], 1)
        width = self._boxes[:, 2] - self._boxes[:, 0]
        down = words.last[:, 1] - words.first[:, 1]
        glued = (np.abs(down) > _OFF_LINE * height) | (
            width > (letters + 1) * _WIDEST_LETTER * height
        )
        odd = np.logical_or.reduceat(glued, heads) if glued.any() else np.zeros(len(heads), bool)
        odd |= self._taken_apart(words, heads, counts, letters)
        odd |= self._leftward(words, heads)
        turns = self._turns(words, heads, height)
        odd |= turns != _UPRIGHT
        if not odd.any():
            return []
        return [
            _Group(int(heads[line]), int(heads[line] + counts[line] - 1), int(turns[line]))
            for line in np.flatnonzero(odd)
        ]

    def _taken_apart(
        self, words: _Words, heads: _Numbers, counts: _Numbers, letters: _Numbers
    ) -> _Flags:
        """Return which lines have hardly any but short words, as letter spacing makes them."""
        apart = np.add.reduceat(letters, heads) < _FEW_LETTERS * counts
        apart &= counts >= _FEW_WORDS
        if apart.any():
            # Figures and dot leaders are short words, too.
            spelt = np.add.reduceat(self._codes[words.starts] >= ord("A"), heads)
            apart &= 2 * spelt > counts
        return apart

    def _turns(self, words: _Words, heads: _Numbers, height: NDArray[np.float64]) -> _Numbers:
        """Return how many degrees clockwise each line stands turned, by the way its words go."""
        steps = words.last - words.first
        across, down = steps[:, 0] + steps[:, 2], steps[:, 1] + steps[:, 3]
        upright = (across >= np.abs(down)) | (words.starts == words.ends)
        if upright.all():
            return np.zeros(len(heads), dtype=np.int64)
        across, down = np.add.reduceat(across, heads) / 2, np.add.reduceat(down, heads) / 2
        sideways = np.abs(down) > np.maximum(np.abs(across), 1)
        over = (across < -2 * height[heads]) & ~self._leftward(words, heads)
        turns = np.where(sideways, np.where(down > 0, _DOWN, _UP), np.where(over, _OVER, _UPRIGHT))
        silent = (np.abs(down) < 1) & (np.abs(across) < 1)
        _turn_the_silent(turns, silent, words.first[heads])
        return turns

    def _leftward(self, words: _Words, heads: _Numbers) -> _Flags:
        """Return which lines have letters of scripts that run from right to left."""
        if self._text.isascii() or not _RUNS_LEFTWARD.search(self._text):
            return np.zeros(len(heads), dtype=bool)
        codes = self._codes
        found = np.zeros(len(codes), dtype=bool)
        for first, last in _LEFTWARD:
            found |= (codes >= ord(first)) & (codes <= ord(last))
        upto = np.concatenate(([0], np.cumsum(found)))
        leftward = np.add.reduceat(upto[words.ends + 1] - upto[words.starts], heads) > 0
        # On such a page PDFium may have the words of other lines from right to left as well.
        back = np.diff(self._boxes[:, 0], prepend=0) < -1
        back[heads] = False
        flags: _Flags = leftward | np.logical_or.reduceat(back, heads)
        return flags

    def _plain_runs(self, words: _Words, plain: _Flags, glyphs: Glyphs) -> list[Line]:
        """Return the runs of lines that are as they seem, all at once."""
        numbers = np.flatnonzero(plain)
        if not len(numbers):
            return []
        boxes = self._boxes if len(numbers) == len(plain) else self._boxes[numbers]
        left, top, right, bottom = boxes.T
        height = bottom - top
        tallest = np.maximum(np.maximum(height[1:], height[:-1]), 1)
        gap = (left[1:] - right[:-1]) / tallest
        shift = np.abs(np.diff(top + bottom)) / tallest
        parted = np.diff(words.lines[numbers]) != 0
        parted |= (gap > _GAP) | (gap < -1) | (shift > 2 * _OFF_LINE)
        heads = np.concatenate(([0], np.flatnonzero(parted) + 1))
        tails = np.append(heads[1:] - 1, len(numbers) - 1)
        low = np.minimum.reduceat(boxes, heads)[:, :2].tolist()
        high = np.maximum.reduceat(boxes, heads)[:, 2:].tolist()
        firsts, lasts = numbers[heads].tolist(), numbers[tails].tolist()
        starts, ends = words.starts[firsts].tolist(), words.ends[lasts].tolist()
        heights = [bottom - top for (_, top), (_, bottom) in zip(low, high, strict=True)]
        prints = glyphs.prints([self._printed(start) for start in starts], heights)
        found = []
        for first, last, start, end, corner, other, how in zip(
            firsts, lasts, starts, ends, low, high, prints, strict=True
        ):
            text = clean(self._text[start : end + 1])
            if text.strip(HYPHEN):
                sides = (corner[0], corner[1], other[0], other[1])
                line = Line(text, *sides, 0, how.size, how.bold, first, last)
                if how.fixed and glyphs.all_fixed(_sample(start, end)):
                    line.fixed = True
                if how.unmapped:
                    self.doubtful.add(line)
                found.append(line)
        return found

    def _printed(self, start: int) -> int:
        """Return the letter that shows the print of a run: behind a sign or a note's mark."""
        first = self._text[start]
        if first.isalpha():
            return start
        mark = _MARK.match(self._text, start, start + _LONGEST_MARK) or _SIGN.match(
            self._text, start
        )
        return mark.end() if mark else start

    def _spelled(self, group: _Group, glyphs: Glyphs) -> list[Line]:
        """Return the runs of a line that is read letter by letter."""
        start, end = int(self._starts[group.first]), int(self._ends[group.last]) + 1
        boxes = glyphs.boxes(range(start, end))
        boxes = turned(boxes, group.turn, self.frame)
        letters = [
            Letter(char, *sides, char == " " and glyphs.made_up(start + offset))
            for offset, (char, sides) in enumerate(
                zip(self._text[start:end], map(_sides, boxes.tolist()), strict=True)
            )
        ]
        (how,) = glyphs.prints([start], [letters[0].height])
        found = [
            Line(
                clean(" ".join(word.text for word in run)),
                *around(run),
                group.turn,
                how.size,
                how.bold,
                group.first,
                group.last,
                tuple(run),
                fixed=how.fixed,
            )
            for run in spelled(letters)
        ]
        if how.unmapped:
            self.doubtful.update(found)
        return found


def _sample(start: int, end: int) -> list[int]:
    """Return the numbers of some letters of a run, its last one among them."""
    return [start + (end - start) * part // _SAMPLE for part in range(1, _SAMPLE + 1)]


def _turn_the_silent(turns: _Numbers, silent: _Flags, boxes: Boxes) -> None:
    """Give lines of a single letter, which do not show how they are turned, a turn.

    Letters beside each other are upright, as PDFium takes a line apart that stands across the
    others; else the line before tells.
    """
    if not turns.any():
        return
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    for line in np.flatnonzero(silent).tolist():
        beside = [other for other in (line - 1, line + 1) if 0 <= other < len(turns)]
        if any(
            silent[other] and abs(middles[other, 1] - middles[line, 1]) < _SAME_BASE
            for other in beside
        ):
            turns[line] = _UPRIGHT
        else:
            turns[line] = (
                turns[line - 1] if line else next((int(turn) for turn in turns if turn), 0)
            )
