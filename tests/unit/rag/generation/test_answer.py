"""How an answer is composed and streamed."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count

import pytest

from rag.engines.base import Hit
from rag.errors import MissingVariableError, ModelUnavailableError
from rag.generation.answer import AnswerRequest, AnswerStream, AnswerTools
from rag.generation.extractive import LEADING_LINE, NOTHING_FOUND
from rag.generation.prompt import PromptTemplate, PromptVariable
from rag.llm.base import ChatModel, Delta, GenerationOptions, Usage
from rag.llm.echo import EchoChat
from rag.types import Message, Role

TEMPLATE = PromptTemplate("Facts: {knowledge}")


class ScriptedChat:
    """Says what it is given; remembers what it was asked and whether it was closed."""

    name = "scripted"

    def __init__(self, *deltas: Delta, fails: bool = False) -> None:
        """Say `deltas`, then end or fail."""
        self.deltas = deltas
        self.fails = fails
        self.asked: list[Sequence[Message]] = []
        self.options: list[GenerationOptions] = []
        self.closed = 0

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        self.asked.append(messages)
        self.options.append(options)
        try:
            yield from self.deltas
            if self.fails:
                raise ModelUnavailableError("The model broke off.")
        finally:
            self.closed += 1


@pytest.fixture
def hits(make_hit: Callable[..., Hit]) -> tuple[Hit, ...]:
    return (
        make_hit("Refunds are paid within thirty days of the return."),
        make_hit("The office in Berlin opens at nine on Mondays."),
    )


@pytest.fixture
def ask(tokenize: Callable[[str], list[str]]) -> Callable[..., AnswerStream]:
    def make(model: ChatModel | None, **request: object) -> AnswerStream:
        ticks = count(10.0)
        tools = AnswerTools(lambda text: len(text.split()), tokenize, lambda: next(ticks))
        request = {"question": "When is a refund paid?", "template": TEMPLATE, **request}
        return AnswerStream(AnswerRequest(**request), model, tools)

    return make


Ask = Callable[..., AnswerStream]


def test_pieces_leave_as_they_arrive_and_add_up(ask: Ask, hits: tuple[Hit, ...]) -> None:
    model = ScriptedChat(
        Delta(reasoning="hm"),
        Delta(content="Thirty days"),
        Delta(content=" [ID"),
        Delta(content=": 0] and ##7$$"),
        Delta(content=" more ["),
        Delta(usage=Usage(7, 5)),
    )
    stream = ask(model, hits=hits)
    assert model.asked == []
    assert list(stream) == [
        Delta(reasoning="hm"),
        Delta(content="Thirty days"),
        Delta(content=" [ID:0] and"),
        Delta(content=" more"),
        Delta(content=" ["),
    ]
    answer = stream.answer
    assert answer.text == "Thirty days [ID:0] and more ["
    assert answer.reasoning == "hm"
    assert answer.references == (0,)
    assert answer.usage == Usage(7, 5)
    assert (answer.first_token_seconds, answer.seconds) == (1.0, 2.0)
    assert model.closed == 1


def test_the_model_sees_passages_history_and_question(ask: Ask, hits: tuple[Hit, ...]) -> None:
    model = ScriptedChat(Delta(content="ok"))
    history = (Message(Role.USER, "Hi"), Message(Role.ASSISTANT, "Hello"))
    stream = ask(model, hits=hits, history=history)
    list(stream)
    assert model.asked == [stream.prompt.messages]
    system, *turns, question = stream.prompt.messages
    assert "ID: 0\nTitle: a.pdf\nContent: Refunds" in system.content
    assert tuple(turns) == history
    assert question == Message(Role.USER, "When is a refund paid?")


def test_room_is_left_for_the_answer(ask: Ask, hits: tuple[Hit, ...]) -> None:
    whole = ask(EchoChat(), hits=hits, window=300, options=GenerationOptions(max_tokens=100))
    cut = ask(EchoChat(), hits=hits, window=300, options=GenerationOptions(max_tokens=200))
    assert (whole.prompt.passages, cut.prompt.passages) == (2, 1)


@pytest.mark.parametrize("wanted", [1000, 50_000])
def test_room_is_left_for_the_prompt(ask: Ask, hits: tuple[Hit, ...], wanted: int) -> None:
    model = ScriptedChat(Delta(content="ok"))
    stream = ask(model, hits=hits, window=1000, options=GenerationOptions(max_tokens=wanted))
    list(stream)
    assert stream.prompt.passages == 2
    assert model.options == [GenerationOptions(max_tokens=750)]


def test_a_marker_of_a_passage_that_did_not_fit_is_dropped(ask: Ask, hits: tuple[Hit, ...]) -> None:
    stream = ask(ScriptedChat(Delta(content="x [ID:1] y")), hits=hits, window=200)
    assert stream.prompt.passages == 0
    assert "".join(piece.content for piece in stream) == "x y"


def test_without_passages_the_empty_response_is_the_answer(ask: Ask) -> None:
    model = ScriptedChat(Delta(content="no"))
    stream = ask(model, empty_response="I do not know.")
    assert [piece.content for piece in stream] == ["I do not know."]
    assert stream.answer.text == "I do not know."
    assert model.asked == []


@pytest.mark.parametrize("blank", ["", " \n"])
def test_without_one_the_model_answers_from_nothing(ask: Ask, blank: str) -> None:
    model = ScriptedChat(Delta(content="Maybe [ID:0]."))
    stream = ask(model, empty_response=blank)
    assert "".join(piece.content for piece in stream) == "Maybe."
    assert model.asked[0][0].content == "Facts: "


def test_with_passages_the_empty_response_is_not_used(ask: Ask, hits: tuple[Hit, ...]) -> None:
    stream = ask(EchoChat(), hits=hits, empty_response="I do not know.")
    assert "".join(piece.content for piece in stream) == "When is a refund paid?"


def test_without_a_model_the_passages_answer(ask: Ask, hits: tuple[Hit, ...]) -> None:
    stream = ask(None, hits=hits, window=600)
    text = "".join(piece.content for piece in stream)
    assert text.startswith(LEADING_LINE)
    assert "- Refunds are paid within thirty days of the return. [ID:0]" in text
    assert stream.answer.references[0] == 0
    assert "".join(piece.content for piece in ask(None)) == NOTHING_FOUND


def test_without_citing_no_marker_is_left(ask: Ask, hits: tuple[Hit, ...]) -> None:
    template = PromptTemplate("{knowledge}", citing="")
    model = ScriptedChat(Delta(content="Thirty days [ID:0]."))
    assert "".join(piece.content for piece in ask(model, hits=hits, template=template)) == (
        "Thirty days."
    )


def test_closing_ends_the_models_call(ask: Ask, hits: tuple[Hit, ...]) -> None:
    model = ScriptedChat(Delta(content="one"), Delta(content="two"))
    stream = ask(model, hits=hits)
    next(stream)
    assert model.closed == 0
    stream.close()
    assert model.closed == 1
    assert stream.answer.text == "one"
    assert list(stream) == []


def test_closing_before_the_first_piece_asks_nobody(ask: Ask) -> None:
    model = ScriptedChat(Delta(content="one"))
    stream = ask(model)
    stream.close()
    assert list(stream) == []
    assert model.asked == []
    assert stream.answer.first_token_seconds is None


def test_an_error_of_the_model_passes_through(ask: Ask) -> None:
    model = ScriptedChat(Delta(content="half"), fails=True)
    stream = ask(model)
    assert next(stream).content == "half"
    with pytest.raises(ModelUnavailableError):
        next(stream)
    assert stream.answer.text == "half"
    assert model.closed == 1


def test_a_missing_variable_is_found_before_anything_runs(ask: Ask) -> None:
    template = PromptTemplate("{tone}", (PromptVariable("tone"),))
    with pytest.raises(MissingVariableError, match="tone"):
        ask(EchoChat(), template=template)
    assert ask(EchoChat(), template=template, values={"tone": "kind"}).prompt.passages == 0


def test_citations_can_be_added_to_the_final_text(ask: Ask, hits: tuple[Hit, ...]) -> None:
    said = "Refunds are paid within thirty days."
    stream = ask(ScriptedChat(Delta(content=said)), hits=hits, cite_missing=True)
    assert next(stream).content == said
    assert stream.answer.text == said
    assert list(stream) == []
    assert stream.answer.text == said + " [ID:0]"
    assert stream.answer.references == (0,)


def test_an_answer_that_cites_is_left_as_it_is(ask: Ask, hits: tuple[Hit, ...]) -> None:
    said = "Refunds are paid within thirty days. It is so. [ID:1]"
    stream = ask(ScriptedChat(Delta(content=said)), hits=hits, cite_missing=True)
    assert "".join(piece.content for piece in stream) == said
    assert (stream.answer.text, stream.answer.references) == (said, (1,))
