"""Responses: answers of assistants and of plain models, kept to be read and continued."""

from dataclasses import replace

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.db.cursors import Cursor, Part
from api.errors import ArgumentError, RuleError
from api.services.accounts.access import Right, check
from api.services.accounts.records import Principal
from api.services.chats.answering import Answering, read_whole
from api.services.chats.chats import ChatService
from api.services.chats.exchanges import ExchangeService
from api.services.chats.queries import responses as queries
from api.services.chats.records import AnswerRecord, AssistantRecord
from api.services.chats.response_records import (
    BegunResponse,
    ResponseParts,
    ResponseRecord,
    SaidItem,
)
from api.services.chats.values import Inquiry, Reference, ResponseWanted
from api.services.search.sources import SourceService
from api.things import Kind
from rag.quoting import quoted
from rag.types import Message, Role

MOST_TURNS = 100
"""How many messages of a conversation are kept with a response, the newest."""


class ResponseService:
    """Answers questions, and keeps the answers where that is asked for.

    No database connection is held while an answer is made; one whose reader goes away before its
    end, or whose model fails, is not kept.
    """

    def __init__(
        self,
        database: Database,
        chats: ChatService,
        exchanges: ExchangeService,
        sources: SourceService,
    ) -> None:
        """Initialize with the parts."""
        self.database = database
        self.chats = chats
        self.exchanges = exchanges
        self.answering = exchanges.answering
        self.sources = sources

    def begin(self, asker: Principal, wanted: ResponseWanted) -> BegunResponse:
        """Return a response whose passages are found; it is made while its parts are read."""
        said = self.conversation(asker, wanted)
        assistant = self.assistant(asker, wanted)
        inquiry = Inquiry(
            said[-1].content,
            said[:-1],
            generation=wanted.generation,
            condition=wanted.search.condition if wanted.search else None,
            instructions=wanted.instructions,
        )
        if assistant:
            answering = self.answering.begin(asker, assistant, inquiry)
        else:
            answering = self.answering.begin_plain(asker, wanted.model, inquiry, wanted.search)
        record = ResponseRecord(
            new_id(),
            asker.tenant_id,
            wanted.model,
            now_ms(),
            wanted.request,
            said,
            sources=tuple(self.sources.of(answering.found.hits)) if answering.quoting else (),
        )
        return BegunResponse(record, self.parts(answering, record, store=wanted.store))

    def answer(self, asker: Principal, wanted: ResponseWanted) -> ResponseRecord:
        """Return a whole response."""
        return read_whole(self.begin(asker, wanted).parts, ResponseRecord)

    def parts(self, answering: Answering, begun: ResponseRecord, *, store: bool) -> ResponseParts:
        """Yield the answer piece by piece, then the response, which is kept by then."""
        for part in self.exchanges.parts(answering):
            if isinstance(part, AnswerRecord):
                made = replace(begun, text=part.text, usage=part.usage)
                if store:
                    self.keep(made)
                yield made
            else:
                yield part

    @connected
    def get(self, asker: Principal, response_id: str) -> ResponseRecord:
        """Return a response that is kept; raises NotFoundError."""
        found = queries.find(self.database, response_id)
        return check(self.database, asker, found, Right.READ, Kind.RESPONSE, response_id)

    def said_to(self, asker: Principal, response_id: str, cursor: Cursor) -> Part[SaidItem]:
        """Return a part of the conversation that a kept response ends; raises NotFoundError.

        Raises ArgumentError for a place that it has not.
        """
        said = self.get(asker, response_id).conversation
        items = [SaidItem(f"{response_id}_{place}", item) for place, item in enumerate(said)]
        return part_in(items[::-1] if cursor.descending else items, cursor)

    def cancel(self, asker: Principal, response_id: str) -> ResponseRecord:
        """Refuse to stop a response, which is complete; raises NotFoundError, RuleError."""
        self.get(asker, response_id)
        raise RuleError("The response is complete: it was made while its request waited.")

    @connected
    def delete(self, asker: Principal, response_id: str) -> None:
        """Delete a response; raises NotFoundError."""
        found = queries.find(self.database, response_id)
        check(self.database, asker, found, Right.OWN, Kind.RESPONSE, response_id)
        queries.delete(self.database, response_id)

    @connected
    def keep(self, made: ResponseRecord) -> None:
        """Store a response."""
        queries.insert(replace(made, conversation=made.conversation[-MOST_TURNS:]))

    @connected
    def conversation(self, asker: Principal, wanted: ResponseWanted) -> tuple[Message, ...]:
        """Return all that was said, the question last; raises RuleError where there is none."""
        said: list[Message] = []
        if wanted.previous_id:
            previous = self.get(asker, wanted.previous_id)
            said += (*previous.conversation, Message(Role.ASSISTANT, previous.text))
        for item in wanted.said:
            if isinstance(item, Reference):
                text = self.get(asker, item.response_id).text
                said.append(Message(Role.ASSISTANT, text))
            else:
                said.append(item)
        if not said or said[-1].role is not Role.USER or not said[-1].content.strip():
            raise RuleError("input: it must end with a question of the user.")
        return tuple(message for message in said if message.content.strip())

    @connected
    def assistant(self, asker: Principal, wanted: ResponseWanted) -> AssistantRecord | None:
        """Return the assistant of a name as it is to answer; None if there is none.

        It searches the datasets that are wanted in place of its own.
        """
        chat_id = self.chats.find_named(asker, wanted.model)
        if chat_id is None:
            return None
        found = self.chats.assistant(asker, chat_id)
        if wanted.search is None:
            return found
        self.chats.check_readable(asker, wanted.search.dataset_ids)
        return found._replace(
            dataset_ids=wanted.search.dataset_ids,
            top_n=wanted.search.limit,
            threshold=given(wanted.search.threshold, found.threshold),
            vector_weight=given(wanted.search.vector_weight, found.vector_weight),
            reranker=wanted.search.reranker,
        )


def part_in(items: list[SaidItem], cursor: Cursor) -> Part[SaidItem]:
    """Return the part of a list that lies where the cursor says; raises ArgumentError."""
    places = {item.id: place for place, item in enumerate(items)}
    for name, item_id in (("after", cursor.after), ("before", cursor.before)):
        if item_id and item_id not in places:
            raise ArgumentError(f"{name}: the list holds no {quoted(item_id)}.")
    begin = places[cursor.after] + 1 if cursor.after else 0
    between = items[begin : places[cursor.before] if cursor.before else None]
    shown = between[-cursor.limit :] if cursor.backwards else between[: cursor.limit]
    return Part(shown, len(between) > len(shown))


def given(value: float | None, default: float) -> float:
    """Return a value, or the default where it is None."""
    return default if value is None else value
