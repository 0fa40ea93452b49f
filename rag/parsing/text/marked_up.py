"""Texts with light marks (reStructuredText, Org, AsciiDoc, LaTeX): headings, code, paragraphs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rag.parsing.base import ParseOptions
from rag.parsing.decoding import open_text, slices
from rag.parsing.paging import paginate
from rag.parsing.registry import suffix_of
from rag.parsing.text.plain import prose_blocks
from rag.types import Block, BlockKind, Page

_ORG = re.compile(r"(\*{1,6})\s+(?:(?:TODO|DONE)\s+)?(.*?)(?:\s+:[\w:@]+:)?\s*")
_ADOC = re.compile(r"(={1,6})\s+(\S.*?)(?:\s+=+)?\s*")
_TEX = re.compile(
    r"\s*\\(title|part|chapter|section|subsection|subsubsection|paragraph)\*?"
    r"(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}\s*(?:\\label\{[^}]*\})?\s*"
)
_TEX_LEVELS = {"title": 1, "part": 1, "chapter": 1, "section": 2, "subsection": 3}
_UNDERLINE = re.compile(r"([=\-`:.'\"~^_*+#])\1{2,}\s*")
_COMMENT = re.compile(r"(?<!\\)%.*")
_MARK = re.compile(
    r"\\(?:textbf|textit|emph|texttt|textrm|textsf|textsc|underline|mbox|text|url|footnote)"
    r"\{([^{}]*)\}"
)
_DROPPED = re.compile(
    r"\\(?:label|vspace|hspace|usepackage|documentclass|bibliographystyle|pagestyle|newpage|maketitle"
    r"|centering|noindent|includegraphics|input|setlength|hline|clearpage|begin|end)\*?"
    r"(?:\[[^\]]*\])?(?:\{[^{}]*\})*"
)
_ESCAPED = re.compile(r"\\([&%$#_{}])")
_FENCES: Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "org": (
        re.compile(r"#\+begin_(?:src|example)", re.IGNORECASE),
        re.compile(r"#\+end_", re.IGNORECASE),
    ),
    "adoc": (re.compile(r"(?:-{4,}|\.{4,})\s*$"), re.compile(r"(?:-{4,}|\.{4,})\s*$")),
    "tex": (
        re.compile(r"\s*\\begin\{(?:verbatim|lstlisting|minted)"),
        re.compile(r"\s*\\end\{(?:verbatim|lstlisting|minted)"),
    ),
}
_DIALECTS = {"asciidoc": "adoc", "latex": "tex"}
_LONGEST_HEADING = 500
_NEVER = re.compile(r"(?!)")


class _Reader:
    """Reads one text of a dialect, line by line."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._open, self._close = _FENCES.get(dialect, (_NEVER, _NEVER))
        self._kept: list[str] = []
        self._code: list[str] | None = None
        self._marks: list[str] = []

    def read(self, text: str) -> Iterator[Block]:
        """Yield the blocks of a piece of the text."""
        for line in text.split("\n"):
            if self._code is not None:
                yield from self._within_code(line)
            elif self._open.match(line):
                yield from self._flush()
                self._code = []
            elif heading := self._heading(line):
                yield from self._flush()
                yield heading
            else:
                self._kept.append(line)
        if self._code is None:
            yield from self._flush()

    def end(self) -> Iterator[Block]:
        """Yield code that has no end."""
        yield from self._within_code(None)

    def _within_code(self, line: str | None) -> Iterator[Block]:
        if line is not None and not self._close.match(line):
            self._code = [*(self._code or []), line]
            return
        text = "\n".join(self._code or []).strip("\n").rstrip()
        self._code = None
        if text.strip():
            yield Block(text=text, kind=BlockKind.CODE)

    def _flush(self) -> Iterator[Block]:
        text = "\n".join(self._kept)
        self._kept.clear()
        yield from prose_blocks(_plain_tex(text) if self._dialect == "tex" else text)

    def _heading(self, line: str) -> Block | None:
        if len(line) > _LONGEST_HEADING:
            return None
        if self._dialect == "org" and (found := _ORG.fullmatch(line)):
            return _heading(found[2], len(found[1]))
        if self._dialect == "adoc" and (found := _ADOC.fullmatch(line)):
            return _heading(found[2], len(found[1]))
        if self._dialect == "tex" and (found := _TEX.fullmatch(line)):
            return _heading(_plain_tex(found[2]), _TEX_LEVELS.get(found[1], 4))
        return self._underlined(line) if self._dialect == "rst" else None

    def _underlined(self, line: str) -> Block | None:
        """Return the title that a line of marks stands under; marks rank as they first come."""
        title = self._kept[-1].strip() if self._kept else ""
        above = self._kept[-2] if len(self._kept) > 1 else ""
        is_title = bool(title) and _UNDERLINE.fullmatch(title) is None
        if not _UNDERLINE.fullmatch(line) or not is_title or len(line.strip()) < len(title):
            return None
        has_roof = above.strip() == line.strip()
        if above.strip() and not has_roof:
            return None
        mark = line.strip()[0] * (1 + has_roof)
        if mark not in self._marks:
            self._marks.append(mark)
        del self._kept[-2 if has_roof else -1 :]
        return _heading(title, self._marks.index(mark) + 1)


def _heading(text: str, level: int) -> Block | None:
    text = text.strip()
    return Block(text=text, kind=BlockKind.HEADING, level=min(level, 6)) if text else None


def _plain_tex(text: str) -> str:
    """Return LaTeX without the marks that say nothing; formulas stay as they are written."""
    text = "\n".join(_COMMENT.sub("", line) for line in text.split("\n"))
    for _ in range(3):
        text = _MARK.sub(r"\1", text)
    text = re.sub(r"\\item\s*(?:\[([^\]]*)\])?", r"- \1 ", _DROPPED.sub("", text))
    return _ESCAPED.sub(r"\1", text.replace("``", "“").replace("''", "”").replace("~", " "))


def parse_marked_up(path: Path, name: str, options: ParseOptions) -> Iterator[Page]:
    """Yield the headings and paragraphs of a text with light marks."""
    suffix = suffix_of(name)
    reader = _Reader(_DIALECTS.get(suffix, suffix))

    def blocks() -> Iterator[Block]:
        with open_text(path, name) as stream:
            for piece in slices(stream):
                yield from reader.read(piece.replace("\ufeff", ""))
        yield from reader.end()

    return paginate(blocks(), options)
