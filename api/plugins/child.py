"""The process that runs code of an administrator: `python -m api.plugins.child PARENT MEMORY CPU`.

It takes a line of JSON at a time from what was standard input, and answers with lines of JSON:
`{"event": ...}` and `{"piece": ...}` while something is being done, and `{"done": ...}` or
`{"error": ...}` at its end. The first line has the code. Before that is run the process confines
itself (`api.plugins.confinement`) to its folder. What the code prints goes nowhere.
"""

import asyncio
import faulthandler
import inspect
import json
import linecache
import os
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from pydantic import BaseModel, ValidationError

from api.plugins.confinement import confine
from api.plugins.describing import (
    OURS,
    USER_VALVES,
    VALVES,
    UnfitError,
    described,
    kind_of,
    valves_class,
)
from api.plugins.front_matter import front_matter, missing
from rag.ingestion.lifetime import end_with

ROOT = str(Path(__file__).resolve().parents[2])
"""Where the server is: code imports nothing of it."""

LESS = 10
"""How much code gives way to the server, whose answers wait for nobody's loop."""

FILE = "<plugin>"
LONGEST_LINE = 2 << 20
LONGEST_ERROR = 2000

Json = Mapping[str, Any]
Send = Callable[[Mapping[str, Any]], None]


class Plugin:
    """Loaded code, an instance of its class, and what runs its coroutines."""

    def __init__(self, told: Json, send: Send) -> None:
        """Run the code; raises UnfitError, and whatever the code does."""
        content = str(told["content"])
        self.manifest = front_matter(content)
        if absent := missing(self.manifest.get("requirements", "")):
            names = " ".join(absent)
            raise UnfitError(
                f"The code needs packages that are not installed: {', '.join(absent)}. Nothing is"
                " installed while the server runs: install them where it is, as by"
                f" `uv pip install --python .venv/bin/python {names}`, and try again."
            )
        self.send = send
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.module = ModuleType("plugin")
        self.module.__dict__["__file__"] = FILE
        sys.modules["plugin"] = self.module
        lines = content.splitlines(keepends=True)
        linecache.cache[FILE] = (len(content), None, lines, FILE)
        exec(compile(content, FILE, "exec"), self.module.__dict__)  # noqa: S102 - what this process is for
        self.instance = getattr(self.module, kind_of(self.module))()
        self.set_valves(told.get("valves") or {})

    def set_valves(self, values: Json) -> None:
        """Give the instance its settings, or those that it has if nothing is set."""
        found = valves_class(self.module, self.instance, VALVES)
        if found is not None and (values or not hasattr(self.instance, "valves")):
            self.instance.valves = found(**values)

    def described(self) -> Json:
        """Return what the code has, and what it says of itself."""
        return {**described(self.module, self.instance), "manifest": self.manifest}

    def checked(self, which: str, values: Json) -> Json:
        """Return settings as their class takes them; raises ValidationError, and UnfitError."""
        found = valves_class(self.module, self.instance, which)
        if found is None:
            raise UnfitError(f"The code has no class {which}.")
        return found(**values).model_dump(mode="json", exclude_unset=True)

    def call(self, name: str, arguments: Json, given: Json) -> Any:
        """Return what a method makes of arguments; pieces of it are sent as they come.

        What the server fills in is nobody else's to give, a model's least of all.
        """
        method = getattr(self.instance, name, None)
        if not callable(method) or (name.startswith("_")):
            raise UnfitError(f"The code has no {name}.")
        wanted = inspect.signature(method).parameters
        ours = {key: value for key, value in self.given(given).items() if key in wanted}
        known = {key: one for key, one in arguments.items() if not key.startswith(OURS)}
        return self.settled(method(**typed(method, known), **ours))

    def given(self, told: Json) -> Json:
        """Return what the server fills in, with what the asker has set as its class has it."""
        found = {**told, "__event_emitter__": self.emit, "__event_call__": self.refuse}
        user = dict(told.get("__user__") or {})
        values, kind = user.get("valves"), valves_class(self.module, self.instance, USER_VALVES)
        if kind is not None:
            user["valves"] = kind(**(values or {}))
        return {**found, "__user__": user}

    async def emit(self, event: Json) -> None:
        """Tell of an event."""
        self.send({"event": plain(event)})

    async def refuse(self, _: Json) -> Any:
        """Refuse to ask who is before the page."""
        raise UnfitError("Asking who is before the page (`__event_call__`) is not built.")

    def settled(self, result: Any) -> Any:
        """Return what a call comes to at last; pieces of it are sent."""
        if inspect.isawaitable(result):
            result = self.loop.run_until_complete(waited(result))
        if isinstance(result, AsyncIterator):
            result = self.iterated(result)
        if isinstance(result, Iterator):
            for piece in result:
                self.send({"piece": plain(piece)})
            return None
        body = getattr(result, "body_iterator", None)
        return self.settled(body) if body is not None else plain(result)

    def iterated(self, pieces: AsyncIterator[Any]) -> Iterator[Any]:
        """Yield the pieces of something asynchronous."""
        while True:
            try:
                yield self.loop.run_until_complete(waited(pieces.__anext__()))
            except StopAsyncIteration:
                return

    def do(self, told: Json) -> Any:
        """Do what a line says."""
        if told["do"] == "describe":
            return self.described()
        if told["do"] == "check":
            return self.checked(told["which"], told["values"])
        if told["do"] == "pipes":
            found = self.instance.pipes
            return self.settled(found() if callable(found) else found)
        return self.call(told["name"], told["arguments"], told["given"])


