"""Answers of assistants in the later contract: piece by piece, last the whole."""

import time
from collections.abc import Generator
from contextlib import closing

from api.schemas.sdk.completion import present_answer
from api.services.chats.records import AnswerRecord, Reply
from rag.llm.base import Delta


def delta_events(reply: Reply) -> Generator[dict[str, object]]:
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
                    yield delta(reply, **{"start_to_think" if thinks else "end_to_think": True})
                if text:
                    yield delta(reply, answer=text)
            if isinstance(part, AnswerRecord):
                yield whole(part)


def pieces(part: Delta | AnswerRecord) -> list[tuple[bool, str]]:
    """Return the texts of a part, each with whether it is thinking; the whole answer ends that."""
    if isinstance(part, AnswerRecord):
        return [(False, "")]
    both = ((True, part.reasoning), (False, part.content))
    return [(is_thought, text) for is_thought, text in both if text]


def delta(reply: Reply, **said: object) -> dict[str, object]:
    """Return the event of what is new in an answer."""
    data = {
        "answer": "",
        "reference": {},
        "audio_binary": None,
        "prompt": "",
        "created_at": time.time(),
        "id": reply.message_id,
        "session_id": reply.session_id,
        "final": False,
        **said,
    }
    return {"code": 0, "message": "", "data": data}


def whole(answer: AnswerRecord) -> dict[str, object]:
    """Return the event of a whole answer."""
    return {"code": 0, "message": "", "data": {**present_answer(answer), "final": True}}
