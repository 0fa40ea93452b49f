"""Chat completions on the wire: an assistant is a model, its answers are completions."""

import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired

from pydantic import AliasChoices, ConfigDict, Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import NullFreeRequest, Unbuilt
from api.schemas.condition import MetadataFilter
from api.schemas.openai.citation import Annotation, present_annotations
from api.schemas.spoken import MOST_MESSAGES, Spoken
from api.schemas.telling import Seed, Stop, Stops, instructions_of, stops_of
from api.services.chats.records import AnswerRecord, Parts, Passage
from api.services.chats.values import GenerationChanges, Inquiry
from api.services.unset import UNSET, Unset
from rag.llm.base import Delta, Usage
from rag.types import Message, Role

Number = Annotated[float, Field(allow_inf_nan=False)]
Calling = str | Annotated[dict[str, Any], Field(max_length=16)]


class StreamOptions(NullFreeRequest):
    """What a stream is to hold beside the answer."""

    include_usage: bool = False


class AnswerOptions(NullFreeRequest):
    """How the assistant `model` is to answer; `reference` asks for the passages beside the answer.

    What OpenAI has beyond this and assistants have not is refused where it asks for something.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: str = Field(min_length=1, max_length=255)
    stream: bool = False
    stream_options: StreamOptions = StreamOptions()
    reference: bool = False
    metadata_condition: MetadataFilter = None
    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    max_tokens: int | None = Field(
        None, validation_alias=AliasChoices("max_completion_tokens", "max_tokens")
    )
    n: Literal[1] = 1
    stop: Stop | Stops | None = None
    seed: Seed | None = None
    logit_bias: dict[str, Any] = Field(default={}, max_length=0)

    def inquiry(
        self, question: str, history: tuple[Message, ...] = (), instructions: str = ""
    ) -> Inquiry:
        """Return what is asked by a question."""
        generation = GenerationChanges(
            temperature=given(self.temperature),
            top_p=given(self.top_p),
            presence_penalty=given(self.presence_penalty),
            frequency_penalty=given(self.frequency_penalty),
            max_tokens=UNSET if self.max_tokens is None else self.max_tokens,
        )
        return Inquiry(
            question,
            history,
            generation=generation,
            condition=self.metadata_condition,
            instructions=instructions,
            stop=stops_of(self.stop),
            seed=self.seed,
        )

    def form(self, identity: str, base: str) -> "Form":
        """Return what every part of the answer repeats; links begin with `base`."""
        head = Head(id=identity, object="", created=int(time.time()), model=self.model)
        return Form(head, self.reference, self.stream_options.include_usage, base)


class ChatCompletionRequest(AnswerOptions):
    """A conversation whose last message is the question.

    Messages of the system are added to the assistant's own prompt.
    """

    messages: Annotated[list[Spoken], Field(min_length=1, max_length=MOST_MESSAGES, fail_fast=True)]
    tools: list[Any] = Field(default=[], max_length=128)
    functions: list[Any] = Field(default=[], max_length=128)
    tool_choice: Calling = "auto"
    function_call: Calling = "auto"
    logprobs: bool = False
    top_logprobs: Literal[0] = 0
    moderation: Unbuilt = None
    modalities: list[str] = Field(default=["text"], max_length=16)
    response_format: dict[str, Any] = Field(default={}, max_length=16)
    reasoning_effort: Literal["none"] | None = None
    verbosity: Literal["medium"] | None = None
    web_search_options: None = None

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[Spoken]) -> list[Spoken]:
        """Refuse a conversation that does not end with a question."""
        if messages[-1].role != "user":
            raise RuleError(
                "messages: the last one must be the user's, as assistants call no tools."
            )
        return messages

    @model_validator(mode="after")
    def what_assistants_cannot(self) -> "ChatCompletionRequest":
        """Refuse by name what an assistant does not do."""
        for name in ("tools", "functions"):
            if getattr(self, name):
                raise RuleError(
                    f"{name}: assistants answer from their documents and call no tools."
                )
        for name in ("tool_choice", "function_call"):
            if getattr(self, name) not in ("auto", "none"):
                raise RuleError(f"{name}: assistants call no tools.")
        if self.logprobs:
            raise RuleError("logprobs: assistants know no probabilities.")
        if self.modalities != ["text"]:
            raise RuleError("modalities: assistants answer in text.")
        if self.response_format.get("type", "text") != "text":
            raise RuleError("response_format: assistants answer in text.")
        return self

    def wanted(self) -> Inquiry:
        """Return what is asked."""
        history = tuple(
            Message(Role(message.role), message.text)
            for message in self.messages[:-1]
            if message.role in {"user", "assistant"} and message.text
        )
        told = instructions_of((message.role, message.text) for message in self.messages)
        return self.inquiry(self.messages[-1].text, history, told)


class Head(TypedDict):
    """What each object of an answer begins with; `created` in seconds."""

    id: str
    object: str
    created: int
    model: str


class UsageAnswer(TypedDict):
    """How many tokens an answer took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class PassageAnswer(TypedDict):
    """A passage; a marker `[ID:i]` in an answer is an index into these."""

    id: str
    content: str
    document_id: str
    document_name: str
    dataset_id: str
    headings: list[str]
    similarity: float


