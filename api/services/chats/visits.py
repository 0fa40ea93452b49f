"""What those may do who come by a share: ask its assistant, and see the pages that it cites."""

from api.attempts.base import Attempts
from api.errors import NotFoundError, RateLimitError
from api.services.chats.chats import ChatService
from api.services.chats.completions import CompletionService
from api.services.chats.records import Conversation, Reply, ShownChat
from api.services.chats.sessions import SessionService
from api.services.chats.share_records import Visit
from api.services.chats.values import Question
from api.things import Kind

HOUR = 3600.0
LONGEST_NAME = 60


class VisitService:
    """Answers visitors; what they say is kept in sessions of the assistant, one a visitor."""

    def __init__(
        self,
        chats: ChatService,
        sessions: SessionService,
        completions: CompletionService,
        attempts: Attempts,
    ) -> None:
        """Initialize with the parts; `attempts` counts the questions of an hour."""
        self.chats = chats
        self.sessions = sessions
        self.completions = completions
        self.attempts = attempts

    def chat(self, visit: Visit) -> ShownChat:
        """Return the assistant of a share; raises NotFoundError when it was deleted."""
        return self.chats.get(visit.asker, visit.share.chat_id)

    def ask(self, visit: Visit, text: str, session_id: str) -> Reply:
        """Return the answer to a question, in a session of this share; without one, in a new one.

        Raises RateLimitError for more questions than the share answers in an hour.
        """
        if session_id:
            self.said(visit, session_id)
        self.count(visit)
        chat_id, user_id = visit.share.chat_id, user_of(visit)
        if not session_id:
            name = " ".join(text.split())[:LONGEST_NAME] or visit.share.name
            begun = self.sessions.create(visit.asker, chat_id, name, user_id)
            session_id = begun.session.id
        return self.completions.ask(visit.asker, chat_id, Question(text, session_id, user_id))

    def said(self, visit: Visit, session_id: str) -> Conversation:
        """Return a session that was begun by this share; raises NotFoundError for any other one."""
        found = self.sessions.get(visit.asker, visit.share.chat_id, session_id)
        if found.session.user_id != user_of(visit):
            raise NotFoundError(Kind.SESSION, session_id)
        return found

    def check_dataset(self, visit: Visit, dataset_id: str) -> None:
        """Raise NotFoundError for a dataset that the assistant does not read."""
        if dataset_id not in {dataset.id for dataset in self.chat(visit).datasets}:
            raise NotFoundError(Kind.DATASET, dataset_id)

    def count(self, visit: Visit) -> None:
        """Count a question, or refuse it."""
        key = f"share-{visit.share.id}"
        if self.attempts.count(key).number >= visit.share.hourly:
            raise RateLimitError(
                "This page has answered all questions of this hour: try again later.",
                after=self.attempts.count(key).left,
            )
        self.attempts.add(key, HOUR)


def user_of(visit: Visit) -> str:
    """Return the user by whose name sessions of a share are known."""
    return f"share-{visit.share.id}"
