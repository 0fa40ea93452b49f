"""Documents on the wire: their names, lists, changes and runs."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import Field, StrictBool, field_validator, model_validator

from api.db.models.states import RunState
from api.errors import ArgumentError, RuleError
from api.schemas.base import (
    Ids,
    LenientFlag,
    PageQuery,
    Request,
    StorableText,
)
from api.schemas.sdk.parser_config import DOCUMENT_METHODS, ParserConfig, options_of
from api.schemas.structure import check_structure
from api.services.unset import Unset
from rag.engines.base import MetadataCondition
from rag.quoting import enumerated, quoted
from rag.retrieval.conditions import InvalidConditionError, read_condition

NAME_BYTES = 255
LONGEST_PATH = 4096
META_LIMIT = 65_535
MAX_META_FIELDS = 1000

RUN_WORDS: Mapping[str, RunState] = {
    "0": RunState.UNSTART,
    "1": RunState.RUNNING,
    "2": RunState.CANCEL,
    "3": RunState.DONE,
    "4": RunState.FAIL,
}
RUNS = frozenset(RunState)
ORDERS = (
    "create_time",
    "update_time",
    "name",
    "size",
    "type",
    "run",
    "progress",
    "chunk_count",
    "token_count",
)
FIXED = ("chunk_count", "token_count", "progress")
"""What only the server changes; a client may repeat what it was told."""

Milliseconds = Annotated[int, Field(ge=0, lt=2**62)]


def clean_file_name(raw: str) -> str:
    """Return the name of a file without folders; raises ArgumentError for one that cannot be kept.

    Everything up to the last slash or backslash goes, and spaces at both ends.
    """
    if len(raw) > LONGEST_PATH:
        raise ArgumentError(f"File name must be {NAME_BYTES} bytes or less.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in raw):
        raise ArgumentError("File name must not contain control characters.")
    name = re.split(r"[/\\]", raw)[-1].strip()
    if name in {"", ".", ".."}:
        raise ArgumentError("File name must not be empty.")
    if len(name.encode()) > NAME_BYTES:
        raise ArgumentError(f"File name must be {NAME_BYTES} bytes or less.")
    return name


class DocumentQuery(PageQuery):
    """Which documents of a dataset to list; `run` takes numbers and words."""

    orderby: str = "create_time"
    desc: LenientFlag = True
    keywords: StorableText = ""
    id: str = ""
    name: StorableText = ""
    create_time_from: Milliseconds = 0
    create_time_to: Milliseconds = 0
    suffix: list[StorableText] = Field(default=[], max_length=100)
    run: list[str] = Field(default=[], max_length=100)
    metadata_condition: str = ""

    @field_validator("orderby")
    @classmethod
    def known_order(cls, orderby: str) -> str:
        """Refuse a column that documents cannot be ordered by."""
        if orderby not in ORDERS:
            raise ArgumentError(f"invalid orderby field: {quoted(orderby)}")
        return orderby

    @field_validator("run")
    @classmethod
    def known_runs(cls, runs: list[str]) -> list[str]:
        """Turn numbers into words."""
        words = [RUN_WORDS.get(run, run.upper()) for run in runs]
        unknown = [run for run, word in zip(runs, words, strict=True) if word not in RUNS]
        if unknown:
            raise RuleError(f"Invalid filter run status conditions: {enumerated(unknown)}")
        return words

    def condition(self) -> MetadataCondition | None:
        """Return the comparisons with metadata, if any; raises RuleError."""
        if not self.metadata_condition:
            return None
        text = self.metadata_condition.encode(errors="replace")
        check_structure(text)
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise RuleError(f"metadata_condition must be valid JSON: {error}") from error
        try:
            return read_condition(value)
        except InvalidConditionError as error:
            raise RuleError(str(error)) from error


class DocumentChange(Request):
    """What to change of a document; a null counts as not given, but resets `parser_config`."""

    name: StorableText | None = None
    meta_fields: Annotated[dict[str, Any], Field(max_length=MAX_META_FIELDS)] | None = None
    chunk_method: str | None = None
    parser_config: ParserConfig | None = None
    enabled: Literal[0, 1] | None = None
    discard_edits: StrictBool = False
    chunk_count: Any = None
    token_count: Any = None
    progress: Any = None

    @field_validator("name")
    @classmethod
    def name_fits(cls, name: str | None) -> str | None:
        """Clean the name as that of an upload is."""
        return None if name is None else clean_file_name(name)

    @field_validator("enabled", mode="before")
    @classmethod
    def enabled_is_a_flag(cls, enabled: Any) -> Any:
        """Take true and false for 1 and 0."""
        if enabled is not None and enabled not in (0, 1):
            raise ArgumentError("`enabled` must be 0 or 1.")
        return enabled if enabled is None else int(enabled)

    @field_validator("meta_fields", mode="before")
    @classmethod
    def metadata_fit(cls, fields: Any) -> Any:
        """Refuse what cannot be compared with."""
        return None if fields is None else checked_metadata(fields)

    @field_validator("chunk_method")
    @classmethod
    def known_method(cls, method: str | None) -> str | None:
        """Refuse a chunk method that the contract does not know."""
        if method is not None and method not in DOCUMENT_METHODS:
            raise RuleError(f"`chunk_method` {quoted(method)} doesn't exist")
        return method

    def options(self) -> dict[str, Any] | Unset:
        """Return what was said of the parser's options, if anything."""
        return options_of(self.parser_config, said="parser_config" in self.model_fields_set)

    def fixed(self) -> dict[str, Any]:
        """Return what was given of the fields that only the server changes."""
        return {name: getattr(self, name) for name in FIXED if getattr(self, name) is not None}


def checked_metadata(fields: Any) -> dict[str, Any]:
    """Return a document's metadata; raises RuleError for what cannot be compared with."""
    if not isinstance(fields, dict):
        raise RuleError("meta_fields must be a dictionary")
    for key, value in fields.items():
        if not key.strip() or not comparable(value):
            raise RuleError(
                f"meta_fields: `{quoted(key)}` must be a text, a number or a list of these."
            )
    text = orjson.dumps(fields)
    if len(text) > META_LIMIT or rb"\u0000" in text:
        raise RuleError(f"meta_fields must be at most {META_LIMIT:,} characters, none of them NUL.")
    return fields


def form_metadata(text: str) -> dict[str, Any]:
    """Return the metadata that a form field of an upload holds as JSON; none when it is empty."""
    if not text.strip():
        return {}
    content = text.encode(errors="replace")
    check_structure(content)
    try:
        fields = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ArgumentError(f"meta_fields must be a JSON object: {error}.") from error
    return checked_metadata(fields)


def comparable(value: Any) -> bool:
    """Tell whether a value is a text, a number, or a list of these."""
    if isinstance(value, list):
        return all(isinstance(member, str | int | float) for member in value)
    return isinstance(value, str | int | float)


class DocumentIds(Request):
    """Which documents to stop parsing."""

    document_ids: Ids = Field(default=[])

    @field_validator("document_ids", mode="before")
    @classmethod
    def ids_are_listed(cls, value: Any) -> Any:
        """Refuse a single id where a list belongs."""
        if value is not None and not isinstance(value, list):
            raise RuleError("`document_ids` should be a list")
        return value or []

    @model_validator(mode="after")
    def required(self) -> Self:
        """Refuse to do it to no document."""
        if not self.document_ids:
            raise RuleError("`document_ids` is required")
        return self


class ParseRequest(DocumentIds):
    """Which documents to parse, and whether what people have changed in their chunks may go."""

    discard_edits: StrictBool = False
