"""Messages on the wire: an assistant is a model, its answers cite search results."""

import uuid
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import NullFreeRequest, Unbuilt
from api.schemas.telling import Stops
from api.services.chats.records import AnswerRecord, Parts, Passage
from api.services.chats.values import GenerationChanges, Inquiry
from api.services.unset import UNSET
from rag.llm.base import Usage
from rag.tokenizing.counting import count_tokens
from rag.types import Message, Role

MOST_MESSAGES = 1000
MOST_BLOCKS = 1000
MOST_CHARACTERS = 65_535

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
"""What keeps a silent stream alive: comments are no part of this dialect."""


class Block(NullFreeRequest):
    """A block of a message."""

    type: str = "text"
    text: str = ""

    @model_validator(mode="after")
    def is_text(self) -> "Block":
        """Refuse what an assistant cannot read."""
        if self.type != "text":
            raise RuleError(f"messages: assistants read no {self.type} blocks, but texts alone.")
        return self


Choice = Annotated[dict[str, Any], Field(max_length=16)]
Blocks = Annotated[list[Block], Field(max_length=MOST_BLOCKS, fail_fast=True)]


def text_of(content: str | Blocks) -> str:
    """Return what a text, or blocks, say."""
    return content if isinstance(content, str) else "\n".join(block.text for block in content)


class Spoken(NullFreeRequest):
    """A message of the conversation, as one text or in blocks."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=MOST_CHARACTERS)] | Blocks

    @property
    def text(self) -> str:
        """Return what the message says."""
        return text_of(self.content)


class CountRequest(NullFreeRequest):
    """A conversation with the assistant `model`.

    `system` is added to the assistant's own prompt. What assistants do not do is refused where it
    asks for something.
    """

    model: str = Field(min_length=1, max_length=255)
    messages: Annotated[list[Spoken], Field(min_length=1, max_length=MOST_MESSAGES, fail_fast=True)]
    system: Annotated[str, Field(max_length=MOST_CHARACTERS)] | Blocks = ""
    tools: list[Any] = Field(default=[], max_length=128)
    tool_choice: Choice = Field(default={})
    thinking: Choice = Field(default={})
    output_config: Unbuilt = None
    context_management: Unbuilt = None
    mcp_servers: Unbuilt = None

    @field_validator("messages")
    @classmethod
    def ends_with_a_question(cls, messages: list[Spoken]) -> list[Spoken]:
        """Refuse a conversation that does not end with a question."""
        if messages[-1].role != "user":
            raise RuleError("messages: the last one must be the user's.")
        return messages

    @model_validator(mode="after")
    def what_assistants_cannot(self) -> "CountRequest":
        """Refuse by name what an assistant does not do."""
        if self.tools:
            raise RuleError("tools: assistants answer from their documents and call no tools.")
        if self.tool_choice.get("type", "auto") not in ("auto", "none"):
            raise RuleError("tool_choice: assistants call no tools.")
        if self.thinking.get("type", "disabled") != "disabled":
            raise RuleError("thinking: assistants think as their models do.")
        return self

    @property
    def told(self) -> str:
        """Return what is said of how to answer."""
        return text_of(self.system)

    def tokens(self) -> int:
        """Return about how many tokens the messages have."""
        said = [self.told, *(message.text for message in self.messages)]
        return sum(map(count_tokens, said))


class CountAnswer(TypedDict):
    """About how many tokens a conversation has."""

    input_tokens: int


def present_count(tokens: int) -> CountAnswer:
    """Return about how many tokens a conversation has."""
    return {"input_tokens": tokens}


class MessageRequest(CountRequest):
    """A conversation whose last message is the question."""

    max_tokens: int = Field(ge=1, le=2**31 - 1)
    stream: bool = False
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    top_k: Literal[0] | None = None
    container: Unbuilt = None
    diagnostics: Unbuilt = None
    inference_geo: Literal["", "global"] | None = None
    stop_sequences: Stops = Field(default=[])

    def wanted(self) -> Inquiry:
        """Return what is asked."""
        history = tuple(
            Message(Role(message.role), message.text)
            for message in self.messages[:-1]
            if message.text
        )
        generation = GenerationChanges(
            max_tokens=self.max_tokens,
            temperature=UNSET if self.temperature is None else self.temperature,
            top_p=UNSET if self.top_p is None else self.top_p,
        )
        return Inquiry(
            self.messages[-1].text,
            history,
            generation=generation,
            instructions=self.told,
            stop=tuple(self.stop_sequences),
        )


class Citation(TypedDict):
    """A passage that an answer cites, as the place of a search result."""

    type: str
    cited_text: str
    source: str
    title: str
    search_result_index: int
    start_block_index: int
    end_block_index: int


class UsageAnswer(TypedDict):
    """How many tokens an answer took."""

    input_tokens: int
    output_tokens: int


class TextBlock(TypedDict):
    """The text of an answer with what it cites."""

    type: str
    text: str
    citations: list[Citation] | None


class MessageAnswer(TypedDict):
    """An answer."""

    id: str
    type: str
    role: str
    model: str
    content: list[TextBlock]
    stop_reason: str | None
    stop_sequence: str | None
    usage: UsageAnswer


def present_message(request: MessageRequest, answer: AnswerRecord) -> MessageAnswer:
    """Return a whole answer."""
    block: TextBlock = {"type": "text", "text": answer.text, "citations": citations(answer) or None}
    reason, usage = ended(request, answer)
    told = blank(request)
    return {**told, "content": [block], "stop_reason": reason, "usage": usage}


def blank(request: MessageRequest) -> MessageAnswer:
    """Return an answer before anything of it is said."""
    return {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": request.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }


def ended(request: MessageRequest, answer: AnswerRecord) -> tuple[str, UsageAnswer]:
    """Return how an answer ended and what it took."""
    usage = present_usage(answer.usage)
    is_cut = usage["output_tokens"] >= request.max_tokens
    return "max_tokens" if is_cut else "end_turn", usage


def present_usage(usage: Usage) -> UsageAnswer:
    """Return how many tokens an answer took."""
    return {"input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens}


def citations(answer: AnswerRecord) -> list[Citation]:
    """Return the passages whose markers an answer holds."""
    passages: Sequence[Passage] = answer.sources.passages if answer.sources else ()
    return [
        {
            "type": "search_result_location",
            "cited_text": passage.content,
            "source": f"raglan://documents/{passage.document_id}",
            "title": passage.document_path or passage.document_name,
            "search_result_index": place,
            "start_block_index": 0,
            "end_block_index": 1,
        }
        for place, passage in enumerate(passages)
        if f"[ID:{place}]" in answer.text
    ]


class StreamEvent(TypedDict):
    """An event; what it holds beside its type is as Anthropic's API has it."""

    type: str
    index: NotRequired[int]
    message: NotRequired[MessageAnswer]
    content_block: NotRequired[TextBlock]
    delta: NotRequired[Mapping[str, object]]
    usage: NotRequired[UsageAnswer]


