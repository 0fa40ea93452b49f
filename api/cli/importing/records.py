"""What a RAGFlow server tells of its things, in either contract, as far as it is read."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

RUN_DONE = frozenset({"DONE", "3"})
"""What the state of a document is called that was parsed to its end."""


def listed(value: Any) -> Any:
    """Return a list for what stands for none, and for a text the list of it."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    return value or []


def text(value: Any) -> Any:
    """Return a text for what stands for none, and for a number."""
    return "" if value is None else str(value)


Texts = Annotated[list[str], BeforeValidator(listed)]
Text = Annotated[str, BeforeValidator(text)]
Object = Annotated[dict[str, Any], BeforeValidator(lambda value: value or {})]
Positions = Annotated[list[list[int]], BeforeValidator(listed)]


class Told(BaseModel):
    """Something of the other server; what is not read is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str


class SourceDataset(Told):
    """A dataset; `fields` are all that was told of it."""

    name: str
    document_count: int = 0
    fields: Mapping[str, Any] = {}


class SourceDocument(Told):
    """A document of a dataset; `status` is 0 where searches are not to find it."""

    name: str
    size: int = 0
    run: Text = ""
    status: Text = "1"
    chunk_count: int = 0
    chunk_method: Text = ""
    parser_config: Object = {}
    meta_fields: Object = {}

    @property
    def is_parsed(self) -> bool:
        """Return whether it was parsed to its end."""
        return self.run in RUN_DONE

    @property
    def is_enabled(self) -> int:
        """Return 1 where searches are to find it, else 0."""
        return int(self.status != "0")


class SourceChunk(Told):
    """A chunk of a document; Raglan tells by `source` who made it."""

    content: Text = ""
    important_keywords: Texts = []
    questions: Texts = []
    positions: Positions = []
    available: bool = True
    source: Text = ""
    headings: Texts = []


class SourceChat(Told):
    """An assistant; `fields` are all that was told of it."""

    name: str
    fields: Mapping[str, Any] = {}

    @property
    def dataset_ids(self) -> list[str]:
        """Return the ids of its datasets, which the older contract tells as objects."""
        datasets = self.fields.get("datasets") or []
        return [*(self.fields.get("dataset_ids") or [item["id"] for item in datasets])]


class SourcePassage(Told):
    """A passage that an answer cites."""

    content: Text = ""
    document_id: Text = ""
    document_name: Text = ""
    dataset_id: Text = ""
    image_id: Text = ""
    positions: Positions = []
    similarity: float = 0.0
    vector_similarity: float = 0.0
    term_similarity: float = 0.0
    headings: Texts = []


class SourceMessage(BaseModel):
    """Something that was said, with the passages that it cites."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: str
    content: Text = ""
    reference: Annotated[
        list[SourcePassage],
        BeforeValidator(lambda value: value.get("chunks") if isinstance(value, dict) else value),
        BeforeValidator(lambda value: value or []),
    ] = []


class SourceSession(Told):
    """A conversation with an assistant; times in ms since the epoch."""

    name: Text = ""
    user_id: Text = ""
    messages: list[SourceMessage] = Field([], validation_alias=AliasChoices("messages", "message"))
    create_time: int = 0
    update_time: int = 0
