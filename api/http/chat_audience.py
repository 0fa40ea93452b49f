"""Who hears of an answer in a chat: for whom it is made, and all others who are in the chat."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from api.http.pacing import Paced
from api.schemas.openwebui.events import present_so_far
from api.services.webui.records import Said, TaskRecord

TOLD_EVERY = 0.15
"""Seconds between two times that the others are told of an answer as it grows, at least."""

GROWN = 50
"""The others are told anew once an answer is a part of so many longer than what they have.

They are told all of it each time: the longer it is, the rarer.
"""


class Tells(Protocol):
    """Tells people of events."""

    def tell(self, user_id: str, event: Mapping[str, object]) -> None:
        """Tell a person of an event."""
        ...

    def tell_chat(self, chat_id: str, user_id: str, event: Mapping[str, object]) -> None:
        """Tell all who are in a chat of an event, but not the person who has caused it."""
        ...


class Audience:
    """Tells of an answer: every piece for whom it is made, and the whole so far to the others."""

    def __init__(self, tells: Tells, task: TaskRecord, *, in_company: bool) -> None:
        """Initialize with whether there may be others."""
        self.tells = tells
        self.task = task
        self.in_company = in_company
        self.said = Said()
        self.told = 0
        self.telling = Paced(self.tell_so_far, TOLD_EVERY)

    def tell(self, user_id: str, event: Mapping[str, object]) -> None:
        """Tell somebody of an event, and the others."""
        self.tells.tell(user_id, event)
        if self.in_company:
            self.tells.tell_chat(self.task.chat_id, user_id, event)

    def grow(self, events: Iterable[Mapping[str, object]], said: Said) -> None:
        """Tell for whom it is made of pieces of an answer, and the others soon what there is."""
        for one in events:
            self.tells.tell(self.task.user_id, one)
        self.said = said
        if self.in_company:
            self.telling.ask()

    def tell_so_far(self) -> None:
        """Tell the others what there is of the answer, unless that is hardly more than before."""
        size = size_of(self.said)
        if size - self.told > self.told // GROWN:
            self.told = size
            event = present_so_far(self.task, self.said)
            self.tells.tell_chat(self.task.chat_id, self.task.user_id, event)

    def end(self) -> None:
        """Tell the others no more of what grows: the end comes."""
        with self.telling.alone():
            self.said = Said()


def size_of(said: Said) -> int:
    """Return how much there is of an answer; a use of a tool counts as a long piece."""
    return len(said.text) + len(said.reasoning) + 10_000 * len(said.earlier)
