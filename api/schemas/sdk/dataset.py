"""Datasets on the wire: what is asked for, and how they are shown."""

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, Self

import orjson
from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from api.errors import NoChangeError
from api.schemas.auto_metadata import MOST_FIELDS, AutoMetadata, MetadataField
from api.schemas.base import (
    MAX_IDS,
    MAX_PAGE,
    MAX_PAGE_SIZE,
    DeletionRequest,
    Request,
    StorableText,
    UnbuiltFlag,
    without_nul,
)
from api.schemas.listing import OrderedQuery, names_in, shown_as
from api.schemas.parser_config import DatasetMethod, ParserConfig, StrictPart, options_of
from api.schemas.times import Dates, http_date
from api.schemas.unread import unread
from api.services.accounts.grant_records import Level
from api.services.library.records import DatasetRecord
from api.services.library.values import (
    DATASET_NAME,
    MOST_PAGERANK,
    DatasetChange,
    DatasetFilter,
    NewDataset,
)
from rag.quoting import enumerated, quoted

TEXT_LIMIT = 65_535
NO_AUTO_METADATA = '{"enabled":false}'
MODEL_LIMIT = 255
LONGEST_UUID = len("urn:uuid:{00000000-0000-0000-0000-000000000000}")
AVATAR_TYPES = ("image/jpeg", "image/png")


def checked_uuid(value: Any) -> str:
    """Return an id as 32 hex digits; ids of any UUID version are taken."""
    try:
        return uuid.UUID(quoted(value, LONGEST_UUID + 1)).hex
    except ValueError as error:
        raise PydanticCustomError("invalid_uuid", "Invalid UUID1 format") from error


def checked_avatar(value: str) -> str:
    """Refuse anything but a JPEG or PNG image as a data address."""
    prefix, comma, _ = value.partition(",")
    if not value:
        return value
    if not comma:
        raise PydanticCustomError(
            "avatar", "Missing MIME prefix. Expected format: data:<mime>;base64,<data>"
        )
    if not prefix.startswith("data:"):
        raise PydanticCustomError("avatar", "Invalid MIME prefix format. Must start with 'data:'")
    if prefix.removeprefix("data:").split(";")[0] not in AVATAR_TYPES:
        known = list(AVATAR_TYPES)
        raise PydanticCustomError("avatar", f"Unsupported MIME type. Allowed: {known}")
    return value


def checked_model(value: str) -> str:
    """Refuse the name of an embedding model that is not `model@provider`."""
    model, at, provider = value.rpartition("@")
    if not at:
        raise PydanticCustomError(
            "embedding_model",
            "Embedding model identifier must follow <model_name>@<provider> format",
        )
    if not model.strip() or not provider.strip():
        raise PydanticCustomError(
            "embedding_model", "Both model_name and provider must be non-empty strings"
        )
    return value


def stripped(value: Any) -> Any:
    """Strip a text; the rest as it is."""
    return value.strip() if isinstance(value, str) else value


Uuid = Annotated[str, BeforeValidator(checked_uuid)]
Name = Annotated[
    str,
    Field(min_length=1, max_length=DATASET_NAME),
    AfterValidator(without_nul),
    BeforeValidator(stripped),
]
Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(without_nul)]
Language = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(without_nul)]
Avatar = Annotated[Text, AfterValidator(checked_avatar)]
EmbeddingModel = Annotated[
    str,
    Field(max_length=MODEL_LIMIT),
    AfterValidator(without_nul),
    AfterValidator(checked_model),
    BeforeValidator(stripped),
]


class DatasetFields(StrictPart):
    """What can be said of a dataset when it is made and later."""

    avatar: Avatar | None = None
    description: Text | None = None
    language: Language = "English"
    embedding_model: EmbeddingModel | None = None
    permission: Literal["me", "team"] = "me"
    chunk_method: DatasetMethod = "naive"
    parser_config: ParserConfig | None = None
    auto_metadata_config: AutoMetadata | None = None


class DatasetRequest(DatasetFields):
    """A new dataset."""

    name: Name

    def wanted(self) -> NewDataset:
        """Return what to make."""
        return NewDataset(
            name=self.name,
            avatar=self.avatar or "",
            description=self.description or "",
            language=self.language,
            embedding_model=self.embedding_model or "",
            permission=self.permission,
            chunk_method=self.chunk_method,
            options=self.parser_config.given() if self.parser_config else None,
            auto_metadata_config=json_text(self.auto_metadata_config),
        )


class DatasetChangeRequest(DatasetFields):
    """What to change of a dataset."""

    name: Name = ""
    pagerank: Annotated[int, Field(ge=0, le=MOST_PAGERANK)] = 0

    @model_validator(mode="after")
    def something_changes(self) -> Self:
        """Refuse a change of nothing."""
        if not self.model_fields_set:
            raise NoChangeError
        return self

    def change(self) -> DatasetChange:
        """Return what to change; a null stands for an empty text, or for the default."""
        given: dict[str, Any] = {
            name: "" if (value := getattr(self, name)) is None else value
            for name in self.model_fields_set - {"parser_config", "auto_metadata_config"}
        }
        if "auto_metadata_config" in self.model_fields_set:
            given["auto_metadata_config"] = json_text(self.auto_metadata_config)
        said = "parser_config" in self.model_fields_set
        return DatasetChange(**given, options=options_of(self.parser_config, said=said))


