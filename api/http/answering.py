"""Answers that are made beside the requests that asked for them, and told by events."""

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from time import sleep, time
from typing import Any

import gevent

from api.errors import RaglanError, UnavailableError
from api.http.chat_audience import Audience, Tells
from api.http.hearing import Heard, Hearing, heard_in
from api.http.pacing import Paced
from api.http.streams import STOPPING
from api.http.turns import give_way
from api.http.words import DEFECT
from api.schemas.openwebui.events import (
    present_active,
    present_chosen,
    present_end,
    present_failed,
    present_grounds,
    present_growth,
    present_list,
    present_stopped,
    present_use,
    present_written,
)
from api.services.accounts.records import Principal
from api.services.tools.records import Use
from api.services.webui.epilogues import EpilogueService
from api.services.webui.message_events import ADDED, REPLACED, MessageEventService
from api.services.webui.outputs import saying, with_use
from api.services.webui.records import (
    Grounds,
    Replaced,
    Said,
    TaskRecord,
    Wanted,
    is_temporary,
)
from api.services.webui.tasks import DIED, TaskService
from api.services.webui.webhooks import WebhookService
from api.services.webui.writing import Kind
from rag.errors import RagError
from rag.llm.base import Delta

log = logging.getLogger(__name__)

BURY_EVERY = 5.0
LAST_WORDS = 5.0
"""Seconds in which a process that stops waits for the ends of its answers."""

AGAIN = (0.2, 0.5, 1.0, 2.0)
"""Seconds before a whole answer is kept again that could not be kept."""

BEAT_EVERY = 1.0
"""Seconds between two looks at whether an answer may go on."""


class StoppedError(Exception):
    """Somebody has stopped an answer."""


