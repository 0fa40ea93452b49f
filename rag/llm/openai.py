"""Models behind an OpenAI-compatible endpoint: vLLM, TEI, Ollama, OpenAI and many others."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from http import HTTPStatus
from typing import Any

import numpy as np
import orjson
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from rag.errors import EndpointRefusalError, ModelError
from rag.llm.base import PLAIN, Counted, Delta, GenerationOptions, Json, ModelSpec
from rag.llm.batching import batches
from rag.llm.deltas import Pieces, choice_of, usage_of
from rag.llm.endpoint import (
    DEFAULT_RETRY,
    Endpoint,
    RetryPolicy,
    error_message,
)
from rag.llm.sse import event_data
from rag.llm.vectors import unit_rows
from rag.types import Matrix, Message, Vector

_READ_BYTES = 64 * 1024

_LAST_SECONDS = 0.02
"""What the end of an answer may take after its last event; it comes with it or right behind."""

_OPTIONS = tuple(option.name for option in fields(GenerationOptions))


class OpenAICompatibleEmbedder:
    """Asks `POST {base_url}/embeddings` for vectors, batch by batch, and checks what comes back."""

    card = PLAIN
    cooperative = True

    def __init__(self, spec: ModelSpec, retry: RetryPolicy = DEFAULT_RETRY) -> None:
        """Initialize with the model's endpoint; nothing is requested before the first call."""
        self.name = spec.model
        self._endpoint = Endpoint(spec, retry)
        self._body: dict[str, Any] = {"model": spec.model}
        if spec.dimensions is not None:
            self._body["dimensions"] = spec.dimensions
        self._dimensions = spec.dimensions
        self._probing = threading.Lock()

    @property
    def dimensions(self) -> int:
        """Return the number of components, asking the model for a vector if none was seen yet."""
        with self._probing:
            return self._dimensions or self._ask(["dimensions"]).vectors.shape[1]

    def is_brief(self, texts: Sequence[str]) -> bool:
        """Return False: each call waits for the endpoint."""
        del texts
        return False

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Return one row per text; blank texts, which endpoints refuse, get zeros unasked."""
        return self.embed_counted(texts).vectors

    def embed_counted(self, texts: Sequence[str]) -> Counted:
        """Return the same rows, and the tokens that the endpoint tells of in all its answers."""
        answers = [
            (batch, self._ask([texts[index] for index in batch])) for batch in batches(texts)
        ]
        rows = np.zeros((len(texts), self.dimensions), np.float32)
        for batch, answer in answers:
            rows[batch] = answer.vectors
        told = [answer.tokens for _, answer in answers]
        return Counted(rows, None if None in told else sum(filter(None, told)))

    def embed_query(self, text: str) -> Vector:
        """Return the vector of a question: the same as that of a document."""
        vector: Vector = self.embed_documents([text])[0]
        return vector

    def _ask(self, texts: list[str]) -> Counted:
        with self._endpoint.post("/embeddings", {**self._body, "input": texts}) as response:
            content = self._endpoint.content(response)
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            said = self._endpoint.quote(content.decode("utf-8", "replace"))
            raise self._endpoint.error(f"answered no JSON: {said}") from error
        try:
            matrix = _in_order(answer["data"], len(texts))
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            said = error_message(content) or "one vector per text was asked for"
            raise self._endpoint.error(
                f"answered no usable vectors: {self._endpoint.quote(said)}"
            ) from error
        if self._dimensions not in {None, matrix.shape[1]}:
            raise self._endpoint.error(
                f"gave vectors of {matrix.shape[1]} dimensions instead of {self._dimensions}"
            )
        self._dimensions = matrix.shape[1]
        usage = usage_of(answer.get("usage"))
        return Counted(unit_rows(matrix), (usage and usage.prompt_tokens) or None)


class OpenAICompatibleChat:
    """Streams answers from `POST {base_url}/chat/completions`.

    Closing the iterator closes the connection, which ends the work upstream. A generator can be
    closed only where it waits for its reader, between two deltas; a greenlet that waits inside it
    for the endpoint is ended by `gevent.kill`, or by an error thrown into it, to the same effect.
    """

    def __init__(self, spec: ModelSpec, retry: RetryPolicy = DEFAULT_RETRY) -> None:
        """Initialize with the model's endpoint; nothing is requested before the first call."""
        self.name = spec.model
        self._endpoint = Endpoint(spec, retry)
        self._stream = EventStream(self._endpoint, spec.longest)
        self._asks_usage = True

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Delta]:
        """Yield deltas as they arrive; nothing is tried again once the answer has begun."""
        chosen = {key: value for key in _OPTIONS if (value := getattr(options, key)) is not None}
        said = [{"role": message.role.value, "content": message.content} for message in messages]
        with self._open({"model": self.name, "messages": said, "stream": True, **chosen}) as answer:
            yield from self._deltas(answer)

    def _open(self, body: dict[str, Any]) -> BaseHTTPResponse:
        """Request the answer with its usage; without it if the endpoint does not support that."""
        if self._asks_usage:
            try:
                usage = {"stream_options": {"include_usage": True}}
                return self._endpoint.post("/chat/completions", {**body, **usage})
            except EndpointRefusalError as error:
                if not _is_about_usage(error):
                    raise
                self._asks_usage = False
        return self._endpoint.post("/chat/completions", body)

    def _deltas(self, response: BaseHTTPResponse) -> Iterator[Delta]:
        pieces = Pieces()
        for event in self._stream.events(response):
            piece = pieces.of(event)
            if piece.content or piece.reasoning or piece.usage is not None:
                yield piece


