"""What is told to those who follow the documents of a dataset, or add to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.library.records import DocumentRecord


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed of a dataset's documents since somebody asked before.

    `seq` is the number to ask from next. `gone` are the ids of documents that were deleted.
    `counts` are those of the documents in each RunState; None where nothing has changed. With
    `is_more` there are further changes already; `is_anew` tells to read the documents anew.
    """

    seq: int
    documents: list[DocumentRecord] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    counts: Mapping[str, int] | None = None
    is_more: bool = False
    is_anew: bool = False


class KnownContent(NamedTuple):
    """A document by what its file holds; `content_hash` is the SHA-256 of that."""

    content_hash: str
    id: str
    name: str
    run: str
