"""The statements of assistants."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing, lean
from api.db.models.chat import Chat, ChatSession
from api.db.models.share import Share
from api.db.models.webui import WebuiModel
from api.db.rows import delete_rows, locked_rows
from api.db.sql import rows
from api.services.accounts.access import listed
from api.services.accounts.grant_queries import forget_things
from api.services.accounts.records import Principal
from api.services.chats.queries.sessions import remove_sessions
from api.services.chats.records import (
    AssistantRecord,
    ChatRecord,
    Generation,
    LinkedDataset,
    Prompting,
    Variable,
    generation_values,
)
from api.services.chats.values import ChatFilter
from api.services.library.names import is_id, name_key
from api.services.library.queries.paging import page_rows, total
from api.services.library.values import Page
from api.things import Kind

COLUMNS = (
    "id",
    "tenant_id",
    "name",
    "avatar",
    "description",
    "language",
    "dataset_ids",
    "llm",
    "prompt",
    "similarity_threshold",
    "vector_similarity_weight",
    "top_n",
    "top_k",
    "rerank_id",
    "create_time",
    "update_time",
)
"""What `ChatRecord` is made of, in its order."""

GENERATION = frozenset(Generation._fields) - {"others"}
"""What of the way a model answers has a field of its own."""

# Written out, as building it takes longer than running it and each question needs it.
ASSISTANT_SQL = (
    "SELECT id, tenant_id, dataset_ids, llm, prompt, similarity_threshold,"
    " vector_similarity_weight, top_n, top_k, rerank_id FROM chat WHERE id = ?"
)
LINKED_SQL = (
    "SELECT id, tenant_id, permission, name, avatar, description, embedding_model, chunk_count,"
    " vector_similarity_weight FROM dataset WHERE id IN ({})"
)


def find_chat(database: Database, chat_id: str) -> ChatRecord | None:
    """Return an assistant."""
    found = Listing(database, "chat", COLUMNS).where("id = ?", chat_id).tuples()
    return chat_record(found[0]) if found else None


def locked_chat(database: Database, chat_id: str) -> ChatRecord | None:
    """Return an assistant that nobody else changes until the transaction ends."""
    chosen = Chat.select(Chat.id).where(Chat.id == chat_id)
    return find_chat(database, chat_id) if locked_rows(chosen, Chat.id) else None


def find_assistant(database: Database, chat_id: str) -> AssistantRecord | None:
    """Return what an assistant needs to answer."""
    found = rows(database, ASSISTANT_SQL, chat_id)
    if not found:
        return None
    key, tenant_id, dataset_ids, llm, prompt, *ranking = found[0]
    parts = (tuple(orjson.loads(dataset_ids)), generation_of(llm), prompting_of(prompt))
    return AssistantRecord(key, tenant_id, *parts, *ranking)


def list_chats(
    database: Database, asker: Principal, wanted: ChatFilter, page: Page
) -> list[ChatRecord]:
    """Return a page of the assistants that an asker may use."""
    columns = lean(COLUMNS, page.without)
    listing = matching(database, asker, wanted, columns)
    only_own = listing.clauses[0] == "tenant_id = ?"
    return [chat_record(row) for row in page_rows(listing, page, "tenant_id" if only_own else "")]


def count_chats(
    database: Database,
    asker: Principal,
    wanted: ChatFilter,
    found: Sequence[tuple[Any, ...]],
    page: Page,
) -> int:
    """Return how many assistants there are, of which a page was found."""
    return total(matching(database, asker, wanted), found, page)


def matching(
    database: Database, asker: Principal, wanted: ChatFilter, columns: Sequence[str] = COLUMNS
) -> Listing:
    """Return the choice of the assistants that an asker may use that a filter asks for."""
    listing = named(database, asker, wanted, columns)
    if wanted.keywords:
        pattern = containing(name_key(wanted.keywords))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    return listing


def taken_names(database: Database, tenant_id: str) -> set[str]:
    """Return the names of a tenant's assistants as they are compared."""
    found = rows(database, "SELECT name_key FROM chat WHERE tenant_id = ?", tenant_id)
    return {name for (name,) in found}


def chats_by_id(database: Database, ids: Sequence[str]) -> dict[str, ChatRecord]:
    """Return those assistants that exist, by id, whosever they are."""
    found = Listing(database, "chat", COLUMNS).where_in("id", ids).tuples()
    return {row[0]: chat_record(row) for row in found}


def has_chat(database: Database, asker: Principal, wanted: ChatFilter) -> bool:
    """Return whether an asker may use an assistant with the id and name of a filter."""
    return named(database, asker, wanted).count() > 0


