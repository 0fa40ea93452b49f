"""What the library's services are asked for, checked already."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.services.unset import UNSET, Unset

DATASET_NAME = 128
"""The longest name of a dataset, in characters."""

Options = Mapping[str, object]
"""Options of parsing, by name; see `api.services.library.parser_options`."""


@dataclass(frozen=True, slots=True)
class NewDataset:
    """A dataset to make; an empty `embedding_model` is the one that the tenant uses by default."""

    name: str
    avatar: str = ""
    description: str = ""
    language: str = "English"
    embedding_model: str = ""
    permission: str = "me"
    chunk_method: str = "naive"
    options: Options | None = None


@dataclass(frozen=True, slots=True)
class DatasetChange:
    """What to change of a dataset: all that is not UNSET.

    An empty `embedding_model` is the one that the tenant uses by default; empty `options` are the
    defaults of the chunk method.
    """

    name: str | Unset = UNSET
    avatar: str | Unset = UNSET
    description: str | Unset = UNSET
    language: str | Unset = UNSET
    embedding_model: str | Unset = UNSET
    permission: str | Unset = UNSET
    chunk_method: str | Unset = UNSET
    options: Options | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list, in which order; `order` is a column that a schema has checked."""

    order: str
    descending: bool
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class DatasetFilter:
    """Which datasets to list; empty values ask for nothing."""

    id: str = ""
    name: str = ""
