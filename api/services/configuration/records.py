"""Settings as they are told, and what has become of them in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from api.config.origins import Origin
from api.config.stored import Kept


class Author(NamedTuple):
    """Who changes settings; no id where that is the command line, or the server itself."""

    name: str
    user_id: str = ""


class Written(NamedTuple):
    """What becomes of a value in the database; None where there is none before or after."""

    name: str
    before: Kept | None
    after: Kept | None


class ChangeRecord(NamedTuple):
    """A change of settings by its version; `time` in ms. `what` says why where that is known."""

    version: int
    time: int
    author: Author
    what: str
    written: tuple[Written, ...]


class Shown(NamedTuple):
    """A value before and after a change, without secrets; None where there is none."""

    name: str
    before: object
    after: object


class ChangeTold(NamedTuple):
    """A change of settings as it is shown."""

    version: int
    time: int
    author: str
    what: str
    changes: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class SettingsTold:
    """All settings, and what is wrong with their files or in the database; empty if nothing is.

    `version` is that of what the database holds, `authors` who has set it there and when, in ms.
    """

    settings: tuple[Origin, ...]
    problem: str
    version: int
    authors: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change has come to: its version, what it wrote, and what waits for a restart."""

    version: int
    changed: tuple[str, ...]
    waiting: tuple[str, ...]
