"""What every chat model does."""

from collections.abc import Iterator

import pytest

from rag.llm.base import ChatModel, GenerationOptions, Usage
from rag.llm.registry import open_chat_model
from rag.types import Message, Role
from tests.model_endpoint import serve

CONVERSATION = [
    Message(Role.SYSTEM, "Be brief."),
    Message(Role.USER, "Hello"),
    Message(Role.ASSISTANT, "Hi"),
    Message(Role.USER, "Grüße aus 東京 today 🙂"),
]


@pytest.fixture(params=["echo", "openai"])
def chat(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    if request.param == "echo":
        yield open_chat_model("builtin", "echo")
        return
    with serve() as endpoint:
        yield open_chat_model("openai", "some/model", base_url=endpoint.url)


def test_an_answer_comes_in_pieces_that_join_to_the_whole(chat: ChatModel) -> None:
    deltas = list(chat.stream(CONVERSATION, GenerationOptions()))
    pieces = [delta.content for delta in deltas if delta.content]
    assert len(pieces) == 5
    assert "".join(pieces) == CONVERSATION[-1].content


def test_usage_comes_once_and_last(chat: ChatModel) -> None:
    *others, last = chat.stream(CONVERSATION, GenerationOptions())
    assert isinstance(last.usage, Usage)
    assert last.usage.completion_tokens == 5
    assert last.usage.prompt_tokens > 0
    assert all(delta.usage is None for delta in others)


def test_options_reach_the_model(chat: ChatModel) -> None:
    deltas = chat.stream(CONVERSATION, GenerationOptions(max_tokens=2, temperature=0.5))
    assert "".join(delta.content for delta in deltas) == "Grüße aus"


def test_a_stream_can_be_closed_before_during_and_after(chat: ChatModel) -> None:
    for taken in (0, 1, 100):
        stream = chat.stream(CONVERSATION, GenerationOptions())
        for _, _delta in zip(range(taken), stream, strict=False):
            pass
        assert hasattr(stream, "close")
        stream.close()
        assert list(stream) == []


def test_two_streams_at_once_do_not_mix(chat: ChatModel) -> None:
    first = chat.stream([Message(Role.USER, "a b c")], GenerationOptions())
    second = chat.stream([Message(Role.USER, "d e f")], GenerationOptions())
    pairs = list(zip(first, second, strict=True))
    assert "".join(one.content for one, _ in pairs) == "a b c"
    assert "".join(two.content for _, two in pairs) == "d e f"
