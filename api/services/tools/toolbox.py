"""The tools of an answer: told to a model, and called as it wants."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import orjson

from api.config.tools import ToolSettings
from api.errors import RaglanError
from api.services.tools.records import Call, Schema, Tool

MOST_TOOLS = 128
"""Tools of an answer: endpoints refuse more."""

MOST_RESULT = 50_000
"""Characters of a result that a model is told."""

LONGEST_NAME = 64
UNFIT = re.compile(r"[^A-Za-z0-9_-]")


class Server(Protocol):
    """Where tools are, opened for an answer."""

    name: str

    def call(self, tool: Tool, arguments: Mapping[str, object], seconds: float) -> str:
        """Return what comes of a call that may take some seconds; raises RaglanError."""
        ...

    def close(self) -> None:
        """End what the calls began."""
        ...


class Toolbox:
    """Tools by the names that a model knows, and why there are not more of them."""

    def __init__(
        self,
        servers: Sequence[tuple[Server, Sequence[Tool]]],
        remarks: Sequence[str],
        settings: Callable[[], ToolSettings],
    ) -> None:
        """Put tools together; one whose name is taken gets a number.

        `settings` returns how long calls may take.
        """
        self.settings = settings
        self.taken = 0.0
        self.servers = [server for server, _ in servers]
        self.remarks = list(remarks)
        self.tools: dict[str, tuple[Server, Tool]] = {}
        for server, tools in servers:
            for tool in tools:
                self.add(server, tool)

    def add(self, server: Server, tool: Tool) -> None:
        """Add a tool, if there is room for it."""
        if len(self.tools) >= MOST_TOOLS:
            remark = f"There is no room for more than {MOST_TOOLS} tools."
            if remark not in self.remarks:
                self.remarks.append(remark)
            return
        name = UNFIT.sub("_", tool.name)[:LONGEST_NAME]
        number = 2
        while name in self.tools:
            end = f"_{number}"
            name = UNFIT.sub("_", tool.name)[: LONGEST_NAME - len(end)] + end
            number += 1
        self.tools[name] = (server, tool)

    def specs(self) -> list[Schema]:
        """Return the tools as models are told of them."""
        return [
            {
                "type": "function",
                "function": {
                    "name": name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            }
            for name, (_, tool) in self.tools.items()
        ]

    def of(self, call: Call) -> str:
        """Return whose tool is called; empty where there is none of its name."""
        found = self.tools.get(call.name)
        return found[0].name if found else ""

    def call(self, call: Call) -> str:
        """Return what comes of a call, as a model is told it: what fails is told, too."""
        found = self.tools.get(call.name)
        if found is None:
            return f"Error: there is no tool {call.name}."
        arguments = arguments_of(call)
        if arguments is None:
            return "Error: the arguments are no object of JSON."
        result = self.made(*found, arguments)
        if len(result) > MOST_RESULT:
            return f"{result[:MOST_RESULT]}\n[{len(result) - MOST_RESULT:,} characters more]"
        return result

    def made(self, server: Server, tool: Tool, arguments: Mapping[str, object]) -> str:
        """Return what comes of a call, within the time that all calls of the answer have left."""
        settings = self.settings()
        left = settings.total - self.taken
        if left <= 0:
            return (
                f"Error: the {settings.total:g} seconds are used up that tools have for an answer"
                " (tools.total): answer without them."
            )
        begun = time.monotonic()
        try:
            return server.call(tool, arguments, min(settings.timeout, left))
        except RaglanError as error:
            return f"Error: {error}"
        finally:
            self.taken += time.monotonic() - begun

    def close(self) -> None:
        """End what the calls began."""
        for server in self.servers:
            with suppress(RaglanError):
                server.close()


def arguments_of(call: Call) -> Mapping[str, object] | None:
    """Return the arguments of a call; None where they are no object."""
    if not call.arguments.strip():
        return {}
    try:
        found = orjson.loads(call.arguments)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
