"""Folders and tags of conversations, and lists of these, as the services take and return them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.unset import UNSET, Unset
from api.services.webui.records import ConversationRow


class Folder(NamedTuple):
    """A folder of conversations; times in ms, `parent_id` empty at the top.

    `data` says what holds for the conversations in it, `meta` how it looks: both as the client has
    them.
    """

    id: str
    user_id: str
    parent_id: str
    name: str
    is_expanded: bool
    create_time: int
    update_time: int
    data: Mapping[str, object]
    meta: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FolderChange:
    """What to change of a folder: `data` and `meta` join what there is."""

    name: str | Unset = UNSET
    data: Mapping[str, object] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)


class Tag(NamedTuple):
    """A tag of conversations: as it is compared, and as it was first written."""

    tag: str
    name: str
    user_id: str


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which conversations of a person to list; None says nothing of that, `order` is a column.

    The `folder` '' has those that are in none, `folders` those that are in any of these. Tags are
    as tags are compared, `words` the keys of beginnings of words; all of either are asked for, and
    the first word in titles or in messages if `in_titles` says so.
    Those before `since`, in ms, are left out.
    """

    archived: bool | None = False
    pinned: bool | None = None
    folder: str | None = None
    folders: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    order: str = "update_time"
    descending: bool = True
    title: str = ""
    shared: bool | None = None
    in_titles: bool | None = None
    since: int = 0

    def is_sought(self) -> bool:
        """Return whether other tables say which conversations these are."""
        return bool(self.tags or self.words or self.folders is not None or self.shared is not None)


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody searches for: words of `text`, and what else the conversations have.

    `folders` and `tags` are names; the first word is to be in a title, or in a message, if
    `in_titles` says so.
    """

    text: str = ""
    folders: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    pinned: bool | None = None
    archived: bool | None = False
    shared: bool | None = None
    in_titles: bool | None = None


class ListedRow(NamedTuple):
    """A conversation in a list; an answer is being made in one that is active.

    `snippet` shows where the words are that were searched for.
    """

    row: ConversationRow
    is_active: bool = False
    snippet: str = ""
