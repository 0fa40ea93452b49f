"""Answers of models in channels, which are made beside the requests that called the models."""

import logging
from contextlib import closing

import gevent

from api.errors import RaglanError
from api.http.answering import BEAT_EVERY, BURY_EVERY, Answers, StoppedError
from api.http.channel_rooms import ChannelRooms
from api.http.pacing import Paced
from api.http.words import DEFECT
from api.schemas.openwebui.channel_events import present_posted
from api.services.accounts.records import Principal
from api.services.channels.answers import ChannelAnswerService
from api.services.channels.records import Posted
from api.services.webui.records import Wanted
from rag.errors import RagError
from rag.llm.base import Delta

log = logging.getLogger(__name__)


class ChannelAnswers:
    """Makes answers in channels, and tells all who read these how they grow."""

    def __init__(self, kept: ChannelAnswerService, answers: Answers, rooms: ChannelRooms) -> None:
        """Initialize with what keeps answers, what ends them with the process, and who hears."""
        self.kept = kept
        self.answers = answers
        self.rooms = rooms
        self.burying: gevent.Greenlet | None = None

    def start(self) -> None:
        """End the answers of processes that died, from time to time."""
        self.burying = gevent.spawn(self.bury)

    def stop(self) -> None:
        """End no more of them: the answers of this process end with those in chats."""
        if self.burying is not None:
            self.burying.kill()

    def bury(self) -> None:
        """End the answers of processes that died, and tell of it."""
        while True:
            gevent.sleep(BURY_EVERY)
            try:
                for posted in self.kept.bury():
                    self.tell(posted)
            except RaglanError as error:
                log.warning("Answers in channels of processes that died wait: %s", error)

    def tell(self, posted: Posted | None) -> None:
        """Tell what there is of an answer."""
        if posted is not None:
            self.rooms.tell(posted.channel.id, present_posted(posted, "message:update"))

    def begin(self, asker: Principal, posted: Posted, wanted: Wanted) -> None:
        """Begin to make an answer in its place."""
        maker = self.answers.spawned(self.make, asker, posted, wanted)
        gevent.spawn(self.watch, posted.message.row.id, maker)

    def watch(self, message_id: str, maker: gevent.Greenlet) -> None:
        """Renew an answer until it is there, and end it where its message is deleted."""
        while not maker.dead:
            maker.join(BEAT_EVERY)
            try:
                goes_on = maker.dead or self.kept.beat(message_id)
            except RaglanError as error:
                log.warning("The answer %s could not be renewed: %s", message_id, error)
                continue
            if not goes_on:
                maker.kill(StoppedError, block=False)

    def make(self, asker: Principal, posted: Posted, wanted: Wanted) -> None:
        """Make an answer and tell of it; however it ends, its message says so."""
        growing = Growing(self, posted.message.row.id)
        try:
            with closing(self.kept.pieces(asker, posted, wanted)) as pieces:
                for piece in pieces:
                    if isinstance(piece, Delta) and piece.content:
                        growing.add(piece.content)
        except StoppedError:
            growing.end()
        except (RaglanError, RagError) as error:
            growing.end(str(error))
        except Exception:  # a defect must not leave the channel waiting
            log.exception("An answer in a channel ended in an unexpected error.")
            growing.end(DEFECT)
        else:
            growing.end()


class Growing:
    """What there is of an answer."""

    def __init__(self, answers: ChannelAnswers, message_id: str) -> None:
        """Begin with nothing."""
        self.answers = answers
        self.message_id = message_id
        self.text = ""
        self.is_ended = False
        self.keeping = Paced(self.keep_so_far)

    def add(self, text: str) -> None:
        """Add a piece, which is kept and told soon."""
        self.text += text
        self.keeping.ask()

    def keep_so_far(self) -> None:
        """Keep and tell what there is; where that cannot be, a later time does."""
        if self.is_ended:
            return
        try:
            self.answers.tell(self.answers.kept.keep(self.message_id, self.text, done=False))
        except RaglanError as failure:
            log.warning("What there is of an answer in a channel is not kept yet: %s", failure)

    def end(self, error: str = "") -> None:
        """Keep the answer, with why there is no more of it."""
        whole = "\n\n".join(filter(None, (self.text, error)))
        self.is_ended = True
        try:
            with self.keeping.alone():
                self.answers.tell(self.answers.kept.keep(self.message_id, whole, done=True))
        except RaglanError:  # it is ended as one of a process that died
            log.exception("An answer in a channel could not be kept.")
