"""Conversations of Open WebUI's clients, as the services take and return them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.chats.values import Inquiry
from api.services.stores.references import Reference
from api.services.unset import UNSET, Unset


class ConversationRow(NamedTuple):
    """A conversation without its messages; times in ms, `last_read_time` 0 before the first.

    `current_id` names the last message of the branch that is shown, `folder` where it is filed.
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
    folder: str = ""


UNTITLED = "New Chat"
LONGEST_TITLE = 60
"""Characters of a question that a chat is called by."""

MOST_MESSAGES = 10_000
"""Messages of a conversation, at most."""


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

    def parent_of_current(self) -> str:
        """Return what the current message answers; empty where it answers nothing."""
        found = {one.message_id: one.parent_id for one in self.messages}
        return found.get(self.current_id, "")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with its messages; `body` is what of it is neither these nor the title.

    One that `is_open` others may go on with: `names` has what those who write are called, by their
    ids.
    """

    row: ConversationRow
    body: Mapping[str, object]
    tree: Tree
    tags: tuple[str, ...] = ()
    share_id: str = ""
    mode: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    is_writable: bool = True
    is_open: bool = False


GOES_ON = "continue"
"""How a conversation is shared that others read as it goes on, and may write in."""


class SharedRow(NamedTuple):
    """A conversation as it was when it was shared, in ms `update_time`, without its messages.

    With the `mode` `GOES_ON` it is read as it is now.
    """

    id: str
    user_id: str
    chat_id: str
    title: str
    current_id: str
    create_time: int
    update_time: int
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """A conversation that comes from a file; whose it is and its id are said when it is kept."""

    row: ConversationRow
    body: Mapping[str, object]
    tree: Tree
    tags: tuple[str, ...] = ()


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


class TaskRecord(NamedTuple):
    """An answer that is being made: in which chat, as which message."""

    id: str
    user_id: str
    chat_id: str
    message_id: str
    is_stopped: bool


NO_WAY = Inquiry("")
"""How an assistant answers that is told nothing of it."""

Turn = Mapping[str, object]
"""A message as models are told it: a `role`, and the `content`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An answer that is asked for: by which model, as which message, to what.

    `after` says what is written about the chat once it is there (`writing.Kind`), `begun` what
    there is of it already, and `earlier` what was thought for that, `references` the files and
    knowledge bases that it may rest on. Who `remembers` is told the memories of the asker. `way`
    says how an assistant is to answer, and is no question yet. `tool_ids` name the servers whose
    tools it may use and tools in Python, `filter_ids` the functions that are chosen to change it,
    and `session_id` the socket that it was asked by. A `cover` is the name under
    which the model was chosen to answer. One that `draws` has a picture beside it, and one
    that `speaks` is read out. `pictures` are those of the asker's messages, the last message first.
    What is made `in_company` others in the chat hear, too.
    """

    model: str
    message_id: str
    messages: tuple[Mapping[str, str], ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    begun: str = ""
    earlier: tuple[Mapping[str, object], ...] = ()
    references: tuple[Reference, ...] = ()
    remembers: bool = False
    way: Inquiry = NO_WAY
    tool_ids: tuple[str, ...] = ()
    filter_ids: tuple[str, ...] = ()
    session_id: str = ""
    cover: str = ""
    draws: bool = False
    searches: bool = False
    speaks: bool = False
    pictures: tuple[tuple[str, ...], ...] = ()
    in_company: bool = False


class Replaced(NamedTuple):
    """Another text for an answer, in the place of all that was said."""

    text: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What was found for a question: as clients show it, why there is not more, as models see it.

    `context` is empty where nothing was found. Nothing `is_searched` where there are only remarks.
    `queries` are those that a model has written for it.
    """

    sources: Sequence[Mapping[str, object]]
    remarks: Sequence[str]
    context: str
    is_searched: bool = True
    queries: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """So much of an answer as there is; `error` says why there is no more of it.

    Times of thinking are in seconds since 1970, 0 before they are known. `earlier` has the items
    that are whole: what was thought in an answer that goes on, and where tools are used all before
    the last use. Of `text` so many characters are `spoken` in these. One that `uses_tools` is told
    by items from its beginning; `turns` counts how often it has used some.
    """

    text: str = ""
    reasoning: str = ""
    usage: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    done: bool = False
    thought_since: int = 0
    thought_until: int = 0
    earlier: tuple[Mapping[str, object], ...] = ()
    spoken: int = 0
    uses_tools: bool = False
    turns: int = 0

    def has_items(self) -> bool:
        """Return whether there is more than text, or may be."""
        return bool(self.reasoning or self.earlier or self.uses_tools)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in a chat and the answers that are wanted; without a chat one is made in a folder.

    Without a question the last message of the chat is answered. `system` is what a model is told
    before the conversation, `files` what the question refers to, as its client has it. An answer
    that is there `goes_on`. Of a temporary chat, whose id is its client's, nothing is kept:
    `messages` is all that is said in it. `fills` has what stands for variables in what the system
    says.
    """

    chat_id: str
    question: TreeMessage | None
    wanted: tuple[Wanted, ...]
    system: str = ""
    folder_id: str = ""
    files: tuple[object, ...] = ()
    goes_on: bool = False
    messages: tuple[Mapping[str, str], ...] = ()
    fills: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, object] = field(default_factory=dict)
    pictures: tuple[tuple[str, ...], ...] = ()


IN_CHANNEL = "channel:"
"""What the id of a channel follows where ids of chats are."""


def is_temporary(chat_id: str) -> bool:
    """Return whether an id is that of a chat of which nothing is kept."""
    return ":" in chat_id


@dataclass(frozen=True, slots=True)
class Begun:
    """The answers that are made from now on, each with its task."""

    chat_id: str
    tasks: tuple[tuple[TaskRecord, Wanted], ...]


def title_of(question: str) -> str:
    """Return what a chat is called by its first question: the first line of it."""
    lines = question.replace("\0", "").split("\n")
    return next(filter(None, map(str.strip, lines)), UNTITLED)[:LONGEST_TITLE]
