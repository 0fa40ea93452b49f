"""Answers of assistants in the later contract: piece by piece, last the whole."""

from collections.abc import Generator
from contextlib import closing
from typing import NotRequired, cast

from typing_extensions import TypedDict

from api.schemas.sdk.completion import CompletionAnswer, present_answer, present_part
from api.services.chats.records import AnswerRecord, Reply
from rag.llm.base import Delta


class DeltaAnswer(CompletionAnswer):
    """A piece of an answer, or at last (`final`) the whole; thinking stands between two signs."""

    final: bool
    start_to_think: NotRequired[bool]
    end_to_think: NotRequired[bool]


class DeltaEvent(TypedDict):
    """An event of a stream."""

    code: int
    message: str
    data: DeltaAnswer


def delta_events(reply: Reply) -> Generator[DeltaEvent]:
    """Yield an event for each piece of an answer, then one with the whole and its passages.

    What the model thinks stands between two events that say so. Closing this ends the making of
    the answer.
    """
    thinks = False
    with closing(reply.parts):
        for part in reply.parts:
            for is_thought, text in pieces(part):
                if is_thought is not thinks:
                    thinks = is_thought
                    yield event(thinking(reply, begins=thinks))
                if text:
                    yield event(delta(reply, text))
            if isinstance(part, AnswerRecord):
                yield event(marked(present_answer(part), final=True))


def pieces(part: Delta | AnswerRecord) -> list[tuple[bool, str]]:
    """Return the texts of a part, each with whether it is thinking; the whole answer ends that."""
    if isinstance(part, AnswerRecord):
        return [(False, "")]
    both = ((True, part.reasoning), (False, part.content))
    return [(is_thought, text) for is_thought, text in both if text]


def delta(reply: Reply, text: str = "") -> DeltaAnswer:
    """Return what is new in an answer."""
    return marked(present_part(reply, text), final=False)


def marked(answer: CompletionAnswer, *, final: bool) -> DeltaAnswer:
    """Return an answer, or a piece of one, with whether it is the whole."""
    return cast("DeltaAnswer", {**answer, "final": final})


def thinking(reply: Reply, *, begins: bool) -> DeltaAnswer:
    """Return the sign that thinking begins or ends."""
    shown = delta(reply)
    shown["start_to_think" if begins else "end_to_think"] = True
    return shown


def event(data: DeltaAnswer) -> DeltaEvent:
    """Return the event of a piece of an answer."""
    return {"code": 0, "message": "", "data": data}
