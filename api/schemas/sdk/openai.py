"""Chat completions in the form of OpenAI's API."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired

from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.base import NullFreeRequest, Unbuilt
from api.schemas.condition import MetadataFilter
from api.schemas.sdk.chat import given
from api.schemas.sdk.session import PassageAnswer, present_passage
from api.schemas.searching import Number
from api.schemas.spoken import MOST_MESSAGES, Spoken
from api.schemas.telling import Seed, Stop, Stops, instructions_of, stops_of
from api.services.chats.records import AnswerRecord, Parts
from api.services.chats.values import GenerationChanges, Inquiry
from rag.llm.base import Usage
from rag.types import Message, Role


class ExtraBody(NullFreeRequest):
    """Options beyond OpenAI's."""

    reference: bool = False
    metadata_condition: MetadataFilter = None
    reference_metadata: Unbuilt = None

    @model_validator(mode="before")
    @classmethod
    def objects(cls, values: Any) -> Any:
        """Refuse what is no object, by its name."""
        if not isinstance(values, dict):
            raise RuleError("extra_body must be an object.")
        metadata = values.get("reference_metadata")
        if metadata is not None and not isinstance(metadata, dict):
            raise RuleError("reference_metadata must be an object.")
        if metadata and not isinstance(metadata.get("fields", []), list):
            raise RuleError("reference_metadata.fields must be an array.")
        if not isinstance(values.get("metadata_condition") or {}, dict):
            raise RuleError("metadata_condition must be an object.")
        return values


