"""Through which rooms of the house a request walks until a statement reaches the database.

A room is a package: a door's pages, `http`, `schemas`, a subject of the services, `db`. A walk is
the rooms that are on the stack while a statement is executed, from the page or, of what is asked
before and after it, from `http` on.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from types import CodeType, FrameType
from typing import Any

from flask import Flask, has_request_context, request

from api.db.connection import Database

MOST_ROOMS = 5

Walk = tuple[str, ...]
"""The rooms in the order of their first being entered."""

_rooms: dict[CodeType, str] = {}
"""The room of each function that was on a stack; empty if it is in none."""

_walked: set[tuple[str, str]] = set()
"""Each route with each statement that it has led to in this process: it walks there one way."""

longest: dict[str, Walk] = {}
"""The longest walk of each route that was asked in this process, by method and rule."""


@contextmanager
def watched(database: Database) -> Iterator[None]:
    """Limit the walks to a database within a `with` block to so many rooms."""
    execute: Any = database.execute_sql
    found: dict[str, Walk] = {}

    def execute_sql(sql: str, *arguments: Any, **named: Any) -> Any:
        if has_request_context():
            rule = request.url_rule
            route = f"{request.method} {rule.rule}" if rule else "no route"
            if (route, sql) not in _walked:
                _walked.add((route, sql))
                walk = walk_to(sys._getframe(1))  # noqa: SLF001 - as traceback.walk_stack does
                found[route] = max(found.get(route, ()), walk, key=weight)
        return execute(sql, *arguments, **named)

    database.execute_sql = execute_sql  # type: ignore[method-assign]  # as tracing does
    yield
    database.execute_sql = execute  # type: ignore[method-assign]
    for route, walk in found.items():
        longest[route] = max(longest.get(route, ()), walk, key=weight)
    assert {route: walk for route, walk in found.items() if len(walk) > MOST_ROOMS} == {}


def weight(walk: Walk) -> tuple[int, bool]:
    """Return by what walks are compared: of two of one length, the one from the page tells more."""
    return len(walk), "apps" in walk


def walk_to(frame: FrameType) -> Walk:
    """Return the rooms from the page to a frame."""
    stays = [room for room, _ in groupby(reversed(list(rooms(frame))))]
    if "apps" in stays:
        stays = stays[stays.index("apps") :]
    return tuple(dict.fromkeys(stays))


def rooms(frame: FrameType | None) -> Iterator[str]:
    """Yield the rooms of a stack, the innermost first, up to where Flask took the request."""
    while frame is not None and frame.f_code is not Flask.wsgi_app.__code__:
        room = _rooms.get(frame.f_code)
        if room is None:
            room = _rooms[frame.f_code] = room_of(str(frame.f_globals.get("__name__", "")))
        if room:
            yield room
        frame = frame.f_back


def room_of(module: str) -> str:
    """Return the room that a module is in; empty if it is none of ours."""
    top, *rest = module.split(".")
    if top == "api" and rest:
        return ".".join(rest[:2]) if rest[0] == "services" else rest[0]
    return "rag" if top == "rag" else ""
