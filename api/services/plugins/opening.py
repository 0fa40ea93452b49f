"""Plugins as an answer uses them: a process each, which ends with the answer."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

import orjson

from api.plugins.process import PluginError, PluginProcess
from api.services.accounts.records import Principal
from api.services.plugins.plugins import PluginService
from api.services.plugins.records import Family, Json, PluginRow, Which

Hear = Callable[[object], None]


def unheard(_: object) -> None:
    """Take an event of which nobody is to be told."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is made, as code is told it, and who hears the events of the code."""

    chat_id: str = ""
    message_id: str = ""
    session_id: str = ""
    model: str = ""
    messages: Sequence[Json] = ()
    hear: Hear = field(default=unheard, repr=False)


NOWHERE = Place()


class OpenPlugin:
    """A plugin that is used for an answer; its process begins with the first call."""

    def __init__(
        self, plugins: PluginService, row: PluginRow, asker: Principal, place: Place
    ) -> None:
        """Initialize with the code and who asks where; nothing is run."""
        self.plugins = plugins
        self.row = row
        self.name = row.text.name
        self.asker = asker
        self.place = place
        self.stack = ExitStack()
        self.process: PluginProcess | None = None
        self.given: Json = {}

    def opened(self) -> PluginProcess:
        """Return the process; raises PluginError, and CrowdedError."""
        if self.process is not None and self.process.is_over:
            self.stack.close()
            self.process = None
        if self.process is None:
            code = self.plugins.code(self.row)
            self.given = self.told()
            running = self.plugins.processes.running_one(code)
            self.process = self.stack.enter_context(running)
        return self.process

    def told(self) -> Json:
        """Return what the server fills in where code asks for it."""
        place, asker = self.place, self.asker
        person = self.plugins.people.shown(asker, asker.user_id)
        user: dict[str, object] = {
            "id": person.id,
            "email": person.email,
            "name": person.nickname,
            "role": "admin" if self.plugins.people.administers(asker) else "user",
        }
        if self.row.schema(Which.PERSON) is not None:
            user["valves"] = self.plugins.own_valves(asker, self.row)
        ids = {
            "chat_id": place.chat_id,
            "message_id": place.message_id,
            "session_id": place.session_id,
        }
        return {
            "__user__": user,
            "__id__": self.row.text.called,
            "__metadata__": {**ids, "user_id": asker.user_id, "model": {"id": place.model}},
            **{f"__{name}__": value for name, value in ids.items()},
            "__model__": {"id": place.model, "name": place.model},
            "__messages__": list(place.messages),
            "__files__": [],
            "__tools__": {},
            **dict.fromkeys(("__request__", "__task__", "__oauth_token__"), None),
        }

    def asked(self, name: str, arguments: Json) -> Json:
        """Return that a method is to be called."""
        return {"do": "call", "name": name, "arguments": arguments, "given": self.given}

    def use(self, name: str, arguments: Json, seconds: float) -> object:
        """Return what comes of a method; raises PluginError."""
        process = self.opened()
        said: list[str] = []
        told = self.asked(name, arguments)
        with closing(process.pieces(told, seconds, time.monotonic() + seconds)) as pieces:
            for one in pieces:
                if "event" in one:
                    self.place.hear(one["event"])
                if "piece" in one:
                    said.append(as_text(one["piece"]))
                if "done" in one:
                    return "".join(said) if said else one["done"]
        raise PluginError(f"{self.name} has ended before it was done.")

    def streamed(self, name: str, arguments: Json) -> Generator[object]:
        """Yield what a method says piece by piece; raises PluginError."""
        process, settings = self.opened(), self.plugins.settings()
        told, until = self.asked(name, arguments), time.monotonic() + settings.total
        with closing(process.pieces(told, settings.timeout, until)) as pieces:
            for one in pieces:
                if "event" in one:
                    self.place.hear(one["event"])
                for kind in ("piece", "done"):
                    if one.get(kind) is not None:
                        yield one[kind]

    def call(self, tool: Any, arguments: Mapping[str, object], seconds: float) -> str:
        """Return what comes of a tool, as text; raises PluginError."""
        return as_text(self.use(tool.name, arguments, seconds))

    def close(self) -> None:
        """End the process, if there is one."""
        self.stack.close()


class PluginOpener:
    """Finds the plugins that an answer uses."""

    def __init__(self, plugins: PluginService) -> None:
        """Initialize with what keeps plugins."""
        self.plugins = plugins

    def tools(self, asker: Principal, place: Place) -> Mapping[str, OpenPlugin]:
        """Return the tools in Python that an asker may use, by their ids; nothing is run."""
        found = self.plugins.listed(asker, Family.TOOL)
        return {one.row.text.called: self.open(one.row, asker, place) for one in found}

    def open(self, row: PluginRow, asker: Principal, place: Place) -> OpenPlugin:
        """Return a plugin for an answer."""
        return OpenPlugin(self.plugins, row, asker, place)

    def functions(self, asker: Principal, kind: str) -> list[PluginRow]:
        """Return the functions of a kind that are on."""
        found = (one.row for one in self.plugins.listed(asker, Family.FUNCTION))
        return [row for row in found if row.kind == kind and row.is_active]


def as_text(value: object) -> str:
    """Return what comes of code as a model is told it."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
