"""Makes a chunk of each pair of a question and its answer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from rag.chunking.base import ChunkOptions, TokenCounter
from rag.chunking.headings import HeadingPath
from rag.chunking.positions import merge
from rag.types import Block, BlockKind, ChunkDraft, Page, Position

_QUESTION = re.compile(
    r"\s*(?:(?:Q|Question|Frage|Pregunta|Domanda|Pergunta|Vraag|Вопрос)\s*\d*\s*[:：.]"
    r"|(?:问题?|問題?|質問|질문|문)\s*\d*\s*[:：])\s*(.*)",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\s*(?:(?:A|Answer|Antwort|Réponse|Respuesta|Risposta|Resposta|Antwoord|Ответ)\s*\d*\s*[:：.]"
    r"|(?:答案?|回答|解答|답변?)\s*\d*\s*[:：])\s*(.*)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"\s*\d{1,3}\s*[.)、\uff0e]\s*(\S.*[?？؟])\s*")
# The names people give to the two columns; any other first row is a pair like the rest.
_COLUMN_NAMES = frozenset(
    {
        *("q", "question", "questions", "query", "prompt", "问", "问题", "問題", "提问", "質問"),
        *("frage", "fragen", "pregunta", "preguntas", "domanda", "pergunta", "vraag", "вопрос"),
        "질문",
    }
)
_PAIR = 2


@dataclass(slots=True)
class _Pair:
    """A pair being read; `answering` once its answer has begun.

    It is `headed` if a heading asked, `listed` if an item of a list did.
    """

    question: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    answering: bool = False
    headed: bool = False
    listed: bool = False
    headings: tuple[str, ...] = ()

    def drafts(self) -> Iterator[ChunkDraft]:
        question = " ".join(" ".join(self.question).split())
        answer = "\n".join(self.answer).strip()
        if question and answer:
            content = f"Question: {question}\tAnswer: {answer}"
            yield ChunkDraft(content, merge(self.positions), (question,), self.headings)


def chunk_pairs(
    pages: Iterable[Page], _options: ChunkOptions, _count_tokens: TokenCounter
) -> Iterator[ChunkDraft]:
    r"""Yield a chunk `Question: …\tAnswer: …` per pair; pairs keep all their text.

    Pairs are the first two cells of table rows (without column names, or with names like
    "Question"), lines of question TAB answer, headings with the text below them, numbered lines
    that end with a question mark, and texts that begin "Q:" and "A:", "Frage:" and "Antwort:",
    "问：" and "答：" and the like. A line that begins no pair continues the one before.
    """
    reader = _Reader()
    for page in pages:
        for block in page.blocks:
            yield from reader.read(block, at_start=page.number == 1)
    yield from reader.pair.drafts()


class _Reader:
    """Reads blocks in order and hands out the pairs that they complete."""

    def __init__(self) -> None:
        self.pair = _Pair()
        self._headings = HeadingPath()
        self._path: tuple[str, ...] = ()
        self._table: tuple[str, tuple[str, ...]] | None = None

    def read(self, block: Block, *, at_start: bool) -> Iterator[ChunkDraft]:
        self._path = self._headings.of(block)
        if block.kind is BlockKind.ROW:
            yield from self._row(block, at_start=at_start)
        elif block.kind is BlockKind.HEADING and not _QUESTION.match(block.text):
            yield from self._next(_Pair([block.text], answering=True, headed=True), block)
        else:
            for line in block.text.split("\n"):
                yield from self._line(line, block)

    def _row(self, block: Block, *, at_start: bool) -> Iterator[ChunkDraft]:
        table = (block.table, block.header)
        # A parse that begins in the middle of a table must not repeat the table's first row.
        is_top = self._table != table and (at_start or self._table is not None)
        self._table = table
        if is_top and block.header and block.header[0].strip().lower() not in _COLUMN_NAMES:
            yield from self._cells(block, block.header)
        yield from self._cells(block, block.cells)

    def _cells(self, block: Block, cells: tuple[str, ...]) -> Iterator[ChunkDraft]:
        filled = [cell for cell in cells if cell.strip()][:_PAIR]
        yield from self._next(_Pair(filled[:1], filled[1:], answering=True), block)

    def _line(self, line: str, block: Block) -> Iterator[ChunkDraft]:
        asked, answered = _QUESTION.match(line), _ANSWER.match(line)
        question, tab, answer = line.partition("\t")
        listed = _LISTED.fullmatch(line) if self._takes_lists else None
        if listed:
            yield from self._next(_Pair([listed[1]], answering=True, listed=True), block)
        elif asked:
            yield from self._next(_Pair([asked[1]]), block)
        elif answered and self.pair.question and not self.pair.answering:
            self.pair.answering = True
            self._continue(answered[1], block)
        elif tab and question.strip() and not self.pair.headed:
            yield from self._next(_Pair([question], [answer], answering=True), block)
        else:
            self._continue(line, block)

    @property
    def _takes_lists(self) -> bool:
        """Tell whether a numbered question begins a pair: it may be part of an answer."""
        return self.pair.listed or not self.pair.question

    def _next(self, pair: _Pair, block: Block) -> Iterator[ChunkDraft]:
        done, self.pair = self.pair, pair
        pair.positions += block.positions
        pair.headings = self._path
        yield from done.drafts()

    def _continue(self, line: str, block: Block) -> None:
        if self.pair.question:
            (self.pair.answer if self.pair.answering else self.pair.question).append(line)
            if self.pair.positions[-1:] != list(block.positions[-1:]):
                self.pair.positions += block.positions
