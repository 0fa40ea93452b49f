"""Moving assistants with their sessions."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from api.cli.importing.accepting import accepted
from api.cli.importing.place import Place
from api.cli.importing.records import SourceChat, SourceMessage, SourceSession
from api.cli.importing.source import Source
from api.db.base import now_ms
from api.errors import (
    MixedModelsError,
    NotFoundError,
    RaglanError,
    TakenError,
    UnusableModelError,
    UnusedVariableError,
)
from api.schemas.sdk.chat import ChatRequest
from api.services.chats.records import (
    Conversation,
    MessageRecord,
    Passage,
    SessionRecord,
    ShownChat,
)
from api.services.chats.values import ChatChanges
from api.services.library.names import candidates, numbered_title
from rag.types import Role

TWINS = {"icon": "avatar", "llm_setting": "llm", "prompt_config": "prompt"}
"""Fields of the newer contract, by the names that the older one has for them; Raglan tells both."""

FIELDS = (
    "avatar",
    "icon",
    "description",
    "language",
    "llm",
    "llm_setting",
    "llm_id",
    "prompt",
    "prompt_config",
    "similarity_threshold",
    "vector_similarity_weight",
    "top_n",
    "top_k",
    "rerank_id",
    "meta_data_filter",
)

Places = Sequence[Sequence[str]]

CULPRITS: Mapping[type[RaglanError], Places] = {
    UnusableModelError: (("llm_id",), ("llm", "model_name"), ("llm_setting", "model_name")),
    UnusedVariableError: (
        ("prompt", "variables"),
        ("prompt", "parameters"),
        ("prompt_config", "parameters"),
    ),
    MixedModelsError: (("dataset_ids",),),
    RaglanError: (
        ("rerank_id",),
        ("prompt", "rerank_model"),
        ("prompt", "rerank_id"),
        ("meta_data_filter",),
    ),
}
"""What is left out of an assistant that is refused as it is, one after the other."""

NAME_LIMIT = 255


class ChatMove:
    """Brings one assistant after the other here; what is here already is left as it is."""

    def __init__(self, source: Source, place: Place) -> None:
        """Initialize with the parts."""
        self.source = source
        self.place = place
        self.chats = place.services.chats.chats
        self.sessions = place.services.chats.sessions

    def chat(self, source: SourceChat) -> None:
        """Import an assistant, with the sessions that are not here yet."""
        find = partial(self.chats.get, self.place.asker)
        make = partial(self.new_chat, source)
        try:
            self.place.found_or_made("assistant", source.id, find, make)
        except (RaglanError, ValidationError) as error:
            self.place.report.leave_out(f"assistant {source.name}", str(error))
            return
        for session in self.source.sessions(source.id):
            self.session(source, session)

    def new_chat(self, source: SourceChat, chat_id: str) -> ShownChat:
        """Make an assistant with what this server takes of its settings."""
        told = source.fields
        given = {
            name: told[name]
            for name in FIELDS
            if told.get(name) and not told.get(TWINS.get(name, ""))
        }
        given["dataset_ids"] = self.datasets(source)
        while True:
            try:
                return self.named_chat(source, chat_id, given)
            except TakenError:
                raise
            except RaglanError as error:
                given = less(given, error)
                self.place.report.leave_out(f"assistant {source.name}", error.message)

    def named_chat(self, source: SourceChat, chat_id: str, given: Mapping[str, Any]) -> ShownChat:
        """Make an assistant under the first form of its name that is free."""
        request, reasons = accepted(ChatRequest, {**given, "name": source.name})
        names = candidates(source.name, numbered_title(NAME_LIMIT), ())
        made = self.restored(chat_id, request.wanted(), names)
        for why in reasons:
            self.place.report.leave_out(f"assistant {source.name}", why)
        return made

    def restored(self, chat_id: str, changes: ChatChanges, names: Iterator[str]) -> ShownChat:
        """Make an assistant under the first name that is free; raises TakenError for its id."""
        while True:
            try:
                named = replace(changes, name=next(names))
                return self.chats.restore(self.place.asker, chat_id, named)
            except TakenError as error:
                if error.name == chat_id:
                    raise

    def datasets(self, source: SourceChat) -> list[str]:
        """Return the datasets here that an assistant reads; those that are not here are named."""
        ids = source.dataset_ids
        for missing in (item for item in ids if item not in self.place.ids):
            why = f"its dataset {missing} was not moved"
            self.place.report.leave_out(f"assistant {source.name}", why)
        return [self.place.ids[item] for item in ids if item in self.place.ids]

    def session(self, source: SourceChat, told: SourceSession) -> None:
        """Import a session as it is, unless it is here."""
        chat_id = self.place.ids[source.id]
        for session_id in (told.id, self.place.other_id(told.id)):
            try:
                self.sessions.get(self.place.asker, chat_id, session_id)
                self.place.report.there["session"] += 1
            except NotFoundError:
                conversation = self.conversation(chat_id, session_id, told)
                if not self.sessions.restore(self.place.asker, conversation):
                    continue  # somebody else's session has the id
                self.place.report.moved["session"] += 1
            return

    def conversation(self, chat_id: str, session_id: str, told: SourceSession) -> Conversation:
        """Return a session with its messages, in the places that they have here."""
        times = (told.create_time or now_ms(), told.update_time or now_ms())
        session = SessionRecord(session_id, "", chat_id, told.name, told.user_id, *times)
        messages = (
            MessageRecord(session_id, place, said.role, said.content, self.passages(said))
            for place, said in placed(told.messages)
        )
        return Conversation(session, tuple(messages))

    def passages(self, said: SourceMessage) -> tuple[Passage, ...]:
        """Return what an answer cites, which leads to the documents here."""
        return tuple(
            Passage(
                id=item.id,
                content=item.content,
                document_id=self.place.ids.get(item.document_id, item.document_id),
                document_name=item.document_name,
                document_path="",
                duplicates=(),
                dataset_id=self.place.ids.get(item.dataset_id, item.dataset_id),
                image_id=item.image_id,
                positions=item.positions,
                similarity=item.similarity,
                vector_similarity=item.vector_similarity,
                term_similarity=item.term_similarity,
                headings=item.headings,
            )
            for item in said.reference
        )


def less(given: Mapping[str, Any], error: RaglanError) -> dict[str, Any]:
    """Return the settings of an assistant without what an error is likely to be about.

    Raises the error if nothing of that is there.
    """
    kind = next(kind for kind in CULPRITS if isinstance(error, kind))
    for *path, last in CULPRITS[kind]:
        made = deepcopy(dict(given))
        holder: Any = made
        for key in path:
            holder = holder.get(key) or {}
        if holder.pop(last, None):
            return made
    raise error


def placed(messages: Sequence[SourceMessage]) -> Iterator[tuple[int, SourceMessage]]:
    """Yield messages with their places: 0 for the opener, odd ones for questions, even for answers.

    A question without an answer leaves a place free; a second opener has none.
    """
    place = 0
    for said in messages:
        is_question = said.role == Role.USER
        if said.role not in {Role.USER, Role.ASSISTANT}:
            continue
        if place % 2 != is_question:
            place += 1
        yield place, said
        place += 1