class AutoMetadataRequest(StrictPart):
    """What a model is to find in the documents of a dataset: the whole body."""

    model_config = ConfigDict(
        json_schema_extra={
            "properties": {
                "enabled": {"type": "boolean"},
                "fields": {
                    "type": "array",
                    "items": MetadataField.model_json_schema(),
                    "maxItems": MOST_FIELDS,
                },
            },
            "required": [],
            "additionalProperties": True,
            "examples": [{"enabled": False}],
        }
    )

    auto_metadata_config: AutoMetadata

    @model_validator(mode="before")
    @classmethod
    def whole(cls, values: Any) -> Any:
        """Return the body under the name that it has in a dataset."""
        return {"auto_metadata_config": values}

    def change(self) -> DatasetChange:
        """Return what to change of a dataset."""
        return DatasetChange(auto_metadata_config=json_text(self.auto_metadata_config))


def json_text(value: dict[str, Any] | None) -> str:
    """Return an object as JSON; nothing for none."""
    return orjson.dumps(value).decode() if value else ""


class DatasetQuery(OrderedQuery):
    """Which datasets to list; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")

    heavy = shown_as("avatar", "description", "parser_config", "auto_metadata_config")

    page: int = Field(1, ge=1, le=MAX_PAGE)
    page_size: int = Field(30, ge=1, le=MAX_PAGE_SIZE)
    orderby: Literal["create_time", "update_time"] = "create_time"
    desc: bool = True
    id: Uuid | None = None
    ids: Annotated[list[Uuid], Field(max_length=MAX_IDS, fail_fast=True)] = Field(default=[])
    name: str = ""
    keywords: StorableText = ""
    include_parsing_status: UnbuiltFlag = False

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a dataset shows."""
        return names_in(DatasetAnswer)

    def wanted(self) -> DatasetFilter:
        """Return which datasets are asked for."""
        return DatasetFilter(self.id or "", self.name.strip(), self.ids, self.keywords.strip())


class DatasetPath(Request):
    """The id of a dataset in an address."""

    dataset_id: Uuid


class ModelCheckRequest(Request):
    """Which embedding model a dataset might get, by either name of the field."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"embd_id": "wordllama@Builtin"}]})

    embd_id: EmbeddingModel = Field(validation_alias=AliasChoices("embd_id", "embedding_model"))


class DatasetDeletion(DeletionRequest):
    """Which datasets to delete; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[Uuid], Field(max_length=MAX_IDS, fail_fast=True)] | None = Field(default=[])

    @field_validator("ids")
    @classmethod
    def once_each(cls, ids: list[str] | None) -> list[str] | None:
        """Refuse an id that is given twice."""
        doubles = [item for item, times in Counter(ids or ()).items() if times > 1]
        if doubles:
            raise PydanticCustomError("duplicate_uuids", f"Duplicate ids: '{enumerated(doubles)}'")
        return ids

    def chosen(self) -> list[str] | None:
        """Return the ids of what to delete; None for all."""
        return None if self.everything else self.ids or []


class AutoAnswer(TypedDict):
    """What is kept of metadata that a model would find; other keys are as given."""

    enabled: NotRequired[bool]


class DatasetAnswer(Dates):
    """A dataset; `level` is what one may do with one of somebody else, null for one's own."""

    id: str
    tenant_id: str
    name: str
    avatar: str | None
    description: str | None
    language: str
    embedding_model: str
    permission: str
    created_by: str
    document_count: int
    token_num: int
    chunk_count: int
    similarity_threshold: float
    vector_similarity_weight: float
    chunk_method: str
    parser_config: Mapping[str, object]
    auto_metadata_config: AutoAnswer
    pagerank: int
    pipeline_id: str
    status: str
    level: str | None


DatasetList = list[DatasetAnswer]


def present_dataset(record: DatasetRecord, level: Level | None = None) -> DatasetAnswer:
    """Return a dataset as it goes out; the text of its options goes out unread."""
    return {
        "id": record.id,
        "tenant_id": record.tenant_id,
        "name": record.name,
        "avatar": record.avatar or None,
        "description": record.description or None,
        "language": record.language,
        "embedding_model": record.embedding_model,
        "permission": record.permission,
        "created_by": record.created_by,
        "document_count": record.document_count,
        "token_num": record.token_num,
        "chunk_count": record.chunk_count,
        "similarity_threshold": record.similarity_threshold,
        "vector_similarity_weight": record.vector_similarity_weight,
        "chunk_method": record.chunk_method,
        "parser_config": unread(record.parser_config),
        "auto_metadata_config": present_auto_metadata(record),
        "pagerank": record.pagerank,
        "create_time": record.create_time,
        "create_date": http_date(record.create_time),
        "update_time": record.update_time,
        "update_date": http_date(record.update_time),
        "pipeline_id": "",
        "status": "1",
        "level": level,
    }


def present_auto_metadata(record: DatasetRecord) -> AutoAnswer:
    """Return what is kept of metadata that a model would find."""
    found: AutoAnswer = unread(record.auto_metadata_config or NO_AUTO_METADATA)
    return found
