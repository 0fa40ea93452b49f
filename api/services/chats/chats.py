"""Chat assistants: what they read and how they answer."""

from collections.abc import Sequence
from dataclasses import replace

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import (
    ArgumentError,
    EmptyDatasetError,
    ModelChoiceError,
    NotFoundError,
    TakenError,
    UnusableModelError,
    UnusableRerankerError,
    UnusedVariableError,
)
from api.services.accounts.access import Right, check, levels, owns, readable
from api.services.accounts.queries.accounts import owner_of
from api.services.accounts.records import Principal
from api.services.chats.models import ChatModels
from api.services.chats.queries.chats import (
    chats_by_id,
    count_chats,
    delete_chats,
    find_assistant,
    find_chat,
    has_chat,
    insert_chat,
    linked_datasets,
    list_chats,
    locked_chat,
    save_chat,
)
from api.services.chats.records import (
    AssistantRecord,
    ChatList,
    ChatRecord,
    Generation,
    LinkedDataset,
    Prompting,
    ShownChat,
)
from api.services.chats.values import ChatChanges, ChatFilter, PromptingChanges, changed
from api.services.library.values import Page
from api.services.search.comparing import check_comparable
from api.services.tally import Tally, distinct
from api.services.unset import UNSET
from api.things import Kind
from rag.engines.defaults import THRESHOLD, TOP_K, TOP_N, VECTOR_WEIGHT

MOST_LISTED = 1000
FIRST = Page("create_time", descending=False, limit=1, offset=0)

LANGUAGE = "English"
"""The language of an assistant that names none."""


