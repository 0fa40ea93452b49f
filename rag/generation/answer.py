"""Answering a question: prompt, model, citations, composed into one stream."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rag.engines.base import Hit
from rag.generation.citations import CitationFilter, cite, normalize
from rag.generation.extractive import extract
from rag.generation.prompt import CountTokens, Prompt, PromptTemplate, build_prompt
from rag.generation.sentences import Tokenize
from rag.llm.base import ChatModel, Delta, GenerationOptions, Usage
from rag.types import Message


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """A question with all that the answer may rest on.

    `history` holds the turns before, oldest first; `hits` the passages, best first. Without hits a
    non-blank `empty_response` is the answer. `window` is the model's context in tokens, from
    which `options.max_tokens` is kept free for the answer, but never so much that there is no room
    for what the answer may rest on. `cite_missing` adds citations to the
    final text of an answer that has none.
    """

    question: str
    template: PromptTemplate
    history: tuple[Message, ...] = ()
    hits: tuple[Hit, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    empty_response: str = ""
    options: GenerationOptions = field(default_factory=GenerationOptions)
    window: int = 8192
    cite_missing: bool = False


@dataclass(frozen=True, slots=True)
class AnswerTools:
    """The functions that answering needs: counting, cutting into tokens, seconds that only grow."""

    count_tokens: CountTokens
    tokenize: Tokenize
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as far as it has come.

    `references` are the indices of the cited hits in the order of their first marker; seconds
    count from the first request for a piece; `first_token_seconds` is None before the first piece
    and `seconds` 0 before the end.
    """

    text: str
    reasoning: str
    references: tuple[int, ...]
    usage: Usage
    first_token_seconds: float | None
    seconds: float


# What answers need when nobody says how long they may get.
_ANSWER_TOKENS = 512

# What stays for the prompt however long the answer may get: one part of so many of the window.
_PROMPT_PART = 4


class AnswerStream(Iterator[Delta]):
    """Pieces of an answer as they arrive; `answer` is what they add up to.

    Closing it, or letting an error into it, ends the model's call.
    """

    def __init__(self, request: AnswerRequest, model: ChatModel | None, tools: AnswerTools) -> None:
        """Build the prompt; the model is not asked before the first piece is wanted.

        Without a model the answer is made of sentences from the passages. Raises
        MissingVariableError when a variable of the template has no value.
        """
        self._request = request
        self._tools = tools
        self._prompt = _prompt(request, tools)
        self._citations = CitationFilter(self._citable(model))
        self._pieces = self._run(model)
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._usage = Usage()
        self._started = 0.0
        self._seconds = 0.0
        self._first_seconds: float | None = None
        self._finished = False

    @property
    def prompt(self) -> Prompt:
        """Return what the model is asked."""
        return self._prompt

    @property
    def answer(self) -> Answer:
        """Return the answer as far as it has come; after the last piece it is final."""
        text, references = "".join(self._content), self._citations.used
        if self._finished and self._request.cite_missing and not references:
            text, references = self._cited(text)
        return Answer(
            text=text,
            reasoning="".join(self._reasoning),
            references=references,
            usage=self._usage,
            first_token_seconds=self._first_seconds,
            seconds=self._seconds,
        )

    def __next__(self) -> Delta:
        """Return the next piece that has content or reasoning, or something beside these."""
        return next(self._pieces)

    def close(self) -> None:
        """End the model's call, wherever it is."""
        self._pieces.close()

    def _citable(self, model: ChatModel | None) -> int:
        """Return how many passages may be cited: those that the model sees, if it is to cite."""
        if not self._request.template.citing:
            return 0
        return len(self._request.hits) if model is None else self._prompt.passages

    def _run(self, model: ChatModel | None) -> Generator[Delta]:
        self._started = self._tools.clock()
        source = self._source(model)
        try:
            for delta in source:
                piece = self._take(delta)
                if piece.content or piece.reasoning:
                    yield self._noted(piece)
                elif piece.aside is not None:
                    yield piece
        finally:
            # A model's generator ends its call here and now, not when it is collected.
            close = getattr(source, "close", None)
            if close is not None:
                close()
            self._seconds = self._tools.clock() - self._started
        rest = self._citations.finish()
        if rest:
            yield self._noted(Delta(content=rest))
        self._finished = True

    def _source(self, model: ChatModel | None) -> Iterator[Delta]:
        request = self._request
        if not request.hits and request.empty_response.strip():
            return iter([Delta(content=request.empty_response)])
        if model is None:
            return extract(request.question, request.hits, self._tools.tokenize)
        return model.stream(self._prompt.messages, _options(request))

    def _take(self, delta: Delta) -> Delta:
        """Return the delta with citations decided; keep the usage, of which the last counts."""
        self._usage = delta.usage or self._usage
        content = self._citations.feed(delta.content) if delta.content else ""
        return Delta(content, delta.reasoning, aside=delta.aside)

    def _noted(self, piece: Delta) -> Delta:
        """Add a piece to the answer, and the time if it is the first."""
        if self._first_seconds is None:
            self._first_seconds = self._tools.clock() - self._started
        self._content.append(piece.content)
        self._reasoning.append(piece.reasoning)
        return piece

    def _cited(self, text: str) -> tuple[str, tuple[int, ...]]:
        shown = self._request.hits[: self._citations.count]
        return normalize(cite(text, shown, self._tools.tokenize), len(shown))


def _prompt(request: AnswerRequest, tools: AnswerTools) -> Prompt:
    return build_prompt(
        request.template,
        request.values,
        request.history,
        request.question,
        request.hits,
        count_tokens=tools.count_tokens,
        budget=request.window - _most_tokens(request, request.options.max_tokens or _ANSWER_TOKENS),
    )


def _options(request: AnswerRequest) -> GenerationOptions:
    """Return the options with no more tokens for the answer than the prompt has left for it."""
    wanted = request.options.max_tokens
    if wanted is None:
        return request.options
    return replace(request.options, max_tokens=_most_tokens(request, wanted))


def _most_tokens(request: AnswerRequest, wanted: int) -> int:
    """Return how many tokens the answer may take of the window, `wanted` at most."""
    return min(wanted, request.window - request.window // _PROMPT_PART)
