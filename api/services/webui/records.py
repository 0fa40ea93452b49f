"""Conversations of Open WebUI's clients, as the services take and return them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.unset import UNSET, Unset


class ConversationRow(NamedTuple):
    """A conversation without its messages; times in ms, `last_read_time` 0 before the first.

    `current_id` names the last message of the branch that is shown.
    """

    id: str
    user_id: str
    title: str
    current_id: str
    is_pinned: bool
    is_archived: bool
    last_read_time: int
    create_time: int
    update_time: int


class TreeMessage(NamedTuple):
    """A message under its client's id; `body` is all else. A first message has no `parent_id`."""

    message_id: str
    parent_id: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Tree:
    """Messages in the order in which they came, and the last one of the branch that is shown."""

    current_id: str = ""
    messages: tuple[TreeMessage, ...] = ()

    def branch(self) -> list[TreeMessage]:
        """Return the messages from the first to the current one; a circle ends where it closes."""
        known = {message.message_id: message for message in self.messages}
        found: list[TreeMessage] = []
        at = self.current_id
        while at in known:
            message = known.pop(at)
            found.append(message)
            at = message.parent_id
        return found[::-1]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its messages; `body` is what of it is neither these nor the title."""

    row: ConversationRow
    body: Mapping[str, object]
    tree: Tree


@dataclass(frozen=True, slots=True)
class ConversationChange:
    """What to change of a conversation: `body` joins what there is, a tree takes its place."""

    title: str | Unset = UNSET
    body: Mapping[str, object] = field(default_factory=dict)
    tree: Tree | Unset = UNSET


@dataclass(frozen=True, slots=True)
class WebSession:
    """Who has signed in, and by which token for how long: `ends` in seconds since 1970."""

    user_id: str
    token: str = field(repr=False)
    ends: int