class UsageAnswer(TypedDict):
    """How many tokens an answer took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Head(TypedDict):
    """What each object of an answer begins with; `created` in seconds."""

    id: str
    object: str
    created: int
    model: str


class AssistantMessage(TypedDict):
    """An answer; the passages are there where they are asked for."""

    role: str
    content: str
    reference: NotRequired[list[PassageAnswer]]
    reasoning_content: NotRequired[str]


class Choice(TypedDict):
    """The only choice."""

    index: int
    message: AssistantMessage
    finish_reason: str
    logprobs: None


class CompletionObject(Head):
    """A whole answer."""

    choices: list[Choice]
    usage: UsageAnswer


class DeltaObject(TypedDict):
    """A piece of an answer; the last one has the passages where they are asked for."""

    role: str
    function_call: None
    tool_calls: None
    reasoning_content: str | None
    content: str | None
    reference: NotRequired[list[PassageAnswer]]
    final_content: NotRequired[str]


class DeltaChoice(TypedDict):
    """The only choice; `finish_reason` is null until the end."""

    index: int
    delta: DeltaObject
    finish_reason: str | None
    logprobs: None


class ChunkObject(Head):
    """A piece of an answer; the last one has the usage."""

    system_fingerprint: str
    choices: list[DeltaChoice]
    usage: UsageAnswer | None


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """What an answer repeats of its request, and whether it is to come with its passages."""

    chat_id: str
    model: str
    wants_reference: bool

    def head(self, kind: str) -> Head:
        """Return what each object of an answer begins with; chunks have the time of the first."""
        return {
            "id": f"chatcmpl-{self.chat_id}",
            "object": kind,
            "created": int(time.time()),
            "model": self.model,
        }


class OpenAIRequest(NullFreeRequest):
    """A conversation whose last message is the question; `model` is echoed.

    Messages of the system are added to the assistant's own prompt.
    """

    model: str
    messages: Annotated[list[Spoken], Field(max_length=MOST_MESSAGES, fail_fast=True)]
    stream: bool = False
    reference: bool = False
    extra_body: ExtraBody = ExtraBody()
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: int | None = None
    stop: Stop | Stops | None = None
    seed: Seed | None = None

    @model_validator(mode="before")
    @classmethod
    def required(cls, values: Any) -> Any:
        """Name the keys that are missing, and refuse a conversation without a message."""
        if not isinstance(values, dict):
            return values
        missing = [key for key in ("model", "messages") if values.get(key) is None]
        if missing:
            raise ArgumentError(f"required argument are missing: {','.join(missing)}; ")
        if values["messages"] == []:
            raise RuleError("You have to provide messages.")
        return values

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[Spoken]) -> list[Spoken]:
        """Refuse a conversation that does not end with a question."""
        if messages[-1].role != "user":
            raise RuleError("The last content of this conversation is not from user.")
        return messages

    @property
    def question(self) -> str:
        """Return what is asked."""
        return self.messages[-1].text

    @property
    def history(self) -> tuple[Message, ...]:
        """Return what user and assistant said before the question."""
        return tuple(
            Message(Role(message.role), message.text)
            for message in self.messages[:-1]
            if message.role in {"user", "assistant"} and message.text
        )

    @property
    def wants_reference(self) -> bool:
        """Return whether the passages are asked for."""
        return self.reference or self.extra_body.reference

    def wanted(self) -> Inquiry:
        """Return what is asked."""
        return Inquiry(
            self.question,
            self.history,
            generation=GenerationChanges(
                temperature=given(self.temperature),
                top_p=given(self.top_p),
                presence_penalty=given(self.presence_penalty),
                frequency_penalty=given(self.frequency_penalty),
                max_tokens=given(self.max_tokens),
            ),
            condition=self.extra_body.metadata_condition,
            instructions=instructions_of((said.role, said.text) for said in self.messages),
            stop=stops_of(self.stop),
            seed=self.seed,
        )

    def form(self, chat_id: str) -> AnswerForm:
        """Return what every part of the answer repeats, and whether passages are asked for."""
        return AnswerForm(chat_id, self.model, self.wants_reference)


def chunk_events(form: AnswerForm, parts: Parts) -> Generator[ChunkObject]:
    """Yield a chunk for each piece, then one that says that and how the answer ended.

    Closing this ends the making of the answer.
    """
    head = form.head("chat.completion.chunk")
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord):
                yield last_chunk(head, form, part)
            else:
                yield chunk(head, delta_of(part.content, part.reasoning))


def delta_of(content: str = "", reasoning: str = "") -> DeltaObject:
    """Return a piece of an answer; what is empty is null."""
    return {
        "role": "assistant",
        "function_call": None,
        "tool_calls": None,
        "reasoning_content": reasoning or None,
        "content": content or None,
    }


def last_chunk(head: Head, form: AnswerForm, answer: AnswerRecord) -> ChunkObject:
    """Return the chunk that ends an answer, with its passages where they are asked for."""
    delta = delta_of()
    if form.wants_reference:
        delta["reference"] = references(answer)
        delta["final_content"] = answer.text
    return chunk(head, delta, answer.usage)


def chunk(head: Head, delta: DeltaObject, usage: Usage | None = None) -> ChunkObject:
    """Return a piece of an answer; the last one has the usage."""
    choice: DeltaChoice = {
        "index": 0,
        "delta": delta,
        "finish_reason": None if usage is None else "stop",
        "logprobs": None,
    }
    shown = None if usage is None else present_usage(usage)
    return {**head, "system_fingerprint": "", "choices": [choice], "usage": shown}


def present_completion(form: AnswerForm, answer: AnswerRecord) -> CompletionObject:
    """Return a whole answer."""
    message: AssistantMessage = {"role": "assistant", "content": answer.text}
    if form.wants_reference:
        message["reference"] = references(answer)
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    choice: Choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        **form.head("chat.completion"),
        "choices": [choice],
        "usage": present_usage(answer.usage),
    }


def references(answer: AnswerRecord) -> list[PassageAnswer]:
    """Return the passages in the order of their `[ID:i]`."""
    passages = answer.sources.passages if answer.sources else ()
    return [present_passage(passage) for passage in passages]


def present_usage(usage: Usage) -> UsageAnswer:
    """Return how many tokens an answer took."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def failure_object(message: str) -> dict[str, object]:
    """Return the event by which a stream says that it breaks off."""
    return {"error": {"message": message, "type": "server_error", "code": 500}}
