"""Datasets on the console's pages, which have names of their own for what a dataset has."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError, RuleError
from api.schemas.base import MAX_IDS, NullFreeRequest, Request, StorableText, Unbuilt, without_nul
from api.schemas.console.options import KeptOptions
from api.schemas.console.requests import ConsoleRequest, ListQuery
from api.schemas.listing import names_in
from api.schemas.parser_config import DatasetMethod
from api.schemas.times import Dates, dates
from api.schemas.unread import unread
from api.services.library.records import (
    DatasetPage,
    DatasetRecord,
    MetadataValues,
    OwnedDataset,
    SizedDataset,
)
from api.services.library.values import DATASET_NAME, DatasetChange, DatasetFilter, NewDataset
from api.services.unset import UNSET
from rag.quoting import enumerated

ORDERS = {
    "create_time": "create_time",
    "update_time": "update_time",
    "name": "name",
    "doc_num": "document_count",
    "chunk_num": "chunk_count",
    "token_num": "token_num",
}
FIXED = (
    *("id", "tenant_id", "created_by"),
    *("create_time", "create_date", "update_time", "update_date"),
)
"""What no page may change, and none sends back."""

SHORTEST_DESCRIPTION = 2
"""The page of settings saves nothing while it shows a shorter one, but none at all."""


def dataset_name(value: object) -> str:
    """Return the name of a dataset; raises RuleError."""
    if not isinstance(value, str):
        raise RuleError("Dataset name must be string.")
    name = value.strip()
    if not name:
        raise RuleError("Dataset name can't be empty.")
    if len(name) > DATASET_NAME:
        raise RuleError(f"Dataset name length is {len(name)} which is large than {DATASET_NAME}")
    return name


Name = Annotated[str, AfterValidator(without_nul), BeforeValidator(dataset_name)]
Text = Annotated[str, Field(max_length=65_535), AfterValidator(without_nul)]
ModelName = Annotated[str, Field(max_length=255), AfterValidator(without_nul)]
Language = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(without_nul)]


class KbFields(ConsoleRequest):
    """What can be said of a dataset when it is made and later; a null counts as not given."""

    language: Language | None = None
    permission: Literal["me", "team"] | None = None
    embd_id: ModelName | None = None
    pipeline_id: Unbuilt = ""
    avatar: Text | None = None
    parser_config: KeptOptions | None = None


class KbRequest(KbFields):
    """A new dataset; one that a pipeline parses is refused."""

    name: Name
    description: Text | None = None
    parser_id: DatasetMethod | None = None
    parse_type: Any = 1

    @model_validator(mode="after")
    def has_no_pipeline(self) -> "KbRequest":
        """Refuse the way of parsing that needs a pipeline."""
        if self.parse_type not in (1, "1", None):
            raise RuleError("`parse_type` must be 1: Raglan has no pipelines.")
        return self

    def wanted(self) -> NewDataset:
        """Return what to make."""
        return NewDataset(
            name=self.name,
            avatar=self.avatar or "",
            description=(self.description or "").strip(),
            language=self.language or "English",
            embedding_model=self.embd_id or "",
            permission=self.permission or "me",
            chunk_method=self.parser_id or "naive",
            options=self.parser_config.given() if self.parser_config else None,
        )


class KbChange(KbFields):
    """What to change of a dataset; what else its page has read of it may come back with it."""

    kb_id: str
    name: Name
    description: Text | None
    parser_id: DatasetMethod
    pagerank: Annotated[int, Field(ge=0, le=100)] | None = None
    connectors: Unbuilt = None

    @model_validator(mode="before")
    @classmethod
    def changes_nothing_fixed(cls, values: Any) -> Any:
        """Refuse what only the server sets."""
        if isinstance(values, dict) and (fixed := [name for name in FIXED if name in values]):
            raise ArgumentError(f"{enumerated(fixed)} isn't allowed")
        return values

    def change(self) -> DatasetChange:
        """Return what to change; the options are replaced."""
        said = "parser_config" in self.model_fields_set
        options = self.parser_config.given() if self.parser_config else {}
        return DatasetChange(
            name=self.name,
            description=(self.description or "").strip(),
            chunk_method=self.parser_id,
            avatar=(self.avatar or "") if "avatar" in self.model_fields_set else UNSET,
            language=self.language or UNSET,
            permission=self.permission or UNSET,
            embedding_model=self.embd_id or UNSET,
            pagerank=UNSET if self.pagerank is None else self.pagerank,
            options=options if said else UNSET,
            replaces=True,
        )


class KbOwners(NullFreeRequest):
    """Whose datasets to list; none named stands for all that the asker may read."""

    owner_ids: Annotated[list[StorableText], Field(max_length=MAX_IDS)] = Field(default=[])


class KbQuery(ListQuery):
    """Which datasets to list."""

    orders = ORDERS

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a row shows."""
        return names_in(KbCard)

    id: StorableText = ""
    parser_id: StorableText = ""

    def wanted(self, owners: KbOwners) -> DatasetFilter:
        """Return which datasets are asked for."""
        return DatasetFilter(
            id=self.id,
            keywords=self.keywords.strip(),
            chunk_method=self.parser_id,
            owners=owners.owner_ids,
        )


