"""Answers that are being made for somebody, in chats and in channels: listed, and stopped."""

from api.db.connection import connected
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.channels.channels import ChannelService
from api.services.channels.queries import answers as queries
from api.services.stores.references import kept_id, shown_id
from api.services.webui.records import IN_CHANNEL, TaskRecord
from api.services.webui.tasks import TaskService


class AnswerTaskService:
    """Lists and stops answers wherever they are made; those in channels are called `channel:ID`."""

    def __init__(self, channels: ChannelService, tasks: TaskService) -> None:
        """Initialize with what keeps channels, and what knows the answers in chats."""
        self.database = channels.database
        self.channels = channels
        self.tasks = tasks

    @connected
    def of_person(self, asker: Principal) -> list[TaskRecord]:
        """Return the answers that are being made for the asker."""
        found = queries.of_person(self.database, asker.user_id)
        return [*self.tasks.of_person(asker), *map(task_of, found)]

    @connected
    def of_chat(self, asker: Principal, chat_id: str) -> list[TaskRecord]:
        """Return the answers that are being made for the asker in a chat or a channel.

        Raises NotFoundError.
        """
        if not chat_id.startswith(IN_CHANNEL):
            return self.tasks.of_chat(asker, chat_id)
        channel_id = kept_id(chat_id.removeprefix(IN_CHANNEL))
        row = self.channels.checked(asker, channel_id, Right.READ)
        found = queries.of_person(self.database, asker.user_id)
        return [task_of(one) for one in found if one.channel_id == row.id]

    @connected
    def stop(self, asker: Principal, chat_id: str) -> int:
        """Stop those answers; return how many there are. Raises NotFoundError."""
        if not chat_id.startswith(IN_CHANNEL):
            return self.tasks.stop(asker, chat_id)
        found = self.of_chat(asker, chat_id)
        for one in found:
            self.stop_one(asker, one.id)
        return len(found)

    @connected
    def stop_one(self, asker: Principal, task_id: str) -> None:
        """Stop an answer that is being made for the asker; raises NotFoundError."""
        if not queries.stop(self.database, asker.user_id, kept_id(task_id)):
            self.tasks.stop_one(asker, task_id)


def task_of(answer: queries.Answer) -> TaskRecord:
    """Return an answer in a channel as those in chats are listed."""
    place = f"{IN_CHANNEL}{shown_id(answer.channel_id)}"
    return TaskRecord(answer.id, answer.user_id, place, answer.id, answer.is_stopped)
