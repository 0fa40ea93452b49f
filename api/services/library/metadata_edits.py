"""Changes of the metadata of many documents at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError
from api.services.accounts.records import Principal
from api.services.library.chunk_index import batches
from api.services.library.cleanup import CleanupService
from api.services.library.documents import members
from api.services.library.opening import opened_dataset
from api.services.library.queries import cleanup as notes
from api.services.library.queries import document_list as lists
from api.services.library.queries import documents as queries
from api.services.library.records import CleanupKind
from api.services.library.values import DocumentFilter, Page
from api.things import Kind
from rag.engines.base import MetadataCondition
from rag.engines.conditions import matches
from rag.types import MetaValue

META_LIMIT = 65_535
"""Characters of a document's metadata, as JSON."""

MOST_FIELDS = 1000

OLDEST_FIRST = Page("create_time", descending=False, limit=0, offset=0)
AT_ONCE = 100
"""Documents that are changed in one transaction."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field that gets a value; with `match` only where, and as far as, it has that one."""

    key: str
    value: MetaValue
    match: MetaValue | None = None


@dataclass(frozen=True, slots=True)
class FieldRemoval:
    """A field that goes; with `value` only where, and as far as, it has that one."""

    key: str
    value: MetaValue | None = None


@dataclass(frozen=True, slots=True)
class MetadataEdit:
    """What to do with the metadata of documents, one thing after the other."""

    updates: Sequence[FieldValue] = ()
    removals: Sequence[FieldRemoval] = ()


@dataclass(frozen=True, slots=True)
class MetadataSelector:
    """Which documents of a dataset: all, or those with one of the ids, and with such metadata."""

    document_ids: Sequence[str] | None = None
    condition: MetadataCondition | None = None


@dataclass(frozen=True, slots=True)
class EditedMetadata:
    """How many documents were chosen, and how many of them have other metadata now."""

    chosen: int
    changed: int


class MetadataEditService:
    """Changes the metadata of many documents of a dataset."""

    def __init__(self, database: Database, cleanup: CleanupService) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.cleanup = cleanup

    def edit(
        self, asker: Principal, dataset_id: str, selector: MetadataSelector, edit: MetadataEdit
    ) -> EditedMetadata:
        """Change the documents that are chosen; tell how many.

        Raises NotFoundError for a document that is not in the dataset, and RuleError where metadata
        would get too long; in both cases nothing is changed.
        """
        chosen = self.chosen(asker, dataset_id, selector)
        for metadata in chosen.values():
            check_size(edited(metadata, edit))
        ids = [key for key, metadata in chosen.items() if edited(metadata, edit) != metadata]
        changed = 0
        for batch in batches(ids, AT_ONCE):
            noted = self.write(dataset_id, batch, edit)
            changed += len(noted)
            self.cleanup.carry_out(noted)
        return EditedMetadata(len(chosen), changed)

    @connected
    def chosen(
        self, asker: Principal, dataset_id: str, selector: MetadataSelector
    ) -> dict[str, Mapping[str, MetaValue]]:
        """Return the metadata of the documents that are chosen, by id."""
        opened_dataset(self.database, asker, dataset_id)
        ids = None if selector.document_ids is None else list(dict.fromkeys(selector.document_ids))
        if ids == []:
            return {}
        wanted = DocumentFilter(ids=ids or [])
        found = dict(lists.metadata(self.database, dataset_id, wanted, OLDEST_FIRST))
        if missing := [item for item in ids or [] if item not in found]:
            raise NotFoundError(Kind.DOCUMENT, *missing)
        condition = selector.condition or MetadataCondition(())
        return {key: metadata for key, metadata in found.items() if matches(condition, metadata)}

    @connected
    def write(self, dataset_id: str, ids: Sequence[str], edit: MetadataEdit) -> list[str]:
        """Change some documents as they are now; return the notes of what follows from it.

        Documents that have gone since they were chosen are left out.
        """
        with self.database.atomic():
            locked = queries.lock_metadata(dataset_id, ids)
            changed = {key: edited(metadata, edit) for key, metadata in locked.items()}
            fresh = {key: meta for key, meta in changed.items() if meta != locked[key]}
            for document_id, metadata in fresh.items():
                check_size(metadata)
                queries.change(document_id, {"meta_fields": metadata})
            return [notes.note(CleanupKind.FACTS, dataset_id, key) for key in fresh]


def edited(metadata: Mapping[str, MetaValue], edit: MetadataEdit) -> dict[str, MetaValue]:
    """Return metadata after an edit: first the updates, then the removals."""
    changed = dict(metadata)
    for update in edit.updates:
        if update.match is None:
            changed[update.key] = update.value
        elif update.key in changed:
            changed[update.key] = replaced(changed[update.key], update.match, update.value)
    for removal in edit.removals:
        if removal.value is None:
            changed.pop(removal.key, None)
        elif removal.key in changed:
            rest = without(changed[removal.key], removal.value)
            if rest is None:
                del changed[removal.key]
            else:
                changed[removal.key] = rest
    return changed


def replaced(stored: MetaValue, match: MetaValue, value: MetaValue) -> MetaValue:
    """Return a value with another one in the place of what matches, each once in a list."""
    if is_same(stored, match):
        return value
    if not is_list(stored):
        return stored
    put = members(value)
    parts = [part for one in members(stored) for part in (put if is_same(one, match) else [one])]
    return list(dict.fromkeys(parts)) if parts != list(members(stored)) else stored


def without(stored: MetaValue, value: MetaValue) -> MetaValue | None:
    """Return what is left of a value without what is the same as another; None if nothing is."""
    if is_same(stored, value):
        return None
    if not is_list(stored):
        return stored
    return [one for one in members(stored) if not is_same(one, value)] or None


def is_same(one: MetaValue, other: MetaValue) -> bool:
    """Return whether two values are the same as they are shown: 1999 and "1999" are."""
    same = list(map(str, members(one))) == list(map(str, members(other)))
    return same and is_list(one) is is_list(other)


def is_list(value: MetaValue) -> bool:
    """Return whether a value is a list."""
    return not isinstance(value, str | int | float)


def check_size(metadata: Mapping[str, MetaValue]) -> None:
    """Raise RuleError for more metadata than a document may have."""
    if len(metadata) > MOST_FIELDS or len(orjson.dumps(metadata)) > META_LIMIT:
        raise RuleError(
            f"meta_fields: a document would get more than {MOST_FIELDS:,} fields or"
            f" {META_LIMIT:,} characters."
        )
