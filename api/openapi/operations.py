"""What the server answers to: each address with a method, its page, and what that reads."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from api.http.door import Credential, Door, guard_of
from api.http.middleware import healthy
from api.http.process import web_process
from api.openapi.reading import Answer, Form, Reading, read
from api.schemas.health import HealthyAnswer

OF_FLASK = frozenset({"HEAD", "OPTIONS"})
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Operation:
    """An address with a method; `place` is its page and view, as the tables of words have it."""

    method: str
    rule: str
    place: str
    door: Door
    view: Callable[..., object]
    reading: Reading

    @property
    def path(self) -> str:
        """Return the address with its arguments in braces."""
        return ARGUMENT.sub(r"{\1}", self.rule)

    @property
    def arguments(self) -> list[str]:
        """Return the arguments of the address."""
        return ARGUMENT.findall(self.rule)

    @property
    def doors(self) -> tuple[Door, ...]:
        """Return the door in each of its contracts."""
        return self.door, *self.door.contracts.values()

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """Return by what those who ask may say who they are; nothing where nobody asks."""
        guard = guard_of(self.view)
        return guard.credentials if guard else ()

    @property
    def writes(self) -> bool:
        """Return whether it may change something."""
        return self.method != "GET"

    @property
    def takes_something(self) -> bool:
        """Return whether a request says more than where it goes."""
        reading = self.reading
        return bool(self.arguments or reading.queries or reading.takes_body)

    @property
    def noun(self) -> str:
        """Return the page."""
        return self.place.partition(".")[0] if "." in self.place else "probes"

    @property
    def identity(self) -> str:
        """Return what programs call it: it is the only one that is called so."""
        address = re.sub(r"\W+", "_", self.rule).strip("_")
        slash = "_slash" if self.rule.endswith("/") else ""
        return f"{self.method.lower()}_{address}{slash}"

    @property
    def summary(self) -> str:
        """Return the first line of what the page says of itself."""
        text = inspect.getdoc(inspect.unwrap(self.view)) or ""
        return text.partition("\n")[0].rstrip(".")

    @property
    def page(self) -> str:
        """Return what the module of the page says of itself."""
        module = inspect.getmodule(inspect.unwrap(self.view))
        return (inspect.getdoc(module) or "").partition("\n")[0]


def operations_of(app: Flask) -> list[Operation]:
    """Return what an application answers to, by address and method."""
    found = [made for rule in app.url_map.iter_rules() for made in made_of(app, rule)]
    return sorted([*found, health(app)], key=lambda one: (one.rule, one.method))


def health(app: Flask) -> Operation:
    """Return what the middleware answers by itself, before there are rules."""
    answer = Answer(Form.BARE, HealthyAnswer)
    door = web_process(app).doors.of("/health")
    return Operation("GET", "/health", "probes.health", door, healthy, Reading(answers=[answer]))


def made_of(app: Flask, rule: Rule) -> Iterator[Operation]:
    """Yield what an address answers to."""
    view = app.view_functions[rule.endpoint]
    door = web_process(app).doors.of(rule.rule)
    if not door.for_programs:
        return
    reading = read(view)
    for method in sorted((rule.methods or set()) - OF_FLASK):
        yield Operation(method, rule.rule, door.place(rule.endpoint), door, view, reading)
