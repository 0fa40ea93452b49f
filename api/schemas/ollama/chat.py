"""Chats on the wire: an assistant is a model; streams are lines of JSON."""

import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired

import orjson
from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import NullFreeRequest, Unbuilt
from api.schemas.lines import json_line
from api.schemas.ollama.model import LATEST, zoned
from api.schemas.telling import Seed, Stop, Stops, instructions_of, stops_of
from api.services.chats.records import AnswerRecord, Parts
from api.services.chats.values import GenerationChanges, Inquiry
from api.services.unset import UNSET, Unset
from rag.llm.base import Usage
from rag.types import Message, Role

MOST_MESSAGES = 1000
MOST_CHARACTERS = 65_535

SIGN = orjson.dumps(
    {
        "model": "",
        "created_at": "1970-01-01T00:00:00Z",
        "message": {"role": "assistant", "content": ""},
        "response": "",
        "done": False,
    },
    option=orjson.OPT_APPEND_NEWLINE,
)
"""What keeps a silent stream alive: a piece with nothing in it, of either kind."""

SAMPLING = (
    *("top_k", "min_p", "typical_p", "tfs_z", "num_keep"),
    *("repeat_penalty", "repeat_last_n", "penalize_newline"),
    *("mirostat", "mirostat_eta", "mirostat_tau"),
)
"""Options by which Ollama's own models choose words. Those of how a model is run, such as `num_ctx`
and `num_thread`, are the provider's matter and change no answer here."""

OF_PLAIN_MODELS = (
    *("template", "suffix", "context", "raw", "images"),
    *("width", "height", "steps"),
)
"""What is asked of a model that continues a text, or draws a picture."""

Content = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Options(NullFreeRequest):
    """How a model is to answer, as far as assistants hand it on."""

    temperature: Number | None = None
    top_p: Number | None = None
    presence_penalty: Number | None = None
    frequency_penalty: Number | None = None
    num_predict: int | None = None
    stop: Stop | Stops | None = None
    seed: Seed | None = None

    @model_validator(mode="before")
    @classmethod
    def what_models_here_have_not(cls, values: Any) -> Any:
        """Refuse by name what would change an answer and goes to no model."""
        for name in SAMPLING:
            if isinstance(values, dict) and values.get(name) is not None:
                raise RuleError(f"options.{name}: this goes to no model here: leave it out.")
        return values

    def generation(self) -> GenerationChanges:
        """Return what is given; less than nothing to predict stands for no limit."""
        limit = self.num_predict or 0
        return GenerationChanges(
            temperature=given(self.temperature),
            top_p=given(self.top_p),
            presence_penalty=given(self.presence_penalty),
            frequency_penalty=given(self.frequency_penalty),
            max_tokens=limit if limit > 0 else UNSET,
        )


class Answering(NullFreeRequest):
    """What chats and completions have in common; the stream is on where nothing is said of it."""

    model: str = Field(min_length=1, max_length=255)
    stream: bool = True
    options: Options = Options()
    tools: list[Any] = Field(default=[], max_length=128)
    format: Any = None
    logprobs: Unbuilt = None
    top_logprobs: Unbuilt = None

    @model_validator(mode="after")
    def what_assistants_cannot(self) -> "Answering":
        """Refuse by name what an assistant does not do."""
        if self.tools:
            raise RuleError("tools: assistants answer from their documents and call no tools.")
        if self.format:
            raise RuleError("format: assistants answer in text.")
        return self

    def inquiry(self, question: str, history: tuple[Message, ...], told: str) -> Inquiry:
        """Return what is asked by a question, with what was said before and of how to answer."""
        options = self.options
        return Inquiry(
            question,
            history,
            generation=options.generation(),
            instructions=told,
            stop=stops_of(options.stop),
            seed=options.seed,
        )

    @property
    def name(self) -> str:
        """Return the name of the assistant, to which Ollama's clients add a tag."""
        return self.model.removesuffix(LATEST)


