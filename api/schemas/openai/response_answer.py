"""Responses on the wire, as a whole."""

from dataclasses import dataclass

from typing_extensions import TypedDict

from api.schemas.links import page_link
from api.schemas.openai.citation import MARKER
from api.schemas.openai.file import openai_id
from api.schemas.openai.naming import seconds
from api.schemas.openai.response import RESULTS
from api.services.chats.response_records import ResponseRecord
from api.services.search.records import Source
from rag.llm.base import Usage
from rag.types import Role

Item = dict[str, object]

Shown = object
"""A value that goes out as the request gave it."""


@dataclass(frozen=True, slots=True)
class Form:
    """How responses are told: links begin with `base`, `include` asks for what is left out else."""

    base: str
    include: tuple[str, ...] = ()


class ResponseUsage(TypedDict):
    """How many tokens a response took."""

    input_tokens: int
    input_tokens_details: dict[str, int]
    output_tokens: int
    output_tokens_details: dict[str, int]
    total_tokens: int


class ResponseAnswer(TypedDict):
    """A response; `created_at` in seconds."""

    id: str
    object: str
    created_at: int
    status: str
    background: bool
    error: None
    incomplete_details: dict[str, str] | None
    instructions: Shown
    max_output_tokens: Shown
    metadata: Shown
    model: str
    output: list[Item]
    parallel_tool_calls: bool
    previous_response_id: str | None
    reasoning: None
    store: Shown
    temperature: Shown
    text: dict[str, dict[str, str]]
    tool_choice: Shown
    tools: Shown
    top_p: Shown
    truncation: str
    usage: ResponseUsage | None
    user: Shown


def present_response(form: Form, made: ResponseRecord) -> ResponseAnswer:
    """Return a whole response."""
    is_cut = cut(made)
    output = [*search_items(form, made), message_item(form, made)]
    told = blank(made)
    return {
        **told,
        "status": "incomplete" if is_cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
        "output": output,
        "usage": present_usage(made.usage),
    }


def blank(made: ResponseRecord) -> ResponseAnswer:
    """Return a response before anything of it is said."""
    asked = made.request
    previous = asked.get("previous_response_id")
    return {
        "id": f"resp_{made.id}",
        "object": "response",
        "created_at": seconds(made.create_time),
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions") or None,
        "max_output_tokens": asked.get("max_output_tokens"),
        "metadata": asked.get("metadata", {}),
        "model": made.model,
        "output": [],
        "parallel_tool_calls": False,
        "previous_response_id": f"resp_{previous}" if previous else None,
        "reasoning": None,
        "store": asked.get("store"),
        "temperature": asked.get("temperature"),
        "text": {"format": {"type": "text"}},
        "tool_choice": asked.get("tool_choice"),
        "tools": asked.get("tools", []),
        "top_p": asked.get("top_p"),
        "truncation": "auto",
        "usage": None,
        "user": asked.get("user"),
    }


def cut(made: ResponseRecord) -> bool:
    """Return whether an answer has as many tokens as it may."""
    most = made.request.get("max_output_tokens")
    return isinstance(most, int) and made.usage.completion_tokens >= most


def present_usage(usage: Usage) -> ResponseUsage:
    """Return how many tokens a response took."""
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def searches(made: ResponseRecord) -> bool:
    """Return whether vector stores were searched, as the request asked for."""
    return bool(made.request.get("tools")) and made.request.get("tool_choice") != "none"


def search_items(form: Form, made: ResponseRecord) -> list[Item]:
    """Return the search as an item, if there was one."""
    if not searches(made):
        return []
    questions = [message.content for message in made.conversation if message.role is Role.USER]
    results = [present_result(source) for source in made.sources]
    return [
        {
            "type": "file_search_call",
            "id": f"fs_{made.id}",
            "status": "completed",
            "queries": questions[-1:],
            "results": results if RESULTS in form.include else None,
        }
    ]


def present_result(source: Source) -> Item:
    """Return a passage that was found."""
    return {
        "file_id": openai_id(source.file_id),
        "filename": source.name,
        "score": source.score,
        "attributes": dict(source.attributes),
        "text": source.text,
    }


def message_item(form: Form, made: ResponseRecord) -> Item:
    """Return the answer as an item."""
    return {
        "type": "message",
        "id": f"msg_{made.id}",
        "role": "assistant",
        "status": "incomplete" if cut(made) else "completed",
        "content": [text_part(made.text, annotations(form, made))],
    }


def text_part(text: str, cited: list[Item]) -> Item:
    """Return a text with what it cites."""
    return {"type": "output_text", "text": text, "annotations": cited, "logprobs": []}


def annotations(form: Form, made: ResponseRecord) -> list[Item]:
    """Return a citation for each marker of an answer, in their order.

    It names the file where vector stores were searched, and links to the page of the document
    where an assistant has searched its own datasets.
    """
    found = [
        (marker.start(), marker.end(), made.sources[int(marker[1])])
        for marker in MARKER.finditer(made.text)
        if int(marker[1]) < len(made.sources)
    ]
    if searches(made):
        return [file_citation(start, source) for start, _, source in found]
    return [url_citation(form, start, end, source) for start, end, source in found]


def file_citation(start: int, source: Source) -> Item:
    """Return the citation of a file at a place of an answer."""
    return {
        "type": "file_citation",
        "index": start,
        "file_id": openai_id(source.file_id),
        "filename": source.name,
    }


def url_citation(form: Form, start: int, end: int, source: Source) -> Item:
    """Return the citation of a page at a place of an answer."""
    return {
        "type": "url_citation",
        "url": page_link(form.base, source.document_id, source.page),
        "title": source.name,
        "start_index": start,
        "end_index": end,
    }
