"""Functions that are models: listed among these, and asked as these are."""

import logging
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

import orjson

from api.errors import RaglanError
from api.plugins.process import PluginError
from api.services.accounts.records import Principal
from api.services.plugins.opening import NOWHERE, OpenPlugin, Place, PluginOpener, as_text
from api.services.plugins.records import PluginRow

log = logging.getLogger(__name__)

SECONDS = 60.0
"""For so long a pipe is not asked again for its models."""

MOST = 200
"""Models of a pipe."""

DATA = "data:"
DONE = "[DONE]"
CALL = ("id", "name", "arguments")

Event = Mapping[str, Any]


class PipeModel(NamedTuple):
    """A model that a pipe has; times in ms."""

    id: str
    name: str
    create_time: int


class Remembered(NamedTuple):
    """The models of a pipe, as it was at a time in ms, and until when they count."""

    update_time: int
    until: float
    models: list[PipeModel]


class PipeService:
    """Lists the models of pipes, and asks them."""

    def __init__(self, opener: PluginOpener) -> None:
        """Initialize with what finds plugins."""
        self.opener = opener
        self.remembered: dict[str, Remembered] = {}

    def models(self, asker: Principal) -> list[PipeModel]:
        """Return the models of all pipes that are on."""
        found = self.opener.functions(asker, "pipe") if self.opener.plugins.is_on else []
        return [model for row in found for model in self.models_of(row, asker)]

    def models_of(self, row: PluginRow, asker: Principal) -> list[PipeModel]:
        """Return the models of a pipe: itself, or those that its code names."""
        if not row.described.get("has_pipes"):
            return [PipeModel(row.text.called, row.text.name, row.create_time)]
        known = self.remembered.get(row.id)
        if known and known.update_time == row.update_time and known.until > time.monotonic():
            return known.models
        try:
            found = self.named(row, asker)
        except RaglanError as error:
            log.warning("The models of the pipe %s are not known: %s", row.text.called, error)
            found = []
        until = time.monotonic() + SECONDS
        self.remembered[row.id] = Remembered(row.update_time, until, found)
        return found

    def named(self, row: PluginRow, asker: Principal) -> list[PipeModel]:
        """Return the models that the code of a pipe names; raises PluginError."""
        plugin = self.opener.open(row, asker, NOWHERE)
        with closing(plugin):
            seconds = self.opener.plugins.settings().timeout
            found = plugin.opened().whole({"do": "pipes"}, seconds)
        return [
            PipeModel(
                f"{row.text.called}.{one['id']}",
                f"{row.text.name}{one.get('name') or one['id']}",
                row.create_time,
            )
            for one in (found if isinstance(found, list) else [])[:MOST]
            if isinstance(one, dict) and one.get("id")
        ]

    def find(self, asker: Principal, model: str) -> PluginRow | None:
        """Return the pipe that a model belongs to; None where there is none that is on."""
        if not self.opener.plugins.is_on:
            return None
        called, _, part = model.partition(".")
        rows = self.opener.functions(asker, "pipe")
        return next(
            (
                row
                for row in rows
                if row.text.called == called and bool(part) is bool(row.described.get("has_pipes"))
            ),
            None,
        )

    def events(
        self, row: PluginRow, asker: Principal, place: Place, conversation: Mapping[str, Any]
    ) -> Generator[Event]:
        """Yield the events of an answer, as OpenAI has them; raises PluginError."""
        plugin = self.opener.open(row, asker, place)
        with closing(plugin):
            model, is_open = str(conversation.get("model")), True
            with closing(plugin.streamed("pipe", {"body": conversation})) as pieces:
                for piece in pieces:
                    for event in events_in(plugin, piece):
                        is_open = is_open and not is_last(event)
                        yield {**chunk(model), **event}
            if is_open:
                yield {**chunk(model), "choices": [choice({}, "stop")]}


def chunk(model: str) -> Event:
    """Return an event in which nothing is said yet."""
    return {
        "id": f"chatcmpl-{model}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
        "choices": [],
    }


def choice(delta: Mapping[str, object], reason: str | None = None) -> Event:
    """Return what is said in an event."""
    return {"index": 0, "delta": delta, "finish_reason": reason}


def is_last(event: Event) -> bool:
    """Return whether an event says why the answer ends."""
    return any(one.get("finish_reason") for one in event.get("choices") or [])


def events_in(plugin: OpenPlugin, piece: object) -> Iterator[Event]:
    """Yield the events in what a pipe says: text, events, or lines with such."""
    if isinstance(piece, str) and piece.lstrip().startswith(DATA):
        for line in piece.split("\n"):
            told = line.strip().removeprefix(DATA).strip()
            if told and told != DONE:
                yield from events_in(plugin, parsed(told))
    elif isinstance(piece, dict) and "event" in piece:
        plugin.place.hear(piece["event"])
    elif isinstance(piece, dict) and piece.get("error"):
        raise PluginError(f"{plugin.name}: {as_text(piece['error'])}")
    elif isinstance(piece, dict) and isinstance(piece.get("choices"), list):
        yield {**piece, "choices": [*map(as_delta, piece["choices"])]}
    elif as_text(piece):
        yield {"choices": [choice({"content": as_text(piece)})]}


def parsed(line: str) -> object:
    """Return what a line of events has; the line itself where that is no JSON."""
    try:
        return orjson.loads(line)
    except ValueError:
        return line


def as_delta(told: object) -> Event:
    """Return what is said in a whole answer as a piece of one."""
    if not isinstance(told, dict):
        return choice({})
    return {**told, "delta": told["message"]} if "message" in told else told


def collected(events: Iterator[Event]) -> Event:
    """Return a whole answer from the events of a pipe."""
    said, usage, calls = "", None, CallPieces()
    last: Event = {}
    with closing(events):  # type: ignore[type-var]  # a generator, as all streams are
        for last in events:
            for one in last.get("choices") or []:
                delta = one.get("delta") or {}
                said += str(delta.get("content") or "")
                calls.take(delta)
            usage = last.get("usage") or usage
    more = {"tool_calls": calls.whole()} if calls.parts else {}
    message = {"role": "assistant", "content": said, **more}
    reason = "tool_calls" if calls.parts else "stop"
    choices = [{"index": 0, "message": message, "finish_reason": reason}]
    whole = {**last, "object": "chat.completion", "choices": choices}
    return {**whole, "usage": usage} if usage else whole


class CallPieces:
    """Calls of tools as they arrive piece by piece."""

    def __init__(self) -> None:
        """Begin with none."""
        self.parts: dict[int, dict[str, str]] = {}

    def take(self, delta: Event) -> None:
        """Add the calls in what is said."""
        told = delta.get("tool_calls")
        for place, one in enumerate(told if isinstance(told, list) else []):
            function = one.get("function") or {}
            part = self.parts.setdefault(int(one.get("index", place)), dict.fromkeys(CALL, ""))
            part["id"] = part["id"] or str(one.get("id") or "")
            part["name"] += str(function.get("name") or "")
            part["arguments"] += str(function.get("arguments") or "")

    def whole(self) -> list[Event]:
        """Return the calls."""
        return [
            {
                "id": one["id"],
                "type": "function",
                "function": {"name": one["name"], "arguments": one["arguments"]},
            }
            for _, one in sorted(self.parts.items())
        ]
