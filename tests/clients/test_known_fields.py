"""Each field that published clients know of a request: done, refused by name, or said to be taken.

The fields are those of the clients' own types, so that a newer client's new ones are missed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from api.config.places import SHIPPED
from tests.clients.environments import python_client
from tests.model_endpoint import ModelEndpoint
from tests.running import KEY
from tests.service.web import WebServer

NAME = "the guide of fields"
ASKED = [{"role": "user", "content": "When does the keeper light the lamp?"}]
PLACE = {"type": "approximate"}
FORM = {"type": "json_schema"}


@dataclass(frozen=True)
class Sent:
    """What a client sends to a page: fields that are done, taken without effect, and refused.

    What is taken is sent together and has to be named in the page of the documentation.
    """

    package: str
    kind: str
    path: str
    page: str
    body: Mapping[str, Any]
    done: frozenset[str]
    taken: Mapping[str, Any] = field(default_factory=dict)
    refused: Mapping[str, Any] = field(default_factory=dict)
    unsent: frozenset[str] = frozenset()


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPENAI, ANTHROPIC, OLLAMA, COHERE = (
    *("openai==2.54.0", "anthropic==2.14.0", "ollama==0.6.3", "cohere==5.21.1"),
)
CACHES = {
    "prompt_cache_key": "x",
    "prompt_cache_options": {"mode": "auto"},
    "prompt_cache_retention": "24h",
    "safety_identifier": "x",
    "service_tier": "auto",
    "user": "x",
}
SAMPLING = names(
    "frequency_penalty max_tokens model presence_penalty seed stop temperature top_p n"
)

EVERY = (
    Sent(
        OPENAI,
        "openai.types.chat.completion_create_params:CompletionCreateParamsBase",
        "/v1/chat/completions",
        "openai.md",
        {"model": NAME, "messages": ASKED},
        SAMPLING | names("max_completion_tokens messages stream_options"),
        {
            **CACHES,
            "metadata": {"a": "b"},
            "store": True,
            "parallel_tool_calls": True,
            "prediction": {"type": "content", "content": "x"},
            "audio": {"voice": "alloy", "format": "wav"},
        },
        {
            "function_call": {"name": "x"},
            "functions": [{"name": "x"}],
            "logit_bias": {"1": 1},
            "logprobs": True,
            "modalities": ["audio"],
            "moderation": {"model": "x"},
            "reasoning_effort": "high",
            "response_format": FORM,
            "tool_choice": "required",
            "tools": [{"type": "function", "function": {"name": "x"}}],
            "top_logprobs": 2,
            "verbosity": "low",
            "web_search_options": {"user_location": PLACE},
        },
    ),
    Sent(
        OPENAI,
        "openai.types.completion_create_params:CompletionCreateParamsBase",
        "/v1/completions",
        "openai.md",
        {"model": NAME, "prompt": "When does the keeper light the lamp?"},
        SAMPLING | names("prompt stream_options"),
        {"user": "x"},
        {"best_of": 2, "echo": True, "logit_bias": {"1": 1}, "logprobs": 1, "suffix": "x"},
    ),
    Sent(
        OPENAI,
        "openai.types.responses.response_create_params:ResponseCreateParamsBase",
        "/v1/responses",
        "openai.md",
        {"model": NAME, "input": "When does the keeper light the lamp?", "store": False},
        names(
            "include input instructions max_output_tokens max_tool_calls metadata model"
            " previous_response_id store temperature tool_choice top_p"
        ),
        {
            **CACHES,
            "parallel_tool_calls": True,
            "stream_options": {"include_obfuscation": False},
            "truncation": "auto",
        },
        {
            "background": True,
            "context_management": [{"type": "compaction"}],
            "conversation": "conv_x",
            "moderation": {"model": "x"},
            "prompt": {"id": "x"},
            "reasoning": {"effort": "high"},
            "text": {"format": FORM},
            "tools": [{"type": "web_search"}],
            "top_logprobs": 2,
        },
    ),
    Sent(
        OPENAI,
        "openai.types.embedding_create_params:EmbeddingCreateParams",
        "/v1/embeddings",
        "openai.md",
        {"model": "wordllama@Builtin", "input": "lamp"},
        names("dimensions encoding_format input model"),
        {"user": "x"},
    ),
    Sent(
        ANTHROPIC,
        "anthropic.types.message_create_params:MessageCreateParamsBase",
        "/v1/messages",
        "anthropic.md",
        {"model": NAME, "max_tokens": 100, "messages": ASKED},
        names("max_tokens messages model stop_sequences system"),
        {
            "cache_control": {"type": "ephemeral"},
            "metadata": {"user_id": "x"},
            "service_tier": "auto",
            "speed": "fast",
            "user_profile_id": "x",
        },
        {
            "container": "x",
            "diagnostics": {"previous_message_id": "x"},
            "inference_geo": "us",
            "output_config": {"format": FORM},
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "tool_choice": {"type": "any"},
            "tools": [{"name": "x", "input_schema": {"type": "object"}}],
        },
        unsent=names("workspace_id"),  # a header
    ),
    Sent(
        OLLAMA,
        "ollama._types:ChatRequest",
        "/api/chat",
        "ollama.md",
        {"model": NAME, "messages": ASKED, "stream": False},
        names("messages model options stream"),
        {"keep_alive": "5m", "think": True},
        {
            "format": "json",
            "logprobs": True,
            "tools": [{"type": "function"}],
            "top_logprobs": 2,
        },
    ),
    Sent(
        OLLAMA,
        "ollama._types:GenerateRequest",
        "/api/generate",
        "ollama.md",
        {"model": NAME, "prompt": "When does the keeper light the lamp?", "stream": False},
        names("model options prompt stream system"),
        {"keep_alive": "5m", "think": True},
        {
            "context": [1],
            "format": "json",
            "height": 512,
            "images": ["AAAA"],
            "logprobs": True,
            "raw": True,
            "steps": 4,
            "suffix": "x",
            "template": "x",
            "top_logprobs": 2,
            "width": 512,
        },
    ),
    Sent(
        OLLAMA,
        "ollama._types:EmbedRequest",
        "/api/embed",
        "ollama.md",
        {"model": "wordllama@Builtin", "input": "lamp"},
        names("dimensions input model"),
        {"keep_alive": "5m", "options": {"num_ctx": 512}, "truncate": True},
    ),
    Sent(
        COHERE,
        "cohere.v2.client:V2Client.rerank",
        "/v2/rerank",
        "rerank.md",
        {"model": "ranker@Endpoint", "query": "lamp", "documents": ["a", "b"]},
        names("documents model query top_n"),
        {"priority": 1},
        {"max_tokens_per_doc": 100},
        unsent=names("request_options"),
    ),
)


@pytest.fixture(scope="module")
def guide(server: WebServer) -> str:
    return str(server.data_of("POST", "/chats", json={"name": NAME})["id"])


@pytest.fixture(scope="module")
def known() -> dict[str, list[str]]:
    """Return the fields of each type, asked of each client once."""
    found: dict[str, list[str]] = {}
    for package in dict.fromkeys(sent.package for sent in EVERY):
        kinds = [sent.kind for sent in EVERY if sent.package == package]
        found |= python_client(package).run("known_fields.py", *kinds)
    return found


@pytest.mark.parametrize("sent", EVERY, ids=lambda sent: sent.path)
def test_no_field_is_taken_in_silence(
    server: WebServer, guide: str, model: ModelEndpoint, known: dict[str, list[str]], sent: Sent
) -> None:
    assert guide
    assert model
    listed = {*sent.done, *sent.taken, *sent.refused, *sent.unsent}
    assert set(known[sent.kind]) == listed

    def ask(**fields: Any) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {KEY}"}
        body = {**sent.body, **fields}
        answer = requests.post(server.url + sent.path, json=body, headers=headers, timeout=60)
        return answer.status_code, answer.text

    status, text = ask(**sent.taken)
    assert status == 200, text
    page = (SHIPPED / "docs" / sent.page).read_text(encoding="utf-8")
    assert [name for name in sent.taken if f"`{name}`" not in page] == []
    answers = {name: ask(**{name: value}) for name, value in sent.refused.items()}
    assert {name: (400, name in text) for name, (_, text) in answers.items()} == {
        name: (status, True) for name, (status, _) in answers.items()
    }, answers
