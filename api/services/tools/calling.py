"""Answers in which a model calls tools: it is asked again with what came of them."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count

from api.config.tools import ToolSettings
from api.errors import RuleError
from api.services.tools.records import Call, Use
from api.services.tools.toolbox import Toolbox
from rag.llm.base import Json
from rag.llm.deltas import choice_of

AT_ONCE = 16
"""Calls that a model may want at a time."""

MOST_ARGUMENTS = 200_000
"""Characters of the arguments of the calls that a model wants at a time."""

Ask = Callable[[Json], Iterator[Json]]
"""Yields the events of a model's answer to a conversation."""

Whole = Callable[[Json], Json]
"""Returns a model's whole answer to a conversation."""


@dataclass(slots=True)
class Wanted:
    """The calls that a model wants, as they arrive piece by piece, and what it says with them."""

    parts: dict[int, dict[str, str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    size: int = 0

    def take(self, event: Json) -> Json | None:
        """Return an event without the calls in it; None where nothing else is."""
        first = choice_of(event)
        delta = first.get("delta")
        if not isinstance(delta, dict):
            return event
        self.said.append(str(delta.get("content") or ""))
        calls = delta.get("tool_calls")
        for place, one in enumerate(calls if isinstance(calls, list) else []):
            self.add(place, one)
        if not calls and not (self.parts and first.get("finish_reason")):
            return event
        rest = {key: value for key, value in delta.items() if key != "tool_calls"}
        if not rest.get("content") and not event.get("usage"):
            return None
        return {**event, "choices": [{**first, "delta": rest, "finish_reason": None}]}

    def add(self, place: int, given: Mapping[str, object]) -> None:
        """Add a piece of a call; raises RuleError for calls that are too long."""
        index, function = given.get("index"), given.get("function")
        told = function if isinstance(function, Mapping) else {}
        part = self.parts.setdefault(
            index if isinstance(index, int) else place, {"id": "", "name": "", "arguments": ""}
        )
        part["id"] = part["id"] or str(given.get("id") or "")
        part["name"] += str(told.get("name") or "")
        arguments = str(told.get("arguments") or "")
        part["arguments"] += arguments
        self.size += len(arguments)
        if self.size > MOST_ARGUMENTS or len(self.parts) > AT_ONCE * 8:
            raise RuleError("The model calls tools with more than there is room for.")

    def calls(self, turn: int) -> list[Call]:
        """Return the calls; one without an id gets one."""
        return [
            Call(one["id"] or f"call_{turn}_{place}", one["name"], one["arguments"])
            for place, one in sorted(self.parts.items())
        ]


class CallingService:
    """Lets models call tools, for as many rounds as the settings say."""

    def __init__(self, settings: Callable[[], ToolSettings]) -> None:
        """Initialize with what returns the settings in force."""
        self.settings = settings

    def events(
        self, ask: Ask, conversation: Json, toolbox: Toolbox | None
    ) -> Generator[Json | Use]:
        """Yield the events of an answer, and the uses of tools in it: as they begin, and end.

        Closing this ends the call to the model. Raises RuleError where it goes on calling.
        """
        tally: dict[str, int] = {}
        conversation = equipped(conversation, toolbox)
        for turn in count():
            wanted = Wanted()
            events = ask(conversation)
            with closing(events):  # type: ignore[type-var]  # a generator, as all streams are
                for event in events:
                    rest = wanted.take(event) if toolbox else event
                    if rest is not None:
                        yield counted(tally, rest)
            calls = wanted.calls(turn)
            if toolbox is None or not calls:
                return
            self.check(turn + 1)
            answers = yield from self.used(toolbox, calls)
            conversation = after(conversation, "".join(wanted.said), calls, answers)

    def whole(
        self, ask: Whole, conversation: Json, toolbox: Toolbox | None
    ) -> tuple[Json, list[Use]]:
        """Return a model's whole answer, and the uses of tools; raises what `events` does."""
        uses: list[Use] = []
        tally: dict[str, int] = {}
        rounds = 0
        conversation = equipped(conversation, toolbox)
        while True:
            answer = counted(tally, ask(conversation))
            wanted = Wanted()
            message = message_in(answer)
            calls = message.get("tool_calls")
            for place, one in enumerate(calls if isinstance(calls, list) else []):
                wanted.add(place, one if isinstance(one, Mapping) else {})
            if toolbox is None or not wanted.parts:
                return answer, uses
            rounds += 1
            self.check(rounds)
            made = list(self.used(toolbox, wanted.calls(rounds)))
            ended = [use for use in made if use.result is not None]
            uses += ended
            said = str(message.get("content") or "")
            results = [use.result or "" for use in ended]
            conversation = after(conversation, said, [use.call for use in ended], results)

    def check(self, rounds: int) -> None:
        """Raise RuleError where a model has called tools too many times in a row."""
        if rounds > self.settings().rounds:
            raise RuleError(
                f"The model has called tools {rounds} times in a row and has not come to an end:"
                " its answer ends here (tools.rounds)."
            )

    def used(self, toolbox: Toolbox, calls: Sequence[Call]) -> Generator[Use, None, list[str]]:
        """Make calls, one after the other; return what came of them."""
        results = []
        for place, call in enumerate(calls):
            of = toolbox.of(call)
            yield Use(call, of)
            many = f"Error: {AT_ONCE} calls are made at a time, and this is one more."
            result = toolbox.call(call) if place < AT_ONCE else many
            yield Use(call, of, result)
            results.append(result)
        return results


def equipped(conversation: Json, toolbox: Toolbox | None) -> Json:
    """Return a conversation with the tools that its model may call."""
    if toolbox is None or not toolbox.tools:
        return conversation
    return {**conversation, "tools": toolbox.specs()}


def after(conversation: Json, said: str, calls: Sequence[Call], results: Sequence[str]) -> Json:
    """Return a conversation with what a model has said and called, and what came of that."""
    asked = {
        "role": "assistant",
        "content": said,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in calls
        ],
    }
    told = [
        {"role": "tool", "tool_call_id": call.id, "content": result}
        for call, result in zip(calls, results, strict=True)
    ]
    return {**conversation, "messages": [*conversation["messages"], asked, *told]}


def message_in(answer: Json) -> Json:
    """Return the message of a whole answer; empty where it has none."""
    found = choice_of(answer).get("message")
    return found if isinstance(found, dict) else {}


def counted(tally: dict[str, int], told: Json) -> Json:
    """Return something a model said, whose usage is that of all that it said before, too."""
    usage = told.get("usage")
    if not isinstance(usage, dict):
        return told
    for name, value in usage.items():
        if isinstance(value, int):
            tally[name] = tally.get(name, 0) + value
    return {**told, "usage": {**usage, **tally}}
