"""What a page reads and what it answers, read from the page itself.

A page says both once, in its code: the models that it hands to `json_body` and `query_arguments`,
and what it hands to `success`, whose type is that of the presenter. Functions that it calls in
turn, of its own module or of those that pages share, are read as well.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from types import FunctionType
from typing import Union, get_args, get_origin

from flask import Response
from pydantic import BaseModel

from api.errors import NotBuiltError
from api.http.context import client_origin
from api.http.downloads import saved, shown
from api.http.framing import Framing
from api.http.media import ANY
from api.http.requests import (
    json_body,
    json_message,
    json_value,
    query_arguments,
    validated,
)
from api.http.responses import JSON, SCIM, Json, as_it_is, enveloped, plain, success
from api.http.streaming import event_stream
from api.openapi.hints import UNREAD, Scope, hint_of, literals, returned, written_as

READ = ("api.apps.", "api.http.")
"""Where the functions are that are read when a page calls them."""

STREAM = "request.stream"
"""What a page reads that takes a body as it comes."""


class Form(StrEnum):
    """How an answer goes out."""

    ENVELOPE = "in the envelope"
    BARE = "as it is"
    BY_DOOR = "as the door has it"
    STREAM = "as a stream"
    FILE = "as a file"
    OTHER = "as something else than JSON"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of a page: the type of what is in it, and what goes out beside that.

    A stream without a `framing` of its own has that of its door.
    """

    form: Form
    hint: object = None
    statuses: tuple[int, ...] = (200,)
    media: str = "application/json"
    beside: tuple[str, ...] = ()
    framing: Framing | None = None