class ChatService:
    """Keeps the assistants of tenants; a new one begins with the texts of `prompting`."""

    def __init__(self, database: Database, models: ChatModels, prompting: Prompting) -> None:
        """Initialize with the parts; nothing is read yet."""
        self.database = database
        self.models = models
        self.prompting = prompting

    @connected
    def create(
        self, asker: Principal, changes: ChatChanges, *, may_be_empty: bool = False
    ) -> ShownChat:
        """Create an assistant of the asker's tenant and return it.

        Its datasets have chunks, unless they `may_be_empty`.
        """
        blank = self.blank(asker.tenant_id)
        chat = self.checked(asker, blank, changes, may_be_empty=may_be_empty)
        if not insert_chat(self.database, chat):
            raise TakenError(Kind.CHAT, chat.name)
        return self.shown(asker, [chat])[0]

    @connected
    def restore(self, asker: Principal, chat_id: str, changes: ChatChanges) -> ShownChat:
        """Create an assistant that comes from elsewhere, under the id that it has there.

        Its datasets may be without chunks yet. Raises TakenError for an id or name that is taken.
        """
        links = changes.dataset_ids
        blank = self.blank(asker.tenant_id)._replace(id=chat_id)
        chat = self.checked(asker, blank, replace(changes, dataset_ids=UNSET))
        if links is not UNSET:
            self.check_readable(asker, links)
            chat = chat._replace(dataset_ids=links)
        if find_chat(self.database, chat_id):
            raise TakenError(Kind.CHAT, chat_id)
        if not insert_chat(self.database, chat):
            raise TakenError(Kind.CHAT, chat.name)
        return self.shown(asker, [chat])[0]

    @connected
    def list_page(self, asker: Principal, wanted: ChatFilter, page: Page) -> list[ShownChat]:
        """Return a page of assistants; raises NotFoundError when none has the given id or name."""
        found = list_chats(self.database, asker, wanted, page)
        by_key = wanted.id is not None or wanted.name is not None
        if by_key and not found and not has_chat(self.database, asker, wanted):
            raise NotFoundError(Kind.CHAT, *filter(None, (wanted.id, wanted.name)))
        return self.shown(asker, found, with_datasets="datasets" not in page.without)

    @connected
    def list_counted(self, asker: Principal, wanted: ChatFilter, page: Page) -> ChatList:
        """Return a page of assistants, and how many there are in all; there may be none."""
        found = list_chats(self.database, asker, wanted, page)
        total = count_chats(self.database, asker, wanted, found, page)
        with_datasets = "datasets" not in page.without
        return ChatList(self.shown(asker, found, with_datasets=with_datasets), total)

    @connected
    def list_chosen(self, asker: Principal, ids: Sequence[str]) -> list[ShownChat]:
        """Return assistants by their ids, of which the asker is known to be able to read them."""
        found = chats_by_id(self.database, ids) if ids else {}
        return self.shown(asker, [found[chat_id] for chat_id in ids if chat_id in found])

    @connected
    def list_all(self, asker: Principal) -> list[ShownChat]:
        """Return all assistants by name, up to MOST_LISTED."""
        every = Page("name", descending=False, limit=MOST_LISTED, offset=0)
        return self.shown(asker, list_chats(self.database, asker, ChatFilter(), every))

    def named(self, asker: Principal, name: str) -> str:
        """Return the id of an assistant that is named, or given by its id; raises NotFoundError."""
        found = self.find_named(asker, name)
        if found is None:
            raise NotFoundError(Kind.CHAT, name)
        return found

    @connected
    def find_named(self, asker: Principal, name: str) -> str | None:
        """Return the id of an assistant that is named, or given by its id; None if none is."""
        if "\0" not in name:
            own = ChatFilter(name=name, owner_ids=(asker.tenant_id,))
            for wanted in (own, ChatFilter(id=name), ChatFilter(name=name)):
                found = list_chats(self.database, asker, wanted, FIRST)
                if found:
                    return found[0].id
        return None

    @connected
    def get(self, asker: Principal, chat_id: str) -> ShownChat:
        """Return an assistant."""
        chat = find_chat(self.database, chat_id)
        return self.shown(
            asker, [check(self.database, asker, chat, Right.READ, Kind.CHAT, chat_id)]
        )[0]

    @connected
    def update(
        self, asker: Principal, chat_id: str, changes: ChatChanges, *, may_be_empty: bool = False
    ) -> ShownChat:
        """Change what is given of an assistant and return it."""
        with self.database.atomic():
            found = locked_chat(self.database, chat_id)
            stored = check(self.database, asker, found, Right.CHANGE, Kind.CHAT, chat_id)
            chat = self.checked(asker, stored, changes, may_be_empty=may_be_empty)
            chat = chat._replace(update_time=now_ms())
            if not save_chat(self.database, chat):
                raise TakenError(Kind.CHAT, chat.name)
        return self.shown(asker, [chat])[0]

    @connected
    def overwrite(self, asker: Principal, chat_id: str, changes: ChatChanges) -> ShownChat:
        """Make an assistant what is given, with the defaults of a new one, and return it."""
        with self.database.atomic():
            found = locked_chat(self.database, chat_id)
            stored = check(self.database, asker, found, Right.CHANGE, Kind.CHAT, chat_id)
            blank = self.blank(stored.tenant_id)
            kept = blank._replace(id=chat_id, create_time=stored.create_time)
            chat = self.checked(asker, kept, changes)
            if not save_chat(self.database, chat):
                raise TakenError(Kind.CHAT, chat.name)
        return self.shown(asker, [chat])[0]

    @connected
    def delete(self, asker: Principal, ids: Sequence[str] | None) -> Tally:
        """Delete assistants of the asker's tenant with their sessions; None means all.

        Those that do not exist are named.
        """
        if ids is None:
            return Tally(Kind.CHAT, len(delete_chats(self.database, asker.tenant_id)))
        named, repeated = distinct(ids)
        gone = delete_chats(self.database, asker.tenant_id, named)
        missing = tuple(item for item in named if item not in gone)
        return Tally(Kind.CHAT, len(gone), missing, repeated=tuple(repeated))

    @connected
    def changed(self, asker: Principal, chat_id: str, changes: ChatChanges) -> AssistantRecord:
        """Return what an assistant would need to answer with some changes, which are not kept.

        Raises as a change of it does.
        """
        found = find_chat(self.database, chat_id)
        stored = check(self.database, asker, found, Right.CHANGE, Kind.CHAT, chat_id)
        chat = self.checked(asker, stored, changes)
        named = [name for name in AssistantRecord._fields if name in ChatRecord._fields]
        return self.opened(asker, AssistantRecord(*(getattr(chat, name) for name in named)))

    @connected
    def assistant(
        self, asker: Principal, chat_id: str, right: Right = Right.READ
    ) -> AssistantRecord:
        """Return what an assistant needs to answer.

        To whom it is granted, for them it reads what its tenant may read.
        """
        found = find_assistant(self.database, chat_id)
        return self.opened(asker, check(self.database, asker, found, right, Kind.CHAT, chat_id))

    def opened(self, asker: Principal, known: AssistantRecord) -> AssistantRecord:
        """Return an assistant that reads by the rights of its owner, whoever asks it."""
        if owns(asker, known):
            return known
        return known._replace(reader=owner_of(self.database, known.tenant_id))

    def managed(self, asker: Principal, chat_id: str) -> ChatRecord:
        """Return an assistant of which the asker may say who uses it; within a connection."""
        return self.held(asker, chat_id, Right.MANAGE)

    def held(self, asker: Principal, chat_id: str, right: Right) -> ChatRecord:
        """Return an assistant to which the asker has a right; within a connection."""
        found = find_chat(self.database, chat_id)
        return check(self.database, asker, found, right, Kind.CHAT, chat_id)

    def blank(self, tenant_id: str) -> ChatRecord:
        """Return a new assistant of a tenant, before anything is said of it."""
        now = now_ms()
        return ChatRecord(
            id=new_id(),
            tenant_id=tenant_id,
            name="",
            avatar="",
            description="",
            language=LANGUAGE,
            dataset_ids=(),
            generation=Generation(),
            prompting=self.prompting,
            threshold=THRESHOLD,
            vector_weight=VECTOR_WEIGHT,
            top_n=TOP_N,
            top_k=TOP_K,
            reranker="",
            create_time=now,
            update_time=now,
        )

    def checked(
        self,
        asker: Principal,
        stored: ChatRecord,
        changes: ChatChanges,
        *,
        may_be_empty: bool = False,
    ) -> ChatRecord:
        """Return an assistant with what is given; raises what is wrong with that."""
        if changes.dataset_ids is not UNSET:
            check = self.check_readable if may_be_empty else self.check_datasets
            found = check(asker, changes.dataset_ids)
            stored = stored._replace(vector_weight=weight_of(stored, found))
        return self.with_changes(stored, self.with_hidden(asker, stored, changes))

    def with_hidden(
        self, asker: Principal, stored: ChatRecord, changes: ChatChanges
    ) -> ChatChanges:
        """Return changes that leave an assistant the datasets that the asker does not see.

        To whom another's assistant is granted, they are not shown all that it reads.
        """
        if changes.dataset_ids is UNSET or owns(asker, stored):
            return changes
        seen = {dataset.id for dataset in self.left(asker, stored.dataset_ids)}
        hidden = [one for one in stored.dataset_ids if one not in seen]
        given = [one for one in changes.dataset_ids if one not in hidden]
        return replace(changes, dataset_ids=(*given, *hidden))

    def with_changes(self, stored: ChatRecord, changes: ChatChanges) -> ChatRecord:
        """Return an assistant with what is given; its datasets are taken as they are."""
        chat = changed(stored, changes)
        if changes.generation.model_name not in {UNSET, ""}:
            self.check_model(chat.tenant_id, chat.generation.model_name)
        if changes.reranker not in {UNSET, ""}:
            self.check_reranker(chat.tenant_id, chat.reranker)
        if changes.prompting != PromptingChanges():
            check_variables(chat.prompting)
        return chat

    def check_model(self, tenant_id: str, name: str) -> None:
        """Refuse a model that the tenant cannot use."""
        try:
            self.models.chat_model(tenant_id, name)
        except ArgumentError as error:
            raise UnusableModelError(name) from error

    def check_reranker(self, tenant_id: str, name: str) -> None:
        """Refuse a rerank model that the tenant cannot use."""
        try:
            self.models.reranker(tenant_id, name)
        except ModelChoiceError as error:
            raise UnusableRerankerError(name) from error

    def check_datasets(
        self, asker: Principal, dataset_ids: Sequence[str]
    ) -> Sequence[LinkedDataset]:
        """Return datasets; refuses also those that have no chunks."""
        found = self.check_readable(asker, dataset_ids)
        for dataset in found:
            if not dataset.chunk_count:
                raise EmptyDatasetError(dataset.id)
        return found

    def check_readable(
        self, asker: Principal, dataset_ids: Sequence[str]
    ) -> Sequence[LinkedDataset]:
        """Return datasets; refuses those that the asker may not read, or of several models."""
        known = linked_datasets(self.database, dataset_ids)
        found = [
            check(self.database, asker, known.get(dataset_id), Right.READ, Kind.DATASET, dataset_id)
            for dataset_id in dataset_ids
        ]
        check_comparable(self.models, found)
        return found

    @connected
    def readable(self, asker: Principal, dataset_ids: Sequence[str]) -> tuple[str, ...]:
        """Return those of some datasets that the asker may read; refuses several models."""
        found = self.left(asker, dataset_ids)
        check_comparable(self.models, found)
        return tuple(dataset.id for dataset in found)

    def left(self, asker: Principal, dataset_ids: Sequence[str]) -> list[LinkedDataset]:
        """Return those of some datasets that are there and the asker may read."""
        known = linked_datasets(self.database, dataset_ids)
        there = [known[dataset_id] for dataset_id in dataset_ids if dataset_id in known]
        return readable(self.database, asker, Kind.DATASET, there)

    def shown(
        self, asker: Principal, chats: Sequence[ChatRecord], *, with_datasets: bool = True
    ) -> list[ShownChat]:
        """Return assistants with those of their datasets that are there and the asker may read.

        One that names no model shows that of today, which it answers with.
        """
        linking = chats if with_datasets else ()
        wanted = {dataset_id for chat in linking for dataset_id in chat.dataset_ids}
        linked = linked_datasets(self.database, wanted).values()
        visible = readable(self.database, asker, Kind.DATASET, linked)
        datasets = {dataset.id: dataset for dataset in visible}
        unnamed = {chat.tenant_id for chat in chats if not chat.generation.model_name}
        defaults = {tenant_id: self.models.default_chat(tenant_id) for tenant_id in unnamed}
        held = levels(self.database, asker, Kind.CHAT, chats)
        return [
            ShownChat(
                chat,
                tuple(datasets[key] for key in chat.dataset_ids if key in datasets),
                chat.generation.model_name or defaults[chat.tenant_id],
                held.get(chat.id),
            )
            for chat in chats
        ]


def check_variables(prompting: Prompting) -> None:
    """Refuse a variable that is required and stands nowhere in the prompt."""
    for variable in prompting.variables:
        if not variable.optional and f"{{{variable.key}}}" not in prompting.text:
            raise UnusedVariableError(variable.key)


def weight_of(chat: ChatRecord, datasets: Sequence[LinkedDataset]) -> float:
    """Return the weight of vectors that an assistant has with its first datasets.

    It is that of their model, unless the assistant has been given one before.
    """
    is_first = datasets and not chat.dataset_ids and chat.vector_weight == VECTOR_WEIGHT
    return datasets[0].vector_weight if is_first else chat.vector_weight