class KbId(ConsoleRequest):
    """Which dataset."""

    kb_id: str


class KbModel(KbId):
    """Which embedding model a dataset might get."""

    embd_id: ModelName


class KbIdsQuery(Request):
    """Which datasets, with commas between."""

    kb_ids: str = ""

    def chosen(self) -> list[str]:
        """Return the ids, each once."""
        return list(dict.fromkeys(part for part in self.kb_ids.split(",") if part))


class MadeKb(TypedDict):
    """The dataset that was made."""

    kb_id: str


class KbCard(TypedDict):
    """A dataset in a list, which goes back as it is when it gets another name; see `FIXED`."""

    id: str
    tenant_id: str
    name: str
    avatar: str | None
    description: str | None
    language: str
    permission: str
    embd_id: str
    parser_id: str
    doc_num: int
    chunk_num: int
    token_num: int
    nickname: str
    tenant_avatar: str
    update_time: int


class KbCards(TypedDict):
    """A page of datasets."""

    kbs: list[KbCard]
    total: int


class KbAnswer(Dates):
    """A dataset; of graphs and summaries, which are not built, there was never a run."""

    id: str
    tenant_id: str
    created_by: str
    name: str
    avatar: str | None
    description: str | None
    language: str
    permission: str
    embd_id: str
    parser_id: str
    parser_config: dict[str, object]
    pagerank: int
    similarity_threshold: float
    vector_similarity_weight: float
    doc_num: int
    chunk_num: int
    token_num: int
    status: str
    pipeline_id: str
    graphrag_task_id: None
    graphrag_task_finish_at: None
    raptor_task_id: None
    raptor_task_finish_at: None


class SizedKb(KbAnswer):
    """A dataset with the bytes of its files."""

    size: int


def shown_description(text: str) -> str | None:
    """Return a description as the page of settings can save it again."""
    return text.ljust(SHORTEST_DESCRIPTION) if text.strip() else None


def present_card(owned: OwnedDataset) -> KbCard:
    """Return a dataset as a list shows it."""
    record, owner = owned.dataset, owned.owner
    return {
        "id": record.id,
        "tenant_id": record.tenant_id,
        "name": record.name,
        "avatar": record.avatar or None,
        "description": shown_description(record.description),
        "language": record.language,
        "permission": record.permission,
        "embd_id": record.embedding_model,
        "parser_id": record.chunk_method,
        "doc_num": record.document_count,
        "chunk_num": record.chunk_count,
        "token_num": record.token_num,
        "nickname": owner.nickname if owner else "",
        "tenant_avatar": owner.avatar if owner else "",
        "update_time": record.update_time,
    }


def present_cards(page: DatasetPage, query: KbQuery) -> KbCards:
    """Return a page of datasets as it goes out."""
    shown = query.chosen([present_card(owned) for owned in page.datasets])
    return {"kbs": shown, "total": page.total}


def present_kb(record: DatasetRecord) -> KbAnswer:
    """Return a dataset as it goes out."""
    return {
        "id": record.id,
        "tenant_id": record.tenant_id,
        "created_by": record.created_by,
        "name": record.name,
        "avatar": record.avatar or None,
        "description": shown_description(record.description),
        "language": record.language,
        "permission": record.permission,
        "embd_id": record.embedding_model,
        "parser_id": record.chunk_method,
        "parser_config": unread(record.parser_config),
        "pagerank": record.pagerank,
        "similarity_threshold": record.similarity_threshold,
        "vector_similarity_weight": record.vector_similarity_weight,
        "doc_num": record.document_count,
        "chunk_num": record.chunk_count,
        "token_num": record.token_num,
        "status": "1",
        "pipeline_id": "",
        "graphrag_task_id": None,
        "graphrag_task_finish_at": None,
        "raptor_task_id": None,
        "raptor_task_finish_at": None,
        **dates(record.create_time, record.update_time),
    }


def present_made(record: DatasetRecord) -> MadeKb:
    """Return which dataset was made."""
    return {"kb_id": record.id}


def present_metadata(values: MetadataValues) -> dict[str, dict[str, list[str]]]:
    """Return for each field, and each value of it, the ids of the documents that have it."""
    return values


def present_sized(sized: SizedDataset) -> SizedKb:
    """Return a dataset with its size as it goes out."""
    return {**present_kb(sized.dataset), "size": sized.size}
