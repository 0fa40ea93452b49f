"""Subtitles (srt, vtt, sbv, ass): the words that are spoken, once, in sentences.

Times are left out of the words: a paragraph begins with that of its first words, in brackets.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import lines, open_text
from rag.parsing.paging import paginate
from rag.types import Block, Page

_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,]\d{1,3}"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*(?:-->|,)\s*{_CLOCK}.*")
_EVENT = re.compile(r"Dialogue:\s*(?:[^,]*,){1}(\d+):(\d\d):(\d\d)\.\d+,(?:[^,]*,){7}(.*)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)*\s+([^>]+)>")
_TAG = re.compile(r"</?(?:[a-zA-Z][^<>]*|\d[\d:.]*)>|\{\\[^}]*\}|\{[yYcCfFsSpPbB]:[^}]*\}")
_END = re.compile(r"""[.!?…。！？]["'”’»)\]]*$""")
_APART = frozenset({"STYLE", "REGION", "NOTE"})
_UNSPACED_END = re.compile("[\u3001-\u30ff\u3400-\u9fff\uff00-\uff65]$")
_LONGEST = 1200
_SILENCE = 8
"""Seconds without words after which a paragraph ends with its sentence, or without."""

_PAUSE = 3
_REPEATED_LINES = 3


@dataclass(slots=True)
class Cue:
    """Some lines that are shown together from a second on, and who says them."""

    second: int
    end: int
    lines: list[str]
    voice: str = ""


def _seconds(hours: str | None, minutes: str, seconds: str) -> int:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)


def _clean(line: str) -> str:
    text = _TAG.sub("", line.replace("\\N", " ").replace("\\n", " ").replace("\\h", " "))
    return " ".join(unescape(text).replace("\u200b", "").split())


class _Cues:
    """Reads cue by cue what is shown; numbers, settings and remarks are left out."""

    def __init__(self) -> None:
        self._cue: Cue | None = None
        self._is_apart = False

    def read(self, source: Iterable[str]) -> Iterator[Cue]:
        for raw in source:
            line = raw.strip("\ufeff\r ")
            if not line:
                # A line of blanks is one of the two that captions which roll up show.
                if not raw.strip("\ufeff\r"):
                    self._is_apart = False
                    yield from self._close()
            elif found := _TIMES.fullmatch(line):
                yield from self._close(before_number=True)
                begin, end = found.groups()[:3], found.groups()[3:6]
                self._cue = Cue(_seconds(*begin), _seconds(*end), [])
            elif found := _EVENT.fullmatch(line):
                second = _seconds(*found.groups()[:3])
                yield Cue(second, second, [_clean(found[4])])
            else:
                self._take(line)
        yield from self._close()

    def _take(self, line: str) -> None:
        if self._cue is None:
            self._is_apart = self._is_apart or line.split(maxsplit=1)[0] in _APART
        elif not self._is_apart:
            voice = _VOICE.search(line)
            self._cue.voice = voice[1].strip() if voice else self._cue.voice
            self._cue.lines.append(_clean(line))

    def _close(self, *, before_number: bool = False) -> Iterator[Cue]:
        cue, self._cue = self._cue, None
        if cue is not None:
            # Without a blank line between cues the number of the next one is among the words.
            if before_number and cue.lines and cue.lines[-1].isdigit():
                cue.lines.pop()
            yield cue


def _once(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Leave out lines that stand there from the cue before, as in captions that roll up."""
    shown: list[str] = []
    last = -_SILENCE
    for cue in cues:
        texts = [line for line in cue.lines if line]
        if cue.second - last > _PAUSE:
            shown = []
        new: list[str] = []
        for index, text in enumerate(texts):
            if text in shown and not new:
                continue
            grown = shown[-1] if shown and not new else ""
            if index == len(texts) - 1 and grown and text.startswith(f"{grown} "):
                new.append(text[len(grown) + 1 :])
            else:
                new.append(text)
        last = max(cue.end, cue.second)
        if texts:
            shown = [*shown, *texts][-_REPEATED_LINES:]
        cue.lines = new
        if new:
            yield cue


def _clock(second: int) -> str:
    hours, rest = divmod(second, 3600)
    clock = f"{rest // 60:02}:{rest % 60:02}"
    return f"{hours}:{clock}" if hours else clock


class _Paragraph:
    """Words that belong together, while they are gathered."""

    def __init__(self, cue: Cue) -> None:
        self.begin = cue.second
        self.end = cue.second
        self.voice = cue.voice
        self.text = ""

    def takes(self, cue: Cue) -> bool:
        """Return whether the words of a cue go on with these."""
        silence = cue.second - self.end
        ends = bool(_END.search(self.text))
        is_full = len(self.text) >= _LONGEST and (ends or len(self.text) >= 2 * _LONGEST)
        return cue.voice == self.voice and silence <= _SILENCE and not is_full

    def add(self, cue: Cue) -> None:
        for line in cue.lines:
            joint = "" if not self.text or _UNSPACED_END.search(self.text) else " "
            self.text += joint + line
        self.end = max(cue.end, cue.second)

    def block(self) -> Block:
        said = f"{self.voice}: {self.text}" if self.voice else self.text
        return Block(text=f"[{_clock(self.begin)}] {said}")


def subtitle_blocks(source: Iterable[str]) -> Iterator[Block]:
    """Yield the words of subtitles, paragraph by paragraph."""
    yield from spoken_blocks(_once(_Cues().read(source)))


def spoken_blocks(cues: Iterable[Cue]) -> Iterator[Block]:
    """Yield what was said, in paragraphs that begin with their time."""
    paragraph: _Paragraph | None = None
    for cue in cues:
        if paragraph is None or not paragraph.takes(cue):
            yield from [paragraph.block()] if paragraph is not None else []
            paragraph = _Paragraph(cue)
        paragraph.add(cue)
    if paragraph is not None:
        yield paragraph.block()


def parse_subtitles(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the paragraphs of a file of subtitles."""

    def blocks() -> Iterator[Block]:
        with open_text(path, name) as stream:
            yield from subtitle_blocks(lines(stream))

    return paginate(blocks(), options)
