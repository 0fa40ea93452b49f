"""What a change of a document means for its row, its chunks and the chunk store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from api.db.models.states import RunState
from api.errors import ArgumentError, ConflictError, RuleError
from api.schemas.sdk.document import DocumentChange
from api.services.library.names import name_key
from api.services.library.parser_options import next_config
from api.services.unset import UNSET

NOT_STARTED = {
    "run": RunState.UNSTART,
    "progress": 0.0,
    "progress_msg": "",
    "process_begin_at": 0,
    "process_duration": 0.0,
    "chunk_count": 0,
    "token_count": 0,
}


@dataclass(slots=True)
class Change:
    """Columns to write, whether parsed chunks are dropped, and what is to be cleaned up."""

    columns: dict[str, Any] = field(default_factory=dict)
    drops_chunks: bool = False
    cleanups: list[str] = field(default_factory=list)


def change_of(stored: Mapping[str, Any], body: DocumentChange) -> Change:
    """Return what to do; raises an error for what the rules forbid."""
    check_fixed(stored, body)
    change = Change()
    if body.name is not None and body.name != stored["name"]:
        check_extension(stored["name"], body.name)
        change.columns |= {"name": body.name, "name_key": name_key(body.name)}
    if body.meta_fields is not None:
        change.columns["meta_fields"] = body.meta_fields
    if body.enabled is not None:
        change.columns["enabled"] = bool(body.enabled)
    if change.columns:
        change.cleanups.append("facts")
    change_parsing(stored, body, change)
    return change


def change_parsing(stored: Mapping[str, Any], body: DocumentChange, change: Change) -> None:
    """Add what is said of parsing; another chunk method makes parsed chunks worthless."""
    method = body.chunk_method or stored["chunk_method"]
    method_changes = method != stored["chunk_method"]
    options = body.options()
    if method_changes or options is not UNSET:
        change.columns["parser_config"] = next_config(
            stored["parser_config"], method, options, method_changes=method_changes
        )
    if not method_changes:
        return
    if stored["run"] == RunState.RUNNING:
        raise ConflictError("Can't change `chunk_method` of a document that is being processed.")
    # The chunks become invisible with their generation, all at once.
    generation = stored["next_generation"] + 1
    change.columns |= {"chunk_method": method, **NOT_STARTED}
    change.columns |= {"generation": generation, "next_generation": generation}
    change.drops_chunks = True
    change.cleanups.append("chunks")


def check_fixed(stored: Mapping[str, Any], body: DocumentChange) -> None:
    """Refuse another value for what only the server changes."""
    for name, value in body.fixed().items():
        if value != stored[name]:
            raise RuleError(f"Can't change `{name}`.")


def check_extension(old: str, new: str) -> None:
    """Refuse a name with another extension."""
    if PurePosixPath(old).suffix.lower() != PurePosixPath(new).suffix.lower():
        raise ArgumentError("The extension of file can't be changed")


def duplicate_name() -> ConflictError:
    """Return the error for a name that another document of the dataset has."""
    return ConflictError("Duplicated document name in the same dataset.")
