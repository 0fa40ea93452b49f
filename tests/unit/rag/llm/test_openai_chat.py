"""How an answer is asked for and streamed, and what happens when either side leaves."""

import json
import subprocess
import sys
from itertools import repeat
from pathlib import Path

import pytest

from rag.errors import ModelError, ModelUnavailableError
from rag.llm.base import Delta, GenerationOptions, ModelSpec, Usage
from rag.llm.endpoint import RetryPolicy
from rag.llm.openai import OpenAICompatibleChat
from rag.types import Message, Role
from tests.model_endpoint import EVENTS, ModelEndpoint, Reply, event, stream

QUICK = RetryPolicy(retries=1, pause=0.001)
HELLO = [Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "Hello")]
DONE = b"data: [DONE]\n\n"

WAITING = """
from gevent import monkey
monkey.patch_all()
import sys, gevent
from rag.llm.base import GenerationOptions, ModelSpec
from rag.llm.openai import OpenAICompatibleChat
from rag.types import Message, Role

chat = OpenAICompatibleChat(ModelSpec("m", sys.argv[1]))
stream = chat.stream([Message(Role.USER, "Hello")], GenerationOptions())
reader = gevent.spawn(lambda: [print(delta.content, flush=True) for delta in stream])
wait = gevent.get_hub().threadpool.apply
wait(sys.stdin.readline)
reader.kill()
print("killed", flush=True)
wait(sys.stdin.readline)
"""


@pytest.fixture
def chat(endpoint: ModelEndpoint) -> OpenAICompatibleChat:
    return OpenAICompatibleChat(ModelSpec("org/model", endpoint.url, timeout=20), QUICK)


def answer(chat: OpenAICompatibleChat) -> list[Delta]:
    return list(chat.stream(HELLO, GenerationOptions()))


