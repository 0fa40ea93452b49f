"""Tools that an answer may use, and their uses, where nothing is told by events."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Annotated

from pydantic import Field

from api.errors import RuleError
from api.schemas.base import NullFreeRequest
from api.services.chats.records import AnswerRecord, Parts
from api.services.tools.records import Use
from api.services.tools.servers import MOST_OF_AN_ANSWER
from rag.llm.base import Delta, Json

ToolIds = Annotated[
    list[Annotated[str, Field(max_length=100)]], Field(max_length=MOST_OF_AN_ANSWER)
]
"""What tools are called by clients; those of a server have its id behind `server:`."""


class ToolsRequest(NullFreeRequest):
    """The tools that an answer may use, and the functions that are chosen to change it."""

    tool_ids: ToolIds = Field([])
    filter_ids: ToolIds = Field([])


def tool_ids_of(given: Mapping[str, object], asked: ToolsRequest) -> tuple[str, ...]:
    """Return what tools are named; raises RuleError where a client has tools of its own, too."""
    if asked.tool_ids and given.get("tools"):
        raise RuleError("tools: give your own `tools`, or name those of the server by `tool_ids`.")
    return tuple(asked.tool_ids)


def used_events(events: Iterator[Json | Use]) -> Generator[Mapping[str, object]]:
    """Yield the events of a model, and what came of tools as sources."""
    with closing(events):  # type: ignore[type-var]  # a generator, as all streams are
        for event in events:
            if not isinstance(event, Use):
                yield event
            elif event.result is not None:
                yield uses_told([event])


def parted(parts: Parts, uses: list[Use]) -> Parts:
    """Yield an answer without the uses of tools in it, which are put aside."""
    with closing(parts):
        for part in parts:
            if isinstance(part, AnswerRecord) or not isinstance(part.aside, Use):
                yield part
            elif part.aside.result is not None:
                uses.append(part.aside)
                yield Delta()


def with_uses(
    events: Iterator[Mapping[str, object]], uses: list[Use]
) -> Iterator[Mapping[str, object]]:
    """Yield events, and what came of tools meanwhile as sources."""
    for event in events:
        if uses:
            yield uses_told(uses)
            uses.clear()
        yield event


def uses_told(uses: Sequence[Use]) -> dict[str, object]:
    """Return what came of tools as sources of an answer; nothing where none was used."""
    return {"sources": [source_of(one) for one in uses]} if uses else {}


def source_of(use: Use) -> Mapping[str, object]:
    """Return what came of a tool as a source."""
    told = {"name": use.call.name, "source": use.of, "arguments": use.call.arguments}
    return {
        "source": {
            "type": "tool",
            "name": f"{use.of}: {use.call.name}" if use.of else use.call.name,
        },
        "document": [use.result or ""],
        "metadata": [told],
        "distances": [],
    }


def sources_in(told: Mapping[str, object]) -> list[object]:
    """Return the sources in something that is told."""
    found = told.get("sources")
    return list(found) if isinstance(found, list) else []