async def waited(result: Any) -> Any:
    """Return what is awaited; an event loop takes coroutines alone."""
    return await result


def typed(method: Callable[..., Any], arguments: Json) -> Json:
    """Return arguments of which those for models of pydantic are such."""
    hints = getattr(method, "__annotations__", {})
    return {
        name: hint(**value)
        if isinstance(hint := hints.get(name), type)
        and issubclass(hint, BaseModel)
        and isinstance(value, dict)
        else value
        for name, value in arguments.items()
    }


def plain(value: Any) -> Any:
    """Return a value as JSON has it: models as objects, bytes as text, what it lacks as text."""
    return json.loads(json.dumps(value, default=in_other_words))


def in_other_words(value: Any) -> Any:
    """Return something that JSON lacks."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)


def failure_of(error: BaseException) -> str:
    """Return what went wrong in a sentence, and in which line of the code."""
    if isinstance(error, UnfitError):
        return str(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if isinstance(error, SyntaxError):
        return f"Line {error.lineno} is no Python: {error.msg}."
    frames = traceback.extract_tb(error.__traceback__)
    lines = [one.lineno for one in frames if one.filename == FILE]
    where = f" (line {lines[-1]})" if lines else ""
    said = str(error)[:LONGEST_ERROR]
    return f"{type(error).__name__}: {said}{where}" if said else f"{type(error).__name__}{where}"


def serve(lines: BinaryIO, send: Send) -> None:
    """Do what lines say, until there are no more."""
    plugin: Plugin | None = None
    for line in lines:
        try:
            told = json.loads(line)
            done = plugin.do(told) if plugin else None
            plugin = plugin or Plugin(told, send)
            send({"done": done})
        except BrokenPipeError:
            return  # nobody listens any more
        except BaseException as error:  # noqa: BLE001 - code may raise anything, SystemExit too
            send({"error": failure_of(error)})
            if plugin is None:
                return


def sender(events: BinaryIO) -> Send:
    """Return what writes a line; raises UnfitError for one that is too long."""

    def send(told: Mapping[str, Any]) -> None:
        line = json.dumps(told).encode() + b"\n"
        if len(line) > LONGEST_LINE:
            raise UnfitError(f"There is more than {LONGEST_LINE:,} bytes of it.")
        rest = memoryview(line)
        while rest:
            rest = rest[events.write(rest) :]

    return send


def claimed() -> tuple[BinaryIO, BinaryIO]:
    """Move the connection from descriptors 0 and 1, so that what code prints is no event."""
    lines, events = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb", buffering=0)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    return lines, events


def main(parent: int, memory: int, seconds: int) -> None:
    """Serve until there is nothing more to do."""
    end_with(parent)
    os.nice(LESS)
    faulthandler.disable()
    sys.path[:] = [one for one in sys.path if one != ROOT]
    lines, events = claimed()
    send = sender(events)
    try:
        confine(str(Path.cwd()), memory, seconds)
    except OSError as error:
        said = f"This system cannot confine code: {error}. It is not run."
        send({"error": said})
        return
    serve(lines, send)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