class MessageAnswer(TypedDict):
    """An answer."""

    role: str
    content: str
    annotations: list[Annotation]
    reasoning_content: NotRequired[str]
    reference: NotRequired[list[PassageAnswer]]


@dataclass(frozen=True, slots=True)
class Form:
    """What an answer repeats of its request, and what is to come with it."""

    head: Head
    wants_reference: bool
    wants_usage: bool
    base: str

    def annotations(self, text: str, answer: AnswerRecord) -> list[Annotation]:
        """Return the citations of what is said of an answer."""
        passages = answer.sources.passages if answer.sources else ()
        return present_annotations(text, passages, self.base)


class Choice(TypedDict):
    """The only choice."""

    index: int
    message: MessageAnswer
    finish_reason: str
    logprobs: None


class CompletionAnswer(Head):
    """A whole answer."""

    choices: list[Choice]
    usage: UsageAnswer


class DeltaAnswer(TypedDict, total=False):
    """A piece of an answer."""

    role: str
    content: str
    reasoning_content: str
    reference: list[PassageAnswer]
    annotations: list[Annotation]


class DeltaChoice(TypedDict):
    """The only choice; `finish_reason` is null until the end."""

    index: int
    delta: DeltaAnswer
    finish_reason: str | None
    logprobs: None


class ChunkAnswer(Head):
    """A piece of an answer; the one with the usage has no choice."""

    choices: list[DeltaChoice]
    usage: NotRequired[UsageAnswer]


def present_completion(form: Form, answer: AnswerRecord) -> CompletionAnswer:
    """Return a whole answer."""
    message: MessageAnswer = {
        "role": "assistant",
        "content": answer.text,
        "annotations": form.annotations(answer.text, answer),
    }
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if form.wants_reference:
        message["reference"] = references(answer)
    head: Head = {**form.head, "object": "chat.completion"}
    choice: Choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**head, "choices": [choice], "usage": present_usage(answer.usage)}


def completion_events(form: Form, parts: Parts) -> Generator[ChunkAnswer]:
    """Yield a chunk for each piece, then the end and, where it is asked for, the usage.

    Closing this ends the making of the answer.
    """
    yield chunk(form, {"role": "assistant", "content": ""})
    said = ""
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord):
                yield from last_chunks(form, part, said)
            else:
                said += part.content
                yield chunk(form, piece_of(part))


def piece_of(part: Delta) -> DeltaAnswer:
    """Return a piece of an answer without what is empty."""
    told: DeltaAnswer = {}
    if part.content:
        told["content"] = part.content
    if part.reasoning:
        told["reasoning_content"] = part.reasoning
    return told


def last_chunks(form: Form, answer: AnswerRecord, said: str) -> Generator[ChunkAnswer]:
    """Yield what comes behind the last piece of an answer.

    That may be markers of passages, which are added where a model has cited nothing. Those that
    belong into what was `said` already are in whole answers alone.
    """
    if answer.text.startswith(said) and answer.text != said:
        yield chunk(form, {"content": answer.text[len(said) :]})
        said = answer.text
    beside: DeltaAnswer = {"reference": references(answer)} if form.wants_reference else {}
    annotations = form.annotations(said, answer)
    if annotations:
        beside["annotations"] = annotations
    yield chunk(form, beside, "stop")
    if form.wants_usage:
        ending = chunk_of(form)
        ending["usage"] = present_usage(answer.usage)
        yield ending


def chunk(form: Form, delta: DeltaAnswer, finish_reason: str | None = None) -> ChunkAnswer:
    """Return a piece of an answer."""
    choice: DeltaChoice = {
        "index": 0,
        "delta": delta,
        "finish_reason": finish_reason,
        "logprobs": None,
    }
    return chunk_of(form, choice)


def chunk_of(form: Form, *choices: DeltaChoice) -> ChunkAnswer:
    """Return a piece of an answer by its choices."""
    return {
        "id": form.head["id"],
        "object": "chat.completion.chunk",
        "created": form.head["created"],
        "model": form.head["model"],
        "choices": list(choices),
    }


def references(answer: AnswerRecord) -> list[PassageAnswer]:
    """Return the passages in the order of their `[ID:i]`."""
    passages = answer.sources.passages if answer.sources else ()
    return [present_passage(passage) for passage in passages]


def present_passage(passage: Passage) -> PassageAnswer:
    """Return a passage."""
    return {
        "id": passage.id,
        "content": passage.content,
        "document_id": passage.document_id,
        "document_name": passage.document_path or passage.document_name,
        "dataset_id": passage.dataset_id,
        "headings": passage.headings,
        "similarity": passage.similarity,
    }


def present_usage(usage: Usage) -> UsageAnswer:
    """Return how many tokens an answer took."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def failure_object(message: str) -> dict[str, object]:
    """Return the event by which a stream says that it breaks off."""
    return {"error": {"message": message, "type": "server_error", "param": None, "code": "500"}}


def given(value: float | None) -> float | Unset:
    """Return a value that is given."""
    return UNSET if value is None else value
