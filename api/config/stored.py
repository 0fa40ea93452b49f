"""What the database holds of settings, as it was last written into the data folder.

A process needs its settings before it can open the database, and gunicorn's master never opens it.
So whoever has read them there writes them into a file, from which the next start takes them.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from api.config.settings import (
    BootstrapSettings,
    DatabaseSettings,
    PrecedenceSettings,
    Settings,
)
from rag.loading import loaded

FILE = "settings.json"
"""Its name in the data folder. Secrets are in it as they are in the database: encrypted."""

OPENER = "api.secrets:opener"
"""What makes the function that decrypts; its library is loaded where there is a secret."""

UNREADABLE = (
    "Setting {name}: what the database holds cannot be decrypted, as the secret key has changed:"
    " set it again."
)

START_ONLY = frozenset(
    {
        "data_dir",
        "auth.secret_key",
        *(f"database.{key}" for key in DatabaseSettings.model_fields),
        *(f"bootstrap.{key}" for key in BootstrapSettings.model_fields),
        *(f"settings.{key}" for key in PrecedenceSettings.model_fields),
    }
)
"""What the database cannot hold: it finds the database, decrypts what is in it, or decides whether
it counts; and what counts only before there is one."""


RESET = "settings.reset_on_start"
"""Under this name the database remembers that it was reset, until a start without that setting."""


class Kept(NamedTuple):
    """A value as it is kept: JSON text, which is encrypted where it is `sealed`."""

    text: str
    sealed: bool = False


class Edition(NamedTuple):
    """All that is kept, by name; `version` grows with each change, and is 0 before the first."""

    version: int = 0
    kept: Mapping[str, Kept] = {}


class StoredValues(NamedTuple):
    """Values by name, and a sentence for each that cannot be read."""

    values: Mapping[str, object] = {}
    problems: tuple[str, ...] = ()


Reader = Callable[[Settings], StoredValues]
"""Returns what the database gives beside settings that come from files and environment."""

Opener = Callable[[str], str | None]
"""Decrypts a text; None where that cannot be done."""


def stored_here(base: Settings) -> StoredValues:
    """Return what was last written into the data folder."""
    edition = read_edition(base.data_path)
    if not any(one.sealed for one in edition.kept.values()):
        return values_of(edition, lambda _: None)
    opener = loaded(OPENER)(base.auth.secret_key.get_secret_value(), base.data_path)
    return values_of(edition, opener)


def stored_plainly(base: Settings) -> StoredValues:
    """Return the same without secrets, for who has no package yet that decrypts."""
    edition = read_edition(base.data_path)
    plain = {name: kept for name, kept in edition.kept.items() if not kept.sealed}
    return values_of(Edition(edition.version, plain), lambda _: None)


def stored_nowhere(_base: Settings) -> StoredValues:
    """Return nothing, for who asks what files and environment say."""
    return StoredValues()


def values_of(edition: Edition, opened: Opener) -> StoredValues:
    """Return the values of an edition."""
    values: dict[str, object] = {}
    wrong = []
    for name, kept in edition.kept.items():
        if name == RESET:
            continue
        text = opened(kept.text) if kept.sealed else kept.text
        if text is None:
            wrong.append(UNREADABLE.format(name=name))
        else:
            values[name] = json.loads(text)
    return StoredValues(values, tuple(wrong))


def read_edition(folder: Path) -> Edition:
    """Return what a data folder has; nothing where there is no file, or none that can be read."""
    try:
        found = json.loads((folder / FILE).read_bytes())
        kept = {name: Kept(text, sealed) for name, (text, sealed) in found["kept"].items()}
        return Edition(found["version"], kept)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Edition()  # the database has it, too


def write_edition(folder: Path, edition: Edition) -> None:
    """Write an edition for the next start, whole or not at all; raises OSError."""
    partial = folder / f"{FILE}.{os.getpid()}"
    content = {"version": edition.version, "kept": edition.kept}
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(content).encode())
    partial.replace(folder / FILE)