class EventStream:
    """Reads what an endpoint streams, and notices where it fails."""

    def __init__(self, endpoint: Endpoint, longest: float) -> None:
        """Initialize with the endpoint, and with how long an answer may take in seconds."""
        self._endpoint = endpoint
        self._longest = longest

    def events(self, response: BaseHTTPResponse) -> Iterator[dict[str, Any]]:
        """Yield the events of an answer; raises ModelError unless it comes to its end."""
        if "json" in response.headers.get("Content-Type", ""):
            raise self._not_a_stream(response)
        finished = False
        for data in event_data(self._pieces(response)):
            if data == b"[DONE]":
                _read_out(response)
                return
            event = self.event(data)
            finished = finished or bool(choice_of(event).get("finish_reason"))
            yield event
        if not finished:
            raise self._endpoint.unavailable("broke off its answer")

    def event(self, data: bytes) -> dict[str, Any]:
        """Return an object that was sent; raise what it says if it is an error."""
        try:
            event = _parsed(data)
        except (ValueError, RecursionError) as error:
            said = self._endpoint.quote(data.decode("utf-8", "replace"))
            raise self._endpoint.error(f"sent an event that is no JSON: {said}") from error
        if not isinstance(event, dict) or event.get("error"):
            said = error_message(data) or data.decode("utf-8", "replace")
            raise self._endpoint.error(f"failed: {self._endpoint.quote(said)}")
        return event

    def _pieces(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        """Yield what arrives, for as long as an answer may take: signs of life are no answer."""
        begun = time.monotonic()
        for piece in self._endpoint.pieces(response):
            yield piece
            if time.monotonic() - begun > self._longest:
                raise self._endpoint.unavailable(
                    f"did not end its answer within {self._longest:g} seconds"
                )

    def _not_a_stream(self, response: BaseHTTPResponse) -> ModelError:
        try:
            content = self._endpoint.content(response)
        except ModelError:
            content = b""
        said = error_message(content) or content.decode("utf-8", "replace")
        return self._endpoint.error(f"did not stream its answer: {self._endpoint.quote(said)}")


class OpenAICompatibleRelay:
    """Hands conversations to `POST {base_url}/chat/completions` as they are."""

    def __init__(self, spec: ModelSpec, retry: RetryPolicy = DEFAULT_RETRY) -> None:
        """Initialize with the model's endpoint; nothing is requested before the first call."""
        self.name = spec.model
        self._endpoint = Endpoint(spec, retry)
        self._stream = EventStream(self._endpoint, spec.longest)

    def complete(self, conversation: Json) -> Json:
        """Return the whole answer."""
        with self._post({**conversation, "stream": False}) as answer:
            content = self._endpoint.content(answer)
        return self._stream.event(content)

    def events(self, conversation: Json) -> Iterator[Json]:
        """Yield events as they arrive; nothing is tried again once the answer has begun."""
        with self._post({**conversation, "stream": True}) as answer:
            yield from self._stream.events(answer)

    def _post(self, body: dict[str, Any]) -> BaseHTTPResponse:
        return self._endpoint.post("/chat/completions", {**body, "model": self.name})


def build_embedder(spec: ModelSpec) -> OpenAICompatibleEmbedder:
    """Return the embedding model behind an endpoint."""
    return OpenAICompatibleEmbedder(spec)


def build_chat(spec: ModelSpec) -> OpenAICompatibleChat:
    """Return the chat model behind an endpoint."""
    return OpenAICompatibleChat(spec)


def build_relay(spec: ModelSpec) -> OpenAICompatibleRelay:
    """Return what hands conversations to a model behind an endpoint."""
    return OpenAICompatibleRelay(spec)


def _read_out(response: BaseHTTPResponse) -> None:
    """Read what is left after the last event, so that the connection serves the next call."""
    waiting = getattr(response.connection, "sock", None)  # nothing once all is read
    if waiting is not None:
        waiting.settimeout(_LAST_SECONDS)
        with suppress(HTTPError, OSError):  # then it is closed, as it would have been anyway
            response.read1(_READ_BYTES)


def _in_order(data: list[dict[str, Any]], count: int) -> Matrix:
    """Return vectors as rows in the order of their index; ValueError if they are not `count`."""
    places = [item.get("index", place) for place, item in enumerate(data)]
    if sorted(places) != list(range(count)):
        raise ValueError("not one vector per text")
    matrix = np.empty((count, len(data[0]["embedding"])), np.float32)
    for place, item in zip(places, data, strict=True):
        matrix[place] = np.asarray(item["embedding"], np.float32).reshape(matrix.shape[1])
    if not matrix.size or not np.isfinite(matrix).all():
        raise ValueError("not all components are numbers")
    return matrix


def _parsed(data: bytes) -> Any:
    """Return what JSON says, halves of characters included, which orjson refuses."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)


def _is_about_usage(error: EndpointRefusalError) -> bool:
    refused = error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    return refused and ("stream_options" in str(error) or "include_usage" in str(error))
