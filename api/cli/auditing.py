"""Entries in the audit log of commands that decide who may do what, as requests have them."""

import getpass
import os
import time
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import click
import orjson

from api.cli.access import Access
from api.errors import RaglanError
from api.services.auditing.records import Entry, Kind, Outcome
from api.services.auditing.redaction import redacted

if TYPE_CHECKING:
    from api.container import Services

P = ParamSpec("P")

HERE = "command line"
"""What stands in the place of an address."""

AccessCommand = Callable[Concatenate[Access, P], None]


def audited(kind: Kind) -> Callable[[AccessCommand[P]], AccessCommand[P]]:
    """Return what has a command leave an entry, be it done or refused.

    What was typed wrong, and what nobody agreed to, was not asked of the server.
    """

    def decorate(command: AccessCommand[P]) -> AccessCommand[P]:
        @wraps(command)
        def run(access: Access, /, *args: P.args, **values: P.kwargs) -> None:
            try:
                command(access, *args, **values)
            except click.UsageError:
                raise
            except (RaglanError, click.ClickException):
                note(access, kind, Outcome.REFUSED, values)
                raise
            note(access, kind, Outcome.DONE, values)

        return run

    return decorate


def note(access: Access, kind: Kind, outcome: Outcome, values: Mapping[str, object]) -> None:
    """Write an entry; without a database that is in order there is no log."""
    services: Services | None = vars(access).get("services")
    if services is None:
        return
    trail = services.auditing.trail
    trail.write(entry_of(kind, outcome, values))
    trail.flush()


def entry_of(kind: Kind, outcome: Outcome, values: Mapping[str, object]) -> Entry:
    """Return the entry of the command that runs, with what was given to it."""
    words = click.get_current_context().command_path.split()[1:]
    email = str(values.get("email") or "")
    return Entry(
        time.time_ns() // 1_000_000,
        kind,
        f"cli_{words[0]}.{'_'.join(words[1:])}",
        outcome,
        0 if outcome is Outcome.DONE else 1,
        account=email.strip().lower(),
        credential=f"user:{user_name()}"[:64],
        address=HERE,
        path=" ".join(["raglan", *words]),
        detail=orjson.dumps({"request": redacted(given(values))}).decode(),
    )


def given(values: Mapping[str, object]) -> dict[str, object]:
    """Return what a command was given, without what is empty; a setting is told by its name."""
    kept = {name: plain(one) for name, one in values.items()}
    if {"name", "value"} <= kept.keys():
        kept[str(kept.pop("name"))] = kept.pop("value")
    return {name: one for name, one in kept.items() if one not in ("", None, False, [])}


def plain(value: object) -> object:
    """Return what was given as JSON can have it: a path is a text, several values are a list."""
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, PurePath) else value


def user_name() -> str:
    """Return the name of who works on this machine, or their number if they have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