class Answers:
    """Makes answers; each has a greenlet, and one that looks whether it may go on."""

    def __init__(
        self,
        tasks: TaskService,
        epilogues: EpilogueService,
        events: MessageEventService,
        tells: Tells,
        webhooks: WebhookService,
    ) -> None:
        """Initialize with the parts."""
        self.webhooks = webhooks
        self.tasks = tasks
        self.events = events
        self.epilogues = epilogues
        self.tells = tells
        self.making: set[gevent.Greenlet] = set()
        self.burying: gevent.Greenlet | None = None

    def start(self) -> None:
        """End the answers of processes that died, from time to time."""
        self.burying = gevent.spawn(self.bury)

    def stop(self) -> None:
        """End all answers with the word that the server stops."""
        if self.burying is not None:
            self.burying.kill()
        makers = list(self.making)
        for maker in makers:
            maker.kill(UnavailableError(STOPPING), block=False)
        gevent.joinall(makers, timeout=LAST_WORDS)

    def bury(self) -> None:
        """End the answers of processes that died, and tell of it."""
        while True:
            gevent.sleep(BURY_EVERY)
            try:
                for task in self.tasks.bury():
                    self.tell_end(task, Said(error=DIED, done=True))
            except RaglanError as error:
                log.warning("Answers of processes that died wait: %s", error)

    def tell_end(self, task: TaskRecord, said: Said, *, follows: bool = False) -> None:
        """Tell that there is no more of an answer, and why where something went wrong.

        The chat is at rest then, unless something `follows`. All who are in it hear that, also
        where others were let in meanwhile.
        """
        events = [present_end(task, said), present_list(task)]
        if said.error:
            events.insert(0, present_failed(task, said.error))
        if not follows:
            events.append(present_active(task, active=False))
        audience = Audience(self.tells, task, in_company=not is_temporary(task.chat_id))
        for one in events:
            audience.tell(task.user_id, one)

    def begin(self, asker: Principal, task: TaskRecord, wanted: Wanted) -> None:
        """Begin to make an answer."""
        maker = self.spawned(self.make, asker, task, wanted)
        gevent.spawn(self.watch, task, maker)

    def spawned(self, work: Callable[..., None], *given: Any) -> gevent.Greenlet:
        """Begin something that ends when the process is to end."""
        found = gevent.spawn(work, *given)
        self.making.add(found)
        found.link(self.making.discard)
        return found

    def watch(self, task: TaskRecord, maker: gevent.Greenlet) -> None:
        """Renew a task until its answer is there, and end it where somebody stops it."""
        while not maker.dead:
            maker.join(BEAT_EVERY)
            give_way()
            try:
                goes_on = maker.dead or self.tasks.beat(task)
            except RaglanError as error:
                log.warning("The task %s could not be renewed: %s", task.id, error)
                continue
            if not goes_on:
                maker.kill(StoppedError, block=False)

    def make(self, asker: Principal, task: TaskRecord, wanted: Wanted) -> None:
        """Make an answer and tell of it; however it ends, the chat says so."""
        begun = Said(wanted.begun, earlier=wanted.earlier, uses_tools=bool(wanted.tool_ids))
        audience = Audience(self.tells, task, in_company=wanted.in_company)
        growing = Growing(self, asker, audience, begun)
        growing.tell(present_active(task, active=True))
        if wanted.cover:
            growing.tell(present_chosen(task, wanted.model))
        try:
            with closing(self.tasks.pieces(asker, task, wanted, growing.hear)) as pieces:
                for piece in pieces:
                    give_way()
                    growing.take(piece)
        except StoppedError:
            growing.end(stopped=True)
        except (RaglanError, RagError) as error:
            growing.end(error=str(error))
            gevent.spawn(self.tell_addresses, task, growing.said)
        except Exception:  # a defect must not leave the chat waiting
            log.exception("An answer ended in an unexpected error.")
            growing.end(error=DEFECT)
            gevent.spawn(self.tell_addresses, task, growing.said)
        else:
            if growing.end(follows=bool(wanted.after)):
                self.spawned(self.follow, asker, task, wanted)
            gevent.spawn(self.tell_addresses, task, growing.said)

    def tell_addresses(self, task: TaskRecord, said: Said) -> None:
        """Queue word that an answer is there, or has failed, for addresses that want it."""
        try:
            self.webhooks.tell(task, said)
        except (RaglanError, RagError) as error:
            log.warning("Addresses are not told of an answer: %s", error)

    def follow(self, asker: Principal, task: TaskRecord, wanted: Wanted) -> None:
        """Let a model write about the chat, and tell of it; the answer stands whatever comes."""
        audience = Audience(self.tells, task, in_company=wanted.in_company)
        try:
            for kind in wanted.after:
                if not self.write(asker, audience, wanted, Kind(kind)):
                    break
        finally:
            audience.tell(task.user_id, present_active(task, active=False))

    def write(self, asker: Principal, audience: Audience, wanted: Wanted, kind: Kind) -> bool:
        """Let a model write something, and tell of it; false where that cannot be."""
        task = audience.task
        try:
            written = self.epilogues.write(asker, task, wanted, kind)
        except (RaglanError, RagError) as error:
            log.info("There is no %s of a chat: %s", kind.value, error)
            return False
        if written.text or written.texts:
            audience.tell(task.user_id, present_written(task, written))
        if written.text:
            audience.tell(task.user_id, present_list(task))
        return True