def message_events(request: MessageRequest, parts: Parts) -> Generator[StreamEvent]:
    """Yield the events of an answer; closing this ends its making."""
    yield {"type": "message_start", "message": blank(request)}
    block: TextBlock = {"type": "text", "text": "", "citations": None}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    said = ""
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord):
                yield from last_events(request, part, said)
            elif part.content:
                said += part.content
                yield delta({"type": "text_delta", "text": part.content})


def last_events(request: MessageRequest, answer: AnswerRecord, said: str) -> Generator[StreamEvent]:
    """Yield what comes behind the last piece of an answer."""
    if answer.text.startswith(said) and answer.text != said:
        yield delta({"type": "text_delta", "text": answer.text[len(said) :]})
    for citation in citations(answer):
        yield delta({"type": "citations_delta", "citation": citation})
    yield {"type": "content_block_stop", "index": 0}
    reason, usage = ended(request, answer)
    stop = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": usage}
    yield {"type": "message_stop"}


def delta(piece: Mapping[str, object]) -> StreamEvent:
    """Return the event of a piece."""
    return {"type": "content_block_delta", "index": 0, "delta": piece}


class RefusalDetail(TypedDict):
    """What went wrong."""

    type: str
    message: str


class RefusalAnswer(TypedDict):
    """An error."""

    type: str
    error: RefusalDetail
    request_id: str


def present_refusal(kind: str, message: str, request_id: str) -> RefusalAnswer:
    """Return an error."""
    return {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id,
    }


def failure(message: str) -> dict[str, object]:
    """Return the event by which a stream says that it breaks off."""
    return {"type": "error", "error": {"type": "api_error", "message": message}}
