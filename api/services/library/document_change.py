"""What a change of a document means for its row, its chunks and the chunk store."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from api.db.models.states import RunState
from api.errors import ConflictError, ExtensionError, RuleError
from api.services.library.names import name_key
from api.services.library.parser_options import name_weight_in, next_config
from api.services.library.records import CleanupKind, DocumentState
from api.services.library.values import DocumentChange
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
    """Columns to write, what is to be cleaned up, and the generation that drops parsed chunks.

    `generation` is None where the chunks stay; `embeds_again` tells whether the vectors of those
    that stay become others.
    """

    columns: dict[str, object] = field(default_factory=dict)
    cleanups: list[CleanupKind] = field(default_factory=list)
    generation: int | None = None
    embeds_again: bool = False


def change_of(stored: DocumentState, asked: DocumentChange) -> Change:
    """Return what to do; raises an error for what the rules forbid."""
    check_fixed(stored, asked)
    change = Change()
    if asked.name is not UNSET and asked.name != stored.name:
        check_extension(stored.name, asked.name)
        change.columns |= {
            "name": asked.name,
            "name_key": name_key(asked.name),
            "sent_name": "",
        }
        if name_weight_in(stored.parser_config):
            change.columns["origin"] = ""
            change.embeds_again = True
    if asked.meta_fields is not UNSET:
        change.columns["meta_fields"] = asked.meta_fields
    if asked.enabled is not UNSET:
        change.columns["enabled"] = asked.enabled
    if change.columns:
        change.cleanups.append(CleanupKind.FACTS)
    change_parsing(stored, asked, change)
    return change


def change_parsing(stored: DocumentState, asked: DocumentChange, change: Change) -> None:
    """Add what is said of parsing; another chunk method makes parsed chunks worthless."""
    method = stored.chunk_method if asked.chunk_method is UNSET else asked.chunk_method
    method_changes = method != stored.chunk_method
    if method_changes or asked.options is not UNSET:
        change.columns["parser_config"] = next_config(
            stored.parser_config, method, asked.options, method_changes=method_changes
        )
    if not method_changes:
        return
    if stored.run == RunState.RUNNING:
        raise ConflictError("Can't change `chunk_method` of a document that is being processed.")
    # The chunks become invisible with their generation, all at once.
    change.generation = stored.next_generation + 1
    change.columns |= {"chunk_method": method, **NOT_STARTED}
    change.columns |= {"generation": change.generation, "next_generation": change.generation}
    change.cleanups.append(CleanupKind.CHUNKS)


def check_fixed(stored: DocumentState, asked: DocumentChange) -> None:
    """Refuse another value for what only the server changes."""
    for name, value in asked.repeated.items():
        if value != getattr(stored, name):
            raise RuleError(f"Can't change `{name}`.")


def check_extension(old: str, new: str) -> None:
    """Refuse a name with another extension."""
    if PurePosixPath(old).suffix.lower() != PurePosixPath(new).suffix.lower():
        raise ExtensionError
