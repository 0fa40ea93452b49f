"""Chat assistants: what they read and how they answer."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson
from peewee import Database, IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import connected
from api.db.models.chat import Chat, ChatSession
from api.db.models.dataset import Dataset
from api.db.rows import delete_rows, dict_rows, first_row, locked_rows, tuple_rows
from api.db.sql import rows
from api.errors import ArgumentError, ConflictError, NotFoundError, RuleError
from api.schemas.base import DeleteRequest
from api.schemas.deletion import Deletion, distinct, settled
from api.schemas.sdk.chat import (
    LLM_DEFAULTS,
    PROMPT_DEFAULTS,
    ChatQuery,
    ChatRequest,
    chat_object,
)
from api.services.chats.sessions import remove_sessions
from api.services.library.names import is_id, name_key
from rag.llm.base import ChatModel

ASSISTANT_COLUMNS = (
    "id",
    "tenant_id",
    "dataset_ids",
    "llm",
    "prompt",
    "similarity_threshold",
    "vector_similarity_weight",
    "top_n",
    "top_k",
)
# Written out, as building it takes longer than running it and each question needs it.
ASSISTANT_SQL = (
    "SELECT id, tenant_id, dataset_ids, llm, prompt, similarity_threshold,"
    " vector_similarity_weight, top_n, top_k FROM chat WHERE id = ? AND tenant_id = ?"
)

SHOWN_OF_DATASETS = ("id", "name", "avatar", "description", "embedding_model", "chunk_count")


class ChatModels(Protocol):
    """Where chat models come from."""

    def chat_model(self, tenant_id: str, model: str) -> ChatModel | None:
        """Return a model by name; raises ArgumentError if the tenant cannot use it."""
        ...

    def context_tokens(self, tenant_id: str, model: str) -> int:
        """Return how many tokens a model takes in, answer included."""
        ...

    def default_chat(self, tenant_id: str) -> str:
        """Return the name of the model that a tenant uses by default, or nothing."""
        ...


class ChatService:
    """Keeps the assistants of tenants; `opener` and `prompt` are a new one's texts."""

    def __init__(self, database: Database, models: ChatModels, opener: str, prompt: str) -> None:
        """Remember the parts; nothing is read yet."""
        self.database = database
        self.models = models
        self.prompt_defaults = {**PROMPT_DEFAULTS, "opener": opener, "prompt": prompt}

    @connected
    def create(self, tenant_id: str, body: ChatRequest) -> dict[str, Any]:
        """Create an assistant and return it."""
        if not body.name:
            raise RuleError("`name` is required.")
        blank = {"dataset_ids": [], "llm": LLM_DEFAULTS, "prompt": self.prompt_defaults}
        columns = self.checked(tenant_id, blank, body)
        chat_id = new_id()
        try:
            with self.database.atomic():
                Chat.insert(id=chat_id, tenant_id=tenant_id, **columns).execute()
        except IntegrityError as error:
            raise ConflictError("Duplicated chat name in creating chat.") from error
        return self.present([self.row(tenant_id, chat_id)])[0]

    @connected
    def list_page(self, tenant_id: str, query: ChatQuery) -> list[dict[str, Any]]:
        """Return a page of assistants; raises NotFoundError when none has the given id or name."""
        chosen = Chat.select().where(Chat.tenant_id == tenant_id)
        if query.id is not None:
            chosen = chosen.where(Chat.id == query.id)
        if query.name is not None:
            chosen = chosen.where(Chat.name == query.name)
        if (query.id is not None or query.name is not None) and not chosen.exists():
            raise NotFoundError("The chat doesn't exist")
        if query.keywords:
            chosen = chosen.where(Chat.name_key.contains(name_key(query.keywords)))
        column = getattr(Chat, query.orderby)
        ordered = chosen.order_by(column.desc() if query.desc else column, Chat.id)
        return self.present(dict_rows(ordered.offset(query.offset).limit(query.page_size)))

    @connected
    def get(self, tenant_id: str, chat_id: str) -> dict[str, Any]:
        """Return an assistant."""
        return self.present([self.row(tenant_id, chat_id, "Chat not found!")])[0]

    @connected
    def update(self, tenant_id: str, chat_id: str, body: ChatRequest) -> dict[str, Any]:
        """Change what is given of an assistant and return it."""
        if "name" in body.model_fields_set and not body.name:
            raise RuleError("`name` cannot be empty.")
        this = (Chat.tenant_id == tenant_id) & (Chat.id == chat_id)
        try:
            with self.database.atomic():
                # The first write locks the row, so that two changes at once both last.
                Chat.update(update_time=now_ms()).where(this).execute()
                columns = self.checked(tenant_id, self.row(tenant_id, chat_id), body)
                Chat.update(**columns).where(this).execute()
        except IntegrityError as error:
            raise ConflictError("Duplicated chat name in updating chat.") from error
        return self.present([self.row(tenant_id, chat_id)])[0]

    @connected
    def delete(self, tenant_id: str, body: DeleteRequest) -> Deletion:
        """Delete assistants with their sessions; those that do not exist are named."""
        owned = Chat.tenant_id == tenant_id
        if body.everything:
            with self.database.atomic():
                return Deletion(len(remove(owned)))
        ids, repeated = distinct(body.ids or ())
        with self.database.atomic():
            gone = remove(owned & Chat.id.in_([item for item in ids if is_id(item)]))
        missing = [f"Assistant({chat_id}) not found." for chat_id in ids if chat_id not in gone]
        doubles = [f"Duplicate assistant ids: {chat_id}" for chat_id in repeated]
        return settled(len(gone), (*missing, *doubles))

    @connected
    def assistant(self, tenant_id: str, chat_id: str) -> dict[str, Any]:
        """Return what an assistant needs to answer."""
        found = rows(self.database, ASSISTANT_SQL, chat_id, tenant_id)
        if not found:
            raise NotFoundError(f"You don't own the chat {chat_id}")
        row = dict(zip(ASSISTANT_COLUMNS, found[0], strict=True))
        return row | {name: orjson.loads(row[name]) for name in ("dataset_ids", "llm", "prompt")}

    def row(
        self, tenant_id: str, chat_id: str, refusal: str = "You do not own the chat"
    ) -> dict[str, Any]:
        """Return the row of a tenant's assistant; raises NotFoundError with `refusal`."""
        chosen = Chat.select().where((Chat.tenant_id == tenant_id) & (Chat.id == chat_id))
        row = first_row(chosen)
        if row is None:
            raise NotFoundError(refusal)
        return row

    def checked(
        self, tenant_id: str, stored: Mapping[str, Any], body: ChatRequest
    ) -> dict[str, Any]:
        """Return the columns that change, with `llm` and `prompt` merged; raises what is wrong."""
        columns = body.columns()
        llm, prompt = columns["llm"], columns["prompt"]
        if "dataset_ids" in columns:
            columns["dataset_ids"] = distinct(columns["dataset_ids"])[0]
            self.check_datasets(tenant_id, columns["dataset_ids"])
        if llm.get("model_name"):
            self.check_model(tenant_id, llm["model_name"])
        if prompt.get("rerank_model"):
            raise RuleError(f"`rerank_model` {prompt['rerank_model']} doesn't exist")
        columns["llm"] = {**stored["llm"], **llm}
        columns["prompt"] = {**stored["prompt"], **prompt}
        if prompt:
            check_variables(columns["prompt"])
        if "name" in columns:
            columns["name_key"] = name_key(columns["name"])
        return columns

    def check_model(self, tenant_id: str, name: str) -> None:
        """Refuse a model that the tenant cannot use."""
        try:
            self.models.chat_model(tenant_id, name)
        except ArgumentError as error:
            raise RuleError(f"`model_name` {name} doesn't exist") from error

    def check_datasets(self, tenant_id: str, dataset_ids: Sequence[str]) -> None:
        """Refuse datasets of others, without chunks, or of several embedding models."""
        columns = (Dataset.id, Dataset.embedding_model, Dataset.chunk_count)
        owned = (Dataset.tenant_id == tenant_id) & Dataset.id.in_(dataset_ids)
        found = {row[0]: row for row in tuple_rows(Dataset.select(*columns).where(owned))}
        for dataset_id in dataset_ids:
            if dataset_id not in found:
                raise NotFoundError(f"You don't own the dataset {dataset_id}")
            if not found[dataset_id][2]:
                raise RuleError(f"The dataset {dataset_id} doesn't own parsed file")
        if len({row[1] for row in found.values()}) > 1:
            raise RuleError("Datasets use different embedding models.", code=109)

    def present(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return a tenant's assistants as they go out, with those of their datasets that exist.

        One that names no model shows that of today, which it answers with.
        """
        wanted = {dataset_id for row in rows for dataset_id in row["dataset_ids"]}
        fields = [getattr(Dataset, name) for name in SHOWN_OF_DATASETS]
        chosen = Dataset.select(*fields).where(Dataset.id.in_(list(wanted)))
        datasets = {dataset["id"]: dataset for dataset in dict_rows(chosen)}
        default = self.models.default_chat(rows[0]["tenant_id"]) if rows else ""
        return [
            chat_object(
                {**row, "llm": {**row["llm"], "model_name": row["llm"]["model_name"] or default}},
                [datasets[key] for key in row["dataset_ids"] if key in datasets],
            )
            for row in rows
        ]


def check_variables(prompt: Mapping[str, Any]) -> None:
    """Refuse a variable that is required and stands nowhere in the prompt."""
    for variable in prompt["variables"]:
        if not variable["optional"] and f"{{{variable['key']}}}" not in prompt["prompt"]:
            raise RuleError(f"Parameter '{variable['key']}' is not used")


def remove(condition: Any) -> set[str]:
    """Delete the assistants that fulfil a condition, with their sessions; return their ids."""
    chats = Chat.select(Chat.id).where(condition)
    found = {row["id"] for row in locked_rows(chats, Chat.id)}
    remove_sessions(ChatSession.chat_id.in_(chats))
    delete_rows(Chat, condition)
    return found
