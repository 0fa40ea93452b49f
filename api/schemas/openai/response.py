"""Requests for responses on the wire: a question, and vector stores to search for the answer."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from api.errors import RuleError
from api.schemas.base import NullFreeRequest, Request, Unbuilt
from api.schemas.openai.filter import present_filter
from api.schemas.openai.naming import BareId, Metadata
from api.schemas.openai.store_search import Ranked
from api.schemas.spoken import MOST_CHARACTERS, MOST_MESSAGES, MOST_PARTS
from api.services.chats.values import GenerationChanges, Reference, ResponseWanted
from api.services.search.values import Search
from api.services.unset import UNSET
from rag.types import Message, Role

RESULTS = "file_search_call.results"
PROBABILITIES = "message.output_text.logprobs"

MOST_STORES = 16
TEXTS = {"text", "input_text", "output_text", "summary_text"}
PASSED_OVER = {"file_search_call", "reasoning"}
"""Items that clients send back of what they were told, and that say nothing to a model."""

KEPT = (
    "instructions",
    "previous_response_id",
    "temperature",
    "top_p",
    "max_output_tokens",
    "metadata",
    "tools",
    "tool_choice",
    "store",
    "user",
)
"""What a response repeats of its request."""


class InputPart(NullFreeRequest):
    """A part of a message."""

    type: str = "input_text"
    text: str = ""

    @model_validator(mode="after")
    def is_text(self) -> "InputPart":
        """Refuse what is no text."""
        if self.type not in TEXTS:
            raise RuleError(f"input: texts alone are read here, no {self.type}.")
        return self


class InputItem(NullFreeRequest):
    """A message, or what came out of a response before."""

    type: str = "message"
    role: Literal["system", "developer", "user", "assistant"] = "user"
    content: (
        Annotated[str, Field(max_length=MOST_CHARACTERS)]
        | Annotated[list[InputPart], Field(max_length=MOST_PARTS, fail_fast=True)]
    ) = ""
    id: BareId = ""

    @model_validator(mode="after")
    def is_known(self) -> "InputItem":
        """Refuse items that nothing is done with."""
        if self.type not in {"message", "item_reference", *PASSED_OVER}:
            raise RuleError(f"input: items of the type {self.type} are not served here.")
        return self

    @property
    def text(self) -> str:
        """Return what the message says."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)

    @property
    def is_told(self) -> bool:
        """Return whether it says how to answer, and is no part of the conversation."""
        return self.type == "message" and self.role in {"system", "developer"}

    @property
    def is_said(self) -> bool:
        """Return whether it is a part of the conversation."""
        return self.type not in PASSED_OVER and not self.is_told

    def said(self) -> Message | Reference:
        """Return the message."""
        if self.type == "item_reference":
            return Reference(self.id)
        return Message(Role(self.role), self.text)