class Growing:
    """What there is of an answer."""

    def __init__(self, answers: Answers, asker: Principal, audience: Audience, begun: Said) -> None:
        """Begin with what there is already."""
        task = audience.task
        told = (answers.events, audience, asker, task.chat_id, task.message_id)
        self.hearing = Hearing(*told)
        self.answers = answers
        self.audience = audience
        self.task = task
        self.said = begun
        self.keeping = Paced(self.keep_so_far)

    def tell(self, event: Mapping[str, object]) -> None:
        """Tell for whom it is made, and others who are in the chat."""
        self.audience.tell(self.task.user_id, event)

    def take(self, piece: Delta | Grounds) -> None:
        """Add a piece, or tell what the answer rests on."""
        if isinstance(piece, Delta):
            if isinstance(piece.aside, Use):
                self.use(piece.aside)
            elif isinstance(piece.aside, Replaced):
                self.say(piece.aside.text)
            else:
                self.add(piece.content, piece.reasoning, piece.usage)
            return
        self.answers.tasks.keep_grounds(self.task, piece)
        self.hearing.keep_again()
        for event in present_grounds(self.task, piece):
            self.tell(event)

    def use(self, use: Use) -> None:
        """Tell that a tool is used, or has been, and keep it."""
        before = self.said
        self.said = with_use(self.task.id, before, use)
        self.audience.grow(present_use(self.task, before, self.said), self.said)
        with self.keeping.alone():
            self.answers.tasks.keep(self.task, self.said)

    def hear(self, event: object) -> None:
        """Take an event of code: a text that is added, another text, or something to be told."""
        found = heard_in(event)
        if found is None or found.kind not in ADDED | REPLACED:
            self.hearing.hear(event)
        elif found.kind in ADDED:
            self.add(str(found.data.get("content") or ""), "", None)
        else:
            self.say(str(found.data.get("content") or ""))

    def say(self, text: str) -> None:
        """Say something else in the place of all that was said."""
        self.said = saying(self.said, text)
        self.hearing.tell(Heard("replace", {"content": text}))

    def add(self, text: str, reasoning: str, usage: object) -> None:
        """Add a piece, which is kept soon."""
        before = self.said
        self.said = grown(before, text, reasoning)
        if usage is not None:
            self.said = replace(self.said, usage=counted(usage))
        self.audience.grow(present_growth(self.task, before, self.said), self.said)
        if text or reasoning:
            self.keeping.ask()

    def end(self, error: str = "", *, stopped: bool = False, follows: bool = False) -> bool:
        """Keep the answer, then tell that it is whole, or why it is not.

        Return whether what `follows` can follow.
        """
        self.said = replace(self.said, error=error, done=True)
        self.audience.end()
        try:
            with self.keeping.alone():
                self.keep_at_last()
        except RaglanError as failure:
            log.exception("An answer could not be kept.")
            self.said = replace(self.said, error=error or str(failure))
        if stopped:
            self.tell(present_stopped(self.task))
        goes_on = follows and not self.said.error
        self.answers.tell_end(self.task, self.said, follows=goes_on)
        return goes_on

    def keep_so_far(self) -> None:
        """Keep what there is of the answer; where that cannot be, a later time does."""
        if self.said.done:
            return
        try:
            self.answers.tasks.keep(self.task, self.said)
        except RaglanError as failure:
            log.warning("What there is of an answer is not kept yet: %s", failure)

    def keep_at_last(self) -> None:
        """Keep the whole answer, also where the database is away for a moment."""
        for pause in AGAIN:
            try:
                self.answers.tasks.keep(self.task, self.said)
            except UnavailableError as failure:
                log.warning("An answer is kept in %s s: %s", pause, failure)
                sleep(pause)
            else:
                return
        self.answers.tasks.keep(self.task, self.said)


def grown(said: Said, text: str, reasoning: str) -> Said:
    """Return an answer with a piece more; it is thought until something is said."""
    now = int(time())
    since, until = said.thought_since, said.thought_until
    if reasoning:
        since = since or now
    if text and since:
        until = until or now
    return replace(
        said,
        text=said.text + text,
        reasoning=said.reasoning + reasoning,
        thought_since=since,
        thought_until=until,
    )


def counted(usage: object) -> Mapping[str, int]:
    """Return how many tokens an answer took."""
    prompt = int(getattr(usage, "prompt_tokens", 0))
    completion = int(getattr(usage, "completion_tokens", 0))
    total = prompt + completion
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}