def test_the_request_has_messages_and_only_the_options_that_are_set(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    list(chat.stream(HELLO, GenerationOptions(temperature=0.0, max_tokens=5)))
    (request,) = endpoint.received
    assert request.path == "/v1/chat/completions"
    assert request.body == {
        "model": "org/model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 5,
    }


def test_nothing_is_asked_before_the_first_delta_is_wanted(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    chat.stream(HELLO, GenerationOptions())
    assert endpoint.received == []


def test_thinking_usage_and_empty_events(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": null}}\n\n'
    endpoint.script.append(
        stream(
            event(role="assistant", content=""),
            event(reasoning_content="hm "),
            event(reasoning="so"),
            event(content="Hi", reasoning_content=None),
            event(content=["odd"]),
            b'data: {"choices": [{"delta": null, "finish_reason": "stop"}]}\n\n',
            b'data: {"choices": null}\n\n',
            usage,
            DONE,
        )
    )
    assert answer(chat) == [
        Delta(reasoning="hm "),
        Delta(reasoning="so"),
        Delta(content="Hi"),
        Delta(usage=Usage(9, 0)),
    ]


def test_characters_that_were_cut_in_two_are_joined(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    halves = ["so \ud83d", "\ude00 \ud83d", "", "\ude01!", "\ud83d", "x", "\ude02"]
    endpoint.script.append(stream(*(event(content=half) for half in halves), DONE))
    assert [delta.content for delta in answer(chat)] == ["so ", "😀 ", "😁!", "�x", "�"]


def test_deep_nesting_is_no_event(endpoint: ModelEndpoint, chat: OpenAICompatibleChat) -> None:
    endpoint.script.append(stream(b"data: " + b"[" * 100_000 + b"\n\n", DONE))
    with pytest.raises(ModelError, match="no JSON"):
        answer(chat)


@pytest.mark.parametrize("chunked", [True, False])
def test_deltas_leave_as_they_arrive(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat, *, chunked: bool
) -> None:
    endpoint.script.append(stream(event(content="first"), hold=True, chunked=chunked))
    deltas = chat.stream(HELLO, GenerationOptions())
    assert next(deltas).content == "first"
    assert not endpoint.gone.is_set()


def test_every_cut_of_the_stream_gives_the_same_answer(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    text = "日本 🙂"
    raw = b": comment\r\n\r\n" + event(content=text).replace(b"\n", b"\r\n")
    raw = json.dumps({"choices": [{"delta": {"content": text}}]}, ensure_ascii=False).encode()
    raw = b": hello\r\n\r\nevent: m\r\ndata:" + raw + b"\r\n\r\n" + DONE
    pieces = [raw[place : place + 1] for place in range(len(raw))]
    endpoint.script.append(stream(*pieces))
    assert answer(chat) == [Delta(content=text)]


def test_a_stream_without_done_ends_with_its_finish_reason(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    last = b'data: {"choices": [{"delta": {"content": "!"}, "finish_reason": "stop"}]}'
    endpoint.script.append(stream(event(content="Hi"), last, chunked=False))
    assert "".join(delta.content for delta in answer(chat)) == "Hi!"


def test_the_next_question_takes_the_same_connection(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    for _ in range(3):
        endpoint.script.append(stream(event(content="Yes."), DONE))
        assert answer(chat) == [Delta(content="Yes.")]
    assert len({request.port for request in endpoint.received}) == 1


def test_an_answer_ends_with_its_last_event_though_the_connection_stays_busy(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    endpoint.script.append(stream(event(content="Yes."), DONE, hold=True))
    assert answer(chat) == [Delta(content="Yes.")]
    assert endpoint.gone.wait(10)


@pytest.mark.parametrize("chunked", [True, False])
def test_a_stream_that_breaks_off_is_unavailability_after_what_came(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat, *, chunked: bool
) -> None:
    endpoint.script.append(stream(event(content="half"), cut=True, chunked=chunked))
    deltas = chat.stream(HELLO, GenerationOptions())
    assert next(deltas).content == "half"
    with pytest.raises(ModelUnavailableError, match="broke off its answer"):
        next(deltas)
    assert len(endpoint.received) == 1


def test_a_stream_that_stops_ends_with_the_time_limit(endpoint: ModelEndpoint) -> None:
    chat = OpenAICompatibleChat(ModelSpec("m", endpoint.url, timeout=0.2), QUICK)
    endpoint.script.append(stream(event(content="half"), hold=True))
    with pytest.raises(ModelUnavailableError, match="stopped in the middle of its answer"):
        answer(chat)
    assert endpoint.gone.wait(10)


def test_signs_of_life_do_not_keep_an_answer_open_for_ever(endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(*repeat(b": still here\n\n", 5), hold=True))
    endpoint.script.append(Reply(pieces=repeat(b": still here\n\n"), content_type=EVENTS))
    hasty = OpenAICompatibleChat(ModelSpec("m", endpoint.url, timeout=0.2, longest=0.3), QUICK)
    with pytest.raises(ModelUnavailableError, match="stopped in the middle"):
        answer(hasty)
    with pytest.raises(ModelUnavailableError, match=r"did not end its answer within 0\.3 seconds"):
        answer(hasty)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'data: {"error": {"message": "CUDA out of memory", "code": 500}}\n\n', "CUDA out of mem"),
        (b'data: {"error": {"type": "x"}}\n\n', 'failed: {"error": {"type": "x"}}'),
        (b"data: {nonsense\n\n", "an event that is no JSON: {nonsense"),
        (b"data: [1]\n\n", r"failed: \[1\]"),
        (b"data: " + b"x" * (1 << 21), "a line of more than 1 MB"),
    ],
)
def test_an_error_in_the_stream_is_raised(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat, data: bytes, message: str
) -> None:
    endpoint.script.append(stream(event(content="half"), data, DONE))
    deltas = chat.stream(HELLO, GenerationOptions())
    assert next(deltas).content == "half"
    with pytest.raises(ModelError, match=message):
        next(deltas)


@pytest.mark.parametrize("cut", [True, False])
def test_an_answer_that_is_no_stream_is_an_error(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat, *, cut: bool
) -> None:
    endpoint.script.append(Reply(pieces=[b'{"error": "streaming is off"}'], cut=cut))
    expected = "did not stream its answer" if cut else "its answer: streaming is off"
    with pytest.raises(ModelError, match=expected):
        answer(chat)


@pytest.mark.parametrize("status", [400, 422])
def test_an_endpoint_that_refuses_the_usage_option_is_asked_without_it_from_then_on(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat, status: int
) -> None:
    refusal = b'{"error": {"message": "Unrecognized request argument: stream_options"}}'
    endpoint.script.append(Reply(status, [refusal]))
    for _ in range(2):
        assert "".join(delta.content for delta in answer(chat)) == "Hello"
    asked = ["stream_options" in request.body for request in endpoint.received]
    assert asked == [True, False, False]


def test_another_refusal_is_raised(endpoint: ModelEndpoint, chat: OpenAICompatibleChat) -> None:
    endpoint.script.append(Reply(400, [b'{"error": {"message": "context too long"}}']))
    with pytest.raises(ModelError, match="context too long"):
        answer(chat)
    assert len(endpoint.received) == 1


def test_a_failure_before_the_answer_is_tried_again(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    endpoint.script.append(Reply(503))
    assert "".join(delta.content for delta in answer(chat)) == "Hello"


def test_closing_the_iterator_closes_the_connection(
    endpoint: ModelEndpoint, chat: OpenAICompatibleChat
) -> None:
    endpoint.script.append(stream(event(content="first"), hold=True))
    deltas = chat.stream(HELLO, GenerationOptions())
    next(deltas)
    assert hasattr(deltas, "close")
    deltas.close()
    assert endpoint.gone.wait(10)


@pytest.mark.parametrize(
    "reply", [Reply(silent=True, hold=True), stream(event(content="first"), hold=True)]
)
def test_a_greenlet_that_waits_for_the_model_can_be_ended(
    endpoint: ModelEndpoint, reply: Reply
) -> None:
    endpoint.script.append(reply)
    command = [sys.executable, "-c", WAITING, endpoint.url]
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("\n" if endpoint.holding.wait(30) else "")
        process.stdin.flush()
        assert "killed\n" in [process.stdout.readline() for _ in range(1 if reply.silent else 2)]
        # The process lives on, so it was the stream that closed the connection.
        assert endpoint.gone.wait(10)
        process.stdin.write("\n")
        process.stdin.flush()