@dataclass(slots=True)
class Reading:
    """What a page reads and answers, and what of it could not be read."""

    bodies: list[type[BaseModel]] = field(default_factory=list)
    queries: list[type[BaseModel]] = field(default_factory=list)
    forms: list[type[BaseModel]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    messages: list[object] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    takes_bytes: bool = False
    takes_any_json: bool = False
    counts_attempts: bool = False
    is_absent: bool = False

    @property
    def whole_bodies(self) -> list[type[BaseModel]]:
        """Return the models of which a body may be one, without those that others complete."""
        found = [
            model
            for model in dict.fromkeys(self.bodies)
            if not any(other is not model and issubclass(other, model) for other in self.bodies)
        ]
        return sorted(found, key=lambda model: -len(model.model_fields))

    @property
    def takes_json(self) -> bool:
        """Return whether it reads JSON."""
        return bool(self.bodies or self.messages) or self.takes_any_json

    @property
    def takes_form(self) -> bool:
        """Return whether it reads a form."""
        return bool(self.files or self.texts or self.forms)

    @property
    def takes_body(self) -> bool:
        """Return whether it reads a body, whatever it is."""
        return self.takes_json or self.takes_form or self.takes_bytes

    @property
    def streams(self) -> bool:
        """Return whether it may answer by a stream."""
        return any(answer.form is Form.STREAM for answer in self.answers)

    @property
    def sends_file(self) -> bool:
        """Return whether it answers by a file."""
        return any(answer.form is Form.FILE for answer in self.answers)


def read(view: Callable[..., object]) -> Reading:
    """Return what a page reads and answers."""
    found = Reading()
    function = inspect.unwrap(view)
    if isinstance(function, FunctionType):
        Reader(found).follow(function)
    return found


class Reader:
    """Reads a page, and the functions that it calls."""

    def __init__(self, found: Reading) -> None:
        """Begin with what is found so far."""
        self.found = found
        self.seen: set[FunctionType] = set()

    def follow(self, function: FunctionType) -> None:
        """Read a function, once."""
        if function in self.seen:
            return
        self.seen.add(function)
        scope = Scope.of(function)
        for node in ast.walk(scope.node):
            if isinstance(node, ast.Call):
                self.call(node, scope)
            elif isinstance(node, ast.Attribute) and ast.unparse(node) == STREAM:
                self.found.takes_bytes = True

    def call(self, node: ast.Call, scope: Scope) -> None:
        """Read a call: one that means something by itself, or else what is called."""
        called = scope.value(node.func)
        handler = next((one for known, one in CALLS if known is called), None)
        if handler is not None:
            handler(self, node, scope)
        elif isinstance(node.func, ast.Attribute):
            self.method(node, node.func, scope)
        if handler is None and isinstance(called, FunctionType) and is_ours(called):
            self.follow(called)

    def method(self, node: ast.Call, called: ast.Attribute, scope: Scope) -> None:
        """Read the call of a method: a field of a form, a header, and a door's own answer."""
        if called.attr == "success" and isinstance(called.value, ast.Call):
            self.answer(Form.BY_DOOR, node, scope)
        place = ast.unparse(called.value)
        if node.args and isinstance(node.args[0], ast.Constant):
            kept = {
                "request.files": self.found.files,
                "request.form": self.found.texts,
                "request.headers": self.found.headers,
            }
            kept.get(place, []).append(str(node.args[0].value))

    def body(self, node: ast.Call, scope: Scope) -> None:
        """Note the model of a body."""
        self.found.bodies.extend(self.models(node, scope))

    def query(self, node: ast.Call, scope: Scope) -> None:
        """Note the model of a query."""
        self.found.queries.extend(self.models(node, scope))

    def models(self, node: ast.Call, scope: Scope) -> Iterator[type[BaseModel]]:
        """Yield the model that a call names."""
        model = scope.value(node.args[0])
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield model
        else:
            self.lacks(node, scope, "name the model")

    def form(self, node: ast.Call, scope: Scope) -> None:
        """Note the model of a form, where one is read."""
        if ast.unparse(node.args[1]).startswith("request.form"):
            self.found.forms.extend(self.models(node, scope))

    def any_json(self, _node: ast.Call, _scope: Scope) -> None:
        """Note that all JSON is taken."""
        self.found.takes_any_json = True

    def message(self, node: ast.Call, scope: Scope) -> None:
        """Note the type of what is to be sent."""
        self.found.messages.append(scope.value(node.args[0]))

    def attempts(self, _node: ast.Call, _scope: Scope) -> None:
        """Note that attempts are counted by where they come from."""
        self.found.counts_attempts = True

    def absent(self, _node: ast.Call, _scope: Scope) -> None:
        """Note that the page says that something is not built."""
        self.found.is_absent = True

    def enveloped(self, node: ast.Call, scope: Scope) -> None:
        """Note an answer in the envelope."""
        self.answer(Form.ENVELOPE, node, scope)

    def bare(self, node: ast.Call, scope: Scope) -> None:
        """Note an answer as it is."""
        self.answer(Form.BARE, node, scope)

    def answer(self, form: Form, node: ast.Call, scope: Scope) -> None:
        """Note an answer of a door, with what goes out beside the data."""
        named = {item.arg: item.value for item in node.keywords if item.arg}
        data = node.args[0] if node.args else named.get("data")
        hint = None if data is None else hint_of(data, scope)
        if hint is UNREAD:
            self.lacks(node, scope, "hand over what a presenter returns, which has a type")
        beside = tuple(name for name in named if name not in {"data", "message"})
        self.found.answers.append(Answer(form, hint, beside=beside))

    def plain(self, node: ast.Call, scope: Scope) -> None:
        """Note an answer with a status of its own."""
        hint, statuses = hint_of(node.args[0], scope), statuses_of(node.args[1], scope)
        if hint is UNREAD:
            self.lacks(node, scope, "hand over what a presenter returns, which has a type")
        self.found.answers.append(Answer(Form.BARE, hint, statuses))

    def stream(self, node: ast.Call, scope: Scope) -> None:
        """Note a stream, with the type of its events."""
        begin = node.args[0]
        made = hint_of(begin.body, scope) if isinstance(begin, ast.Lambda) else UNREAD
        if made is UNREAD:
            self.lacks(node, scope, "begin by `lambda: events(...)`, which has a type")
        own = scope.value(node.args[1]) if len(node.args) > 1 else None
        framing = own if isinstance(own, Framing) else None
        self.found.answers.append(Answer(Form.STREAM, events_of(made), framing=framing))

    def saved(self, _node: ast.Call, _scope: Scope) -> None:
        """Note a file that is saved."""
        self.found.answers.append(Answer(Form.FILE, media=ANY))

    def shown(self, _node: ast.Call, _scope: Scope) -> None:
        """Note a file that is shown, as what its suffix says."""
        self.found.answers.append(Answer(Form.FILE, media="*/*"))

    def response(self, node: ast.Call, scope: Scope) -> None:
        """Note an answer of Flask's, by its kind of content and its status."""
        named = {item.arg: item.value for item in node.keywords if item.arg}
        media = named.get("mimetype") or named.get("content_type")
        status = named.get("status")
        statuses = statuses_of(status, scope) if status else (200,)
        if media is None:
            self.found.answers.append(Answer(Form.OTHER, None, statuses, media=""))
            return
        told = media.value if isinstance(media, ast.Constant) else scope.value(media)
        hint = written_as(hint_of(node.args[0], scope))
        form = Form.BARE if told in {JSON, SCIM} and hint is not UNREAD else Form.OTHER
        kind = str(told).partition(";")[0] if told else "*/*"
        self.found.answers.append(Answer(form, hint, statuses, media=kind))

    def lacks(self, node: ast.Call, scope: Scope, what: str) -> None:
        """Note what a page has to say so that it can be read."""
        said = ast.unparse(node)
        self.found.unread.append(f"{scope.node.name}, line {node.lineno}: `{said}`: {what}")


def events_of(made: object) -> object:
    """Return the type of the events of a generator, or of either of several."""
    either = get_args(made) if get_origin(made) is Union else (made,)
    events = tuple(get_args(one)[0] for one in either if get_args(one))
    return Union[events] if events else None  # noqa: UP007 - found out here


def is_ours(function: FunctionType) -> bool:
    """Return whether a function is one of those that are read."""
    return function.__module__.startswith(READ)


def statuses_of(node: ast.expr, scope: Scope) -> tuple[int, ...]:
    """Return the statuses that an expression may have: constants, or those that its type allows."""
    if isinstance(node, ast.IfExp):
        return *statuses_of(node.body, scope), *statuses_of(node.orelse, scope)
    if isinstance(node, ast.Constant):
        return (int(str(node.value)),)
    return literals(returned(scope.value(node.func))) if isinstance(node, ast.Call) else ()


CALLS: tuple[tuple[object, Callable[[Reader, ast.Call, Scope], None]], ...] = (
    (json_body, Reader.body),
    (query_arguments, Reader.query),
    (json_value, Reader.any_json),
    (json_message, Reader.message),
    (validated, Reader.form),
    (client_origin, Reader.attempts),
    (NotBuiltError, Reader.absent),
    (success, Reader.enveloped),
    (as_it_is, Reader.bare),
    (enveloped, Reader.plain),
    (plain, Reader.plain),
    (event_stream, Reader.stream),
    (saved, Reader.saved),
    (shown, Reader.shown),
    (Response, Reader.response),
    (Json, Reader.response),
)
"""What calls of these say of a page. They are compared by what they are: some have no hash."""