class FileSearch(Ranked):
    """The tool that searches vector stores."""

    type: str
    vector_store_ids: Annotated[
        list[BareId], Field(min_length=1, max_length=MOST_STORES, fail_fast=True)
    ] = Field(default=[], validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def is_file_search(cls, values: Any) -> Any:
        """Refuse other tools by name."""
        kind = values.get("type") if isinstance(values, dict) else None
        if kind != "file_search":
            raise RuleError(
                f"tools: file_search is the one tool here, not {str(kind)[:64]}; plain models take"
                " functions at /v1/chat/completions."
            )
        return values

    def wanted(self, question: str) -> Search:
        """Return the search for the answer to a question."""
        return self.search(question, tuple(dict.fromkeys(self.vector_store_ids)))


class ToolChoice(NullFreeRequest):
    """The tool that is to be used."""

    type: Literal["file_search"]


class TextFormat(NullFreeRequest):
    """The form of an answer."""

    type: str = "text"

    @model_validator(mode="after")
    def is_text(self) -> "TextFormat":
        """Refuse other forms."""
        if self.type != "text":
            raise RuleError("text.format: responses are texts.")
        return self


class TextOptions(NullFreeRequest):
    """How the text of an answer is to be."""

    format: TextFormat = TextFormat()
    verbosity: Literal["medium"] | None = None


class Reasoning(NullFreeRequest):
    """How a model is to think before it answers, which is its own matter here."""

    effort: Literal["none"] | None = None
    summary: None = None


class ResponseRequest(NullFreeRequest):
    """A question to an assistant or a model, and the vector stores to search for its answer."""

    model: str = Field(min_length=1, max_length=255)
    input: (
        Annotated[str, Field(max_length=MOST_CHARACTERS)]
        | Annotated[list[InputItem], Field(min_length=1, max_length=MOST_MESSAGES, fail_fast=True)]
    )
    instructions: Annotated[str, Field(max_length=MOST_CHARACTERS)] = ""
    previous_response_id: BareId = ""
    store: bool = True
    stream: bool = False
    include: Annotated[list[str], Field(max_length=16)] = Field(default=[])
    tools: Annotated[list[FileSearch], Field(max_length=128)] = Field(default=[])
    tool_choice: Literal["none", "auto", "required"] | ToolChoice = "auto"
    temperature: Annotated[float, Field(ge=0, le=2, allow_inf_nan=False)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    max_output_tokens: int | None = Field(None, ge=1, le=2**31 - 1)
    metadata: Metadata = Field(default={})
    text: TextOptions = TextOptions()
    reasoning: Reasoning = Reasoning()
    top_logprobs: Literal[0] = 0
    max_tool_calls: int | None = Field(None, ge=1)
    context_management: Unbuilt = None
    moderation: Unbuilt = None
    user: Annotated[str, Field(max_length=512)] | None = None

    @model_validator(mode="before")
    @classmethod
    def what_is_not_served(cls, values: Any) -> Any:
        """Refuse by name what responses have not."""
        given = values if isinstance(values, dict) else {}
        if given.get("background"):
            raise RuleError("background: responses are made while their request waits.")
        for name in ("conversation", "prompt"):
            if given.get(name):
                raise RuleError(f"{name}: this is not kept here; send it with the request.")
        return values

    @field_validator("include")
    @classmethod
    def can_be_included(cls, value: list[str]) -> list[str]:
        """Refuse what models do not tell."""
        if PROBABILITIES in value:
            raise RuleError(f"include: {PROBABILITIES} are not known here.")
        return value

    @model_validator(mode="after")
    def one_search(self) -> "ResponseRequest":
        """Refuse to search in two ways at once."""
        if len(self.tools) > 1:
            raise RuleError("tools: one file_search, which may name several vector stores.")
        return self

    @property
    def items(self) -> list[InputItem]:
        """Return the input as messages."""
        if isinstance(self.input, str):
            return [InputItem(content=self.input)]
        return self.input

    def wanted(self) -> ResponseWanted:
        """Return what is asked."""
        said = tuple(item.said() for item in self.items if item.is_said)
        told = [self.instructions, *(item.text for item in self.items if item.is_told)]
        last = said[-1] if said else None
        question = last.content if isinstance(last, Message) else ""
        searches = self.tools if self.tool_choice != "none" else []
        return ResponseWanted(
            model=self.model,
            said=said,
            instructions="\n\n".join(filter(str.strip, told)),
            previous_id=self.previous_response_id,
            search=searches[0].wanted(question) if searches else None,
            generation=GenerationChanges(
                temperature=UNSET if self.temperature is None else self.temperature,
                top_p=UNSET if self.top_p is None else self.top_p,
                max_tokens=UNSET if self.max_output_tokens is None else self.max_output_tokens,
            ),
            store=self.store,
            request=self.kept(),
        )

    def kept(self) -> dict[str, object]:
        """Return what the response repeats of the request, and is kept with it."""
        given = self.model_dump(mode="json", include=set(KEPT), exclude={"tools"})
        return {**given, "tools": [kept_tool(tool) for tool in self.tools]}


def kept_tool(tool: FileSearch) -> dict[str, object]:
    """Return what the response repeats of its search."""
    return {
        "type": tool.type,
        "vector_store_ids": [f"vs_{dataset_id}" for dataset_id in tool.vector_store_ids],
        "max_num_results": tool.max_num_results,
        "ranking_options": tool.ranking_options.model_dump(mode="json"),
        "filters": present_filter(tool.filters) if tool.filters else None,
    }


class ResponseQuery(Request):
    """How to show a response that is kept."""

    stream: bool = False
    include: list[str] = Field(
        default=[], max_length=16, validation_alias=AliasChoices("include", "include[]")
    )

    @field_validator("stream")
    @classmethod
    def is_whole(cls, value: object) -> object:
        """Refuse to stream what is there as a whole."""
        if value:
            raise RuleError("stream: a response that is kept is shown as a whole.")
        return value
