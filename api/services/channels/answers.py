"""Models that are called by name in a channel, and what they answer there."""

import re
from collections.abc import Generator

from api.db.connection import Database, connected
from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.channels.channels import ChannelService
from api.services.channels.messages import MessageService
from api.services.channels.queries import answers as queries
from api.services.channels.queries import channels as channel_queries
from api.services.channels.queries import messages
from api.services.channels.records import NewMessage, Posted
from api.services.stores.references import is_picture, pictures_in, references_of, shown_id
from api.services.webui.records import IN_CHANNEL, Grounds, TaskRecord, Wanted
from api.services.webui.tasks import TaskService
from rag.llm.base import Delta

MENTION = re.compile(r"<@M:([^|>\s][^|>]{0,254})(?:\|([^>]{0,255}))?>")
"""How clients write that a model is called: by its id, and the name that they show."""

ANY_MENTION = re.compile(r"<[@#]\w+:[^|>]{1,255}(?:\|([^>]{0,255}))?>")
"""How they write that anybody or anything is."""

MOST_CALLED = 4
"""Models that a message calls."""

MOST_BEFORE = 30
"""Messages before a question that a model is told."""

MOST_CHARACTERS = 20_000
"""Characters of these."""

SILENCE_MS = 15_000
"""After this an answer that nobody has renewed belongs to a process that died."""

DIED = "The server stopped while it made this answer: ask again."


class ChannelAnswerService:
    """Keeps the messages that models are writing in channels."""

    def __init__(
        self, channels: ChannelService, messages: MessageService, tasks: TaskService, prompt: str
    ) -> None:
        """Initialize with the parts, and what a model is told of a channel."""
        self.database: Database = channels.database
        self.channels = channels
        self.messages = messages
        self.tasks = tasks
        self.prompt = prompt

    def begin(self, asker: Principal, posted: Posted) -> list[tuple[Posted, Wanted]]:
        """Keep a place for what each model that is called is going to say, where it was called."""
        asked = posted.message.row
        return [
            self.place(asker, posted, model_id, label) for model_id, label in called(asked.content)
        ]

    def place(
        self, asker: Principal, posted: Posted, model_id: str, label: str
    ) -> tuple[Posted, Wanted]:
        """Keep a place for what a model is going to say."""
        asked = posted.message.row
        new = NewMessage(
            "",
            meta={"model_id": model_id, "model_name": label},
            parent_id=asked.parent_id,
            reply_to_id=asked.id,
        )
        made = self.messages.post(asker, asked.channel_id, new, model_id)
        self.add(asker, made)
        found = asked.data.get("files")
        files = found if isinstance(found, list) else []
        wanted = Wanted(
            model_id,
            made.message.row.id,
            messages=self.told(posted, label),
            references=tuple(references_of(one for one in files if not is_picture(one))),
            pictures=(pictures_in(files),),
        )
        return made, wanted

    @connected
    def add(self, asker: Principal, made: Posted) -> None:
        """Write down that an answer is being made."""
        queries.add(self.database, made.message.row.id, made.channel.id, asker.user_id)

    @connected
    def told(self, posted: Posted, label: str) -> tuple[dict[str, str], ...]:
        """Return what a model is told: what was said before, and the question."""
        asked = posted.message.row
        before = messages.newest_before(self.database, asked, MOST_BEFORE)
        if posted.parent is not None:
            before = [posted.parent.row, *before]
        shown = self.messages.shown(before)
        lines = [
            f"{one.row.model_id or (one.author.name if one.author else 'Somebody')}:"
            f" {spoken(one.row.content)}"
            for one in shown
            if one.row.content.strip()
        ]
        text = "\n".join(lines)[-MOST_CHARACTERS:]
        system = self.prompt.replace("{{model}}", label).replace("{{before}}", text or "(nothing)")
        who = posted.message.author
        question = f"{who.name if who else 'Somebody'}: {spoken(asked.content)}"
        return ({"role": "system", "content": system}, {"role": "user", "content": question})

    def pieces(self, asker: Principal, place: Posted, wanted: Wanted) -> Generator[Delta | Grounds]:
        """Yield what a model says in its place; closing this ends the call to it."""
        made = place.message.row.id
        chat_id = f"{IN_CHANNEL}{shown_id(place.channel.id)}"
        task = TaskRecord(made, asker.user_id, chat_id, made, is_stopped=False)
        yield from self.tasks.pieces(asker, task, wanted)

    @connected
    def beat(self, message_id: str) -> bool:
        """Renew an answer; return whether it may go on: not once it is stopped, or gone."""
        return queries.beat(self.database, message_id)

    @connected
    def keep(self, message_id: str, text: str, *, done: bool) -> Posted | None:
        """Keep what there is of an answer; None where its message is gone, or it has ended."""
        with self.database.atomic():
            if done and not queries.end(self.database, message_id):
                return None
            row = messages.of_ids(self.database, [message_id]).get(message_id)
            if row is None:
                return None
            messages.change(self.database, message_id, {"content": text})
            channel = channel_queries.find(self.database, row.channel_id)
            return self.messages.posted(channel, row._replace(content=text)) if channel else None

    @connected
    def bury(self) -> list[Posted]:
        """End the answers of processes that died; return those that this call has ended."""
        found = queries.dead(self.database, SILENCE_MS)
        known = messages.of_ids(self.database, found)
        ended = []
        for message_id in found:
            row = known.get(message_id)
            text = "\n\n".join(filter(None, (row.content if row else "", DIED)))
            ended.append(self.keep(message_id, text, done=True))
        return [one for one in ended if one is not None]


def called(content: str) -> list[tuple[str, str]]:
    """Return the models that a message calls, each once, with the names that are shown.

    Raises RuleError where they are too many.
    """
    found = {one[1]: one[2] or one[1] for one in MENTION.finditer(content)}
    if len(found) > MOST_CALLED:
        raise RuleError(f"content: a message calls up to {MOST_CALLED} models.")
    return list(found.items())


def spoken(content: str) -> str:
    """Return a text with names in the place of mentions."""
    return ANY_MENTION.sub(lambda one: f"@{one[1] or 'somebody'}", content).strip()