def named(
    database: Database, asker: Principal, wanted: ChatFilter, columns: Sequence[str] = COLUMNS
) -> Listing:
    """Return the choice of those that an asker may use with the id and name of a filter."""
    clause, values = listed(database, asker, Kind.CHAT)
    listing = Listing(database, "chat", columns).where(clause, *values)
    if wanted.id is not None:
        listing.where("id = ?", wanted.id)
    if wanted.name is not None:
        listing.where("name_key = ? AND name = ?", name_key(wanted.name), wanted.name)
    if wanted.owner_ids:
        listing.where_in("tenant_id", wanted.owner_ids)
    return listing


def insert_chat(database: Database, chat: ChatRecord) -> bool:
    """Store a new assistant; False if another of the tenant has its name."""
    try:
        with database.atomic():
            Chat.insert(columns_of(chat)).execute()
    except IntegrityError:
        return False
    return True


def save_chat(database: Database, chat: ChatRecord) -> bool:
    """Store an assistant that has changed; False if another of the tenant has its name.

    Within a transaction, which goes on in either case.
    """
    try:
        with database.atomic():
            Chat.update(columns_of(chat)).where(Chat.id == chat.id).execute()
    except IntegrityError:
        return False
    return True


def delete_chats(
    database: Database, tenant_id: str, ids: Collection[str] | None = None
) -> set[str]:
    """Delete assistants of a tenant with their sessions, all where none are named.

    Return the ids of those that were there.
    """
    condition: Any = Chat.tenant_id == tenant_id
    if ids is not None:
        condition &= Chat.id.in_([item for item in ids if is_id(item)])
    chats = Chat.select(Chat.id).where(condition)
    with database.atomic():
        found = {row[0] for row in locked_rows(chats, Chat.id)}
        remove_sessions(ChatSession.chat_id.in_(chats))
        delete_rows(Share, Share.chat_id.in_(chats))
        delete_rows(WebuiModel, WebuiModel.id.in_(chats))
        forget_things(database, Kind.CHAT, sorted(found))
        delete_rows(Chat, condition)
    return found


def linked_datasets(database: Database, ids: Iterable[str]) -> dict[str, LinkedDataset]:
    """Return those datasets that exist, by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    marks = ", ".join("?" * len(wanted))
    found = map(LinkedDataset._make, rows(database, LINKED_SQL.format(marks), *wanted))
    return {dataset.id: dataset for dataset in found}


def chat_record(row: tuple[Any, ...]) -> ChatRecord:
    """Return the record of a row, its JSON columns read."""
    parts = (tuple(orjson.loads(row[6])), generation_of(row[7]), prompting_of(row[8]))
    return ChatRecord._make((*row[:6], *parts, *row[9:]))


def columns_of(chat: ChatRecord) -> dict[Any, object]:
    """Return the columns of a record."""
    return {
        Chat.id: chat.id,
        Chat.tenant_id: chat.tenant_id,
        Chat.name: chat.name,
        Chat.name_key: name_key(chat.name),
        Chat.avatar: chat.avatar,
        Chat.description: chat.description,
        Chat.language: chat.language,
        Chat.dataset_ids: chat.dataset_ids,
        Chat.llm: generation_values(chat.generation),
        Chat.prompt: prompt_column(chat.prompting),
        Chat.similarity_threshold: chat.threshold,
        Chat.vector_similarity_weight: chat.vector_weight,
        Chat.top_n: chat.top_n,
        Chat.top_k: chat.top_k,
        Chat.rerank_id: chat.reranker,
        Chat.create_time: chat.create_time,
        Chat.update_time: chat.update_time,
    }


def generation_of(text: str) -> Generation:
    """Return what the column `llm` holds."""
    return generation_in(orjson.loads(text))


def generation_in(stored: dict[str, Any]) -> Generation:
    """Return how a model is to answer as it was stored; what no field has is kept beside them."""
    own = {name: stored.pop(name) for name in GENERATION if name in stored}
    return Generation(**own, others=stored)


def prompting_of(text: str) -> Prompting:
    """Return what the column `prompt` holds; what no field has is an option."""
    stored = orjson.loads(text)
    return Prompting(
        stored.pop("prompt"),
        stored.pop("opener"),
        tuple(Variable(**variable) for variable in stored.pop("variables")),
        stored.pop("empty_response"),
        stored.pop("show_quote"),
        stored,
    )


def prompt_column(prompting: Prompting) -> dict[str, object]:
    """Return what the column `prompt` holds of an assistant's texts."""
    return {
        **prompting.options,
        "prompt": prompting.text,
        "opener": prompting.opener,
        "variables": [variable._asdict() for variable in prompting.variables],
        "empty_response": prompting.empty_response,
        "show_quote": prompting.show_quote,
    }
