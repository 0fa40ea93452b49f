"""Calls of models are counted by how they ended, whoever ended them."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.observability.exposition import exposition
from api.observability.files import FileRecorder
from api.services.models.metering import (
    MeteredChat,
    MeteredEmbedder,
    MeteredRelay,
    search_meter,
)
from rag.errors import ModelError, ModelUnavailableError
from rag.llm.base import GenerationOptions
from rag.llm.hashing import HashingEmbedder
from rag.llm.registry import open_chat_model, open_embedder, open_relay
from rag.retrieval.retriever import Searched
from rag.types import Message, Role
from tests.model_endpoint import ModelEndpoint, Reply, event, serve, stream

SAID = [Message(Role.USER, "Who keeps the light?")]
Samples = Callable[[str], dict[tuple[str, ...], float]]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[FileRecorder]:
    with closing(FileRecorder(tmp_path, "web")) as opened:
        yield opened


@pytest.fixture
def told(recorder: FileRecorder) -> Samples:
    """Return the values of a sample by its labels in alphabetical order."""

    def values(name: str) -> dict[tuple[str, ...], float]:
        text = exposition(recorder.folder, {}).decode()
        return {
            tuple(value for _, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name
        }

    return values


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture
def chat(endpoint: ModelEndpoint, recorder: FileRecorder) -> MeteredChat:
    return MeteredChat(open_chat_model("openai", "m", base_url=endpoint.url), recorder, "vLLM")


def test_an_answer_counts_with_its_tokens(chat: MeteredChat, told: Samples) -> None:
    text = "".join(delta.content for delta in chat.stream(SAID, GenerationOptions()))
    assert text == "Who keeps the light?"
    assert told("raglan_model_calls_total") == {("chat", "ok", "vLLM"): 1}
    assert told("raglan_model_call_duration_seconds_count") == {("chat", "vLLM"): 1}
    assert told("raglan_model_first_token_seconds_count") == {("vLLM",): 1}
    assert told("raglan_model_tokens_total") == {("prompt", "vLLM"): 4, ("completion", "vLLM"): 4}


def test_a_refusal_counts_as_an_error(
    chat: MeteredChat, endpoint: ModelEndpoint, told: Samples
) -> None:
    endpoint.script.append(Reply(status=400))
    with pytest.raises(ModelError):
        list(chat.stream(SAID, GenerationOptions()))
    assert told("raglan_model_calls_total") == {("chat", "error", "vLLM"): 1}
    assert told("raglan_model_first_token_seconds_count") == {}
    assert told("raglan_model_tokens_total") == {}


def test_an_answer_that_breaks_off_counts_as_unavailable(
    chat: MeteredChat, endpoint: ModelEndpoint, told: Samples
) -> None:
    endpoint.script.append(stream(event(content="One "), cut=True))
    with pytest.raises(ModelUnavailableError):
        list(chat.stream(SAID, GenerationOptions()))
    assert told("raglan_model_calls_total") == {("chat", "unavailable", "vLLM"): 1}
    assert told("raglan_model_first_token_seconds_count") == {("vLLM",): 1}


def test_a_reader_that_goes_away_ends_the_call(
    chat: MeteredChat, endpoint: ModelEndpoint, told: Samples
) -> None:
    endpoint.script.append(stream(event(content="One "), hold=True))
    deltas = chat.stream(SAID, GenerationOptions())
    assert next(deltas).content == "One "
    assert endpoint.holding.wait(30)
    deltas.close()  # type: ignore[attr-defined]  # as a stream closes what it reads from
    assert endpoint.gone.wait(30)
    assert told("raglan_model_calls_total") == {("chat", "cancelled", "vLLM"): 1}


@pytest.fixture
def relay(endpoint: ModelEndpoint, recorder: FileRecorder) -> MeteredRelay:
    return MeteredRelay(open_relay("openai", "m", base_url=endpoint.url), recorder, "vLLM")


def test_what_is_handed_on_counts_with_its_tokens(
    relay: MeteredRelay, endpoint: ModelEndpoint, told: Samples
) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    endpoint.script.append(Reply(pieces=[json.dumps({"usage": usage}).encode()]))
    conversation = {"messages": [{"role": "user", "content": "Who keeps the light?"}]}
    assert relay.complete(conversation) == {"usage": usage}
    assert told("raglan_model_tokens_total") == {("prompt", "vLLM"): 3, ("completion", "vLLM"): 2}
    assert len(list(relay.events(conversation))) == 5
    assert told("raglan_model_calls_total") == {("chat", "ok", "vLLM"): 2}
    assert told("raglan_model_first_token_seconds_count") == {("vLLM",): 1}
    assert told("raglan_model_tokens_total") == {("prompt", "vLLM"): 7, ("completion", "vLLM"): 6}


def test_what_is_handed_on_and_refused_counts_as_an_error(
    relay: MeteredRelay, endpoint: ModelEndpoint, told: Samples
) -> None:
    endpoint.script += [Reply(status=400), stream(event(content="One "), cut=True)]
    conversation = {"messages": [{"role": "user", "content": "Who keeps the light?"}]}
    with pytest.raises(ModelError):
        relay.complete(conversation)
    with pytest.raises(ModelUnavailableError):
        list(relay.events(conversation))
    calls = {("chat", "error", "vLLM"): 1, ("chat", "unavailable", "vLLM"): 1}
    assert told("raglan_model_calls_total") == calls


def test_an_embedder_does_as_the_one_behind_it(recorder: FileRecorder, told: Samples) -> None:
    inner = HashingEmbedder(16)
    metered = MeteredEmbedder(inner, recorder, "Builtin")
    assert (metered.name, metered.dimensions) == (inner.name, 16)
    assert (metered.embed_documents(["a", "b"]) == inner.embed_documents(["a", "b"])).all()
    assert (metered.embed_query("a") == inner.embed_query("a")).all()
    assert told("raglan_model_calls_total") == {("embedding", "ok", "Builtin"): 2}


def test_an_embedder_that_fails_counts(
    endpoint: ModelEndpoint, recorder: FileRecorder, told: Samples
) -> None:
    endpoint.script.append(Reply(status=400))
    inner = open_embedder("openai", "m", base_url=endpoint.url)
    with pytest.raises(ModelError):
        MeteredEmbedder(inner, recorder, "other").embed_query("a")
    with pytest.raises(TypeError):
        MeteredEmbedder(inner, recorder, "other").embed_documents(None)  # type: ignore[arg-type]
    assert told("raglan_model_calls_total") == {
        ("embedding", "error", "other"): 1,
        ("embedding", "defect", "other"): 1,
    }


def test_a_search_counts_by_stage(recorder: FileRecorder, told: Samples) -> None:
    search_meter(recorder)(Searched({"embedding": 0.2, "searching": 0.3}, 17))
    spent = told("raglan_retrieval_stage_duration_seconds_sum")
    assert spent == {
        ("embedding",): 0.2,
        ("searching",): 0.3,
        ("tokenizing",): 0,
        ("reranking",): 0,
    }
    assert told("raglan_retrieval_candidates_sum") == {(): 17}