class Spoken(NullFreeRequest):
    """A message of the conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: Content = ""
    images: list[Any] = Field(default=[], max_length=64)

    @field_validator("images")
    @classmethod
    def no_images(cls, value: list[Any]) -> list[Any]:
        """Refuse what an assistant cannot read."""
        if value:
            raise RuleError("images: assistants read texts alone.")
        return value


class ChatRequest(Answering):
    """A conversation whose last message is the question; without messages nothing is asked."""

    messages: Annotated[list[Spoken], Field(max_length=MOST_MESSAGES, fail_fast=True)]

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[Spoken]) -> list[Spoken]:
        """Refuse a conversation that does not end with a question."""
        if not messages or messages[-1].role != "user":
            raise RuleError("messages: the last one must be the user's.")
        return messages

    def wanted(self) -> Inquiry:
        """Return what is asked."""
        history = tuple(
            Message(Role(message.role), message.content)
            for message in self.messages[:-1]
            if message.role in {"user", "assistant"} and message.content
        )
        told = instructions_of((message.role, message.content) for message in self.messages)
        return self.inquiry(self.messages[-1].content, history, told)


class GenerateRequest(Answering):
    """A question by itself."""

    prompt: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
    system: Content = ""

    @model_validator(mode="before")
    @classmethod
    def is_a_question(cls, values: Any) -> Any:
        """Refuse by name what is for a model that is asked as it is."""
        for name in OF_PLAIN_MODELS:
            if isinstance(values, dict) and values.get(name):
                raise RuleError(f"{name}: assistants answer questions by prompts of their own.")
        return values

    def wanted(self) -> Inquiry:
        """Return what is asked."""
        return self.inquiry(self.prompt, (), self.system)


class SpokenAnswer(TypedDict):
    """What the assistant says."""

    role: str
    content: str


class PieceAnswer(TypedDict):
    """A piece of an answer; text stands in `message` or in `response`, as was asked."""

    model: str
    created_at: str
    message: NotRequired[SpokenAnswer]
    response: NotRequired[str]
    done: bool
    done_reason: NotRequired[str]
    total_duration: NotRequired[int]
    load_duration: NotRequired[int]
    prompt_eval_count: NotRequired[int]
    prompt_eval_duration: NotRequired[int]
    eval_count: NotRequired[int]
    eval_duration: NotRequired[int]


@dataclass(frozen=True, slots=True)
class Form:
    """What each piece of an answer repeats: the model, and the field that its text stands in."""

    model: str
    in_message: bool
    begun: float

    @classmethod
    def of(cls, request: Answering) -> "Form":
        """Return that of a request, whose time begins now."""
        return cls(request.model, isinstance(request, ChatRequest), time.monotonic())

    def piece(self, text: str, *, done: bool = False) -> PieceAnswer:
        """Return a piece of an answer."""
        told: PieceAnswer = {
            "model": self.model,
            "created_at": zoned(time.time()),
            "done": done,
        }
        if self.in_message:
            told["message"] = {"role": "assistant", "content": text}
        else:
            told["response"] = text
        return told

    def last(self, text: str, usage: Usage) -> PieceAnswer:
        """Return the piece that ends an answer; durations in ns."""
        took = int((time.monotonic() - self.begun) * 1e9)
        return {
            **self.piece(text, done=True),
            "done_reason": "stop",
            "total_duration": took,
            "load_duration": 0,
            "prompt_eval_count": usage.prompt_tokens,
            "prompt_eval_duration": 0,
            "eval_count": usage.completion_tokens,
            "eval_duration": took,
        }


def answer_lines(form: Form, parts: Parts) -> Generator[PieceAnswer]:
    """Yield the pieces of an answer; closing this ends its making."""
    said = ""
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord):
                is_longer = part.text.startswith(said)
                yield form.last(part.text[len(said) :] if is_longer else "", part.usage)
            elif part.content:
                said += part.content
                yield form.piece(part.content)


def present_answer(form: Form, answer: AnswerRecord) -> PieceAnswer:
    """Return a whole answer."""
    return form.last(answer.text, answer.usage)


def given(value: float | None) -> float | Unset:
    """Return a value that is given."""
    return UNSET if value is None else value


def line(event: Mapping[str, object]) -> bytes:
    """Return the bytes of a piece: a line of JSON."""
    return json_line(event) + b"\n"


class FailureAnswer(TypedDict):
    """An error, also as the line by which a stream says that it breaks off."""

    error: str


def failure(message: str) -> FailureAnswer:
    """Return an error, also as the line by which a stream says that it breaks off."""
    return {"error": message}
