"""The states of documents, tasks and chunks, in the words of the tables and of the contract."""

import re
from enum import StrEnum


class RunState(StrEnum):
    """What becomes of a document's newest run of parsing."""

    UNSTART = "UNSTART"
    RUNNING = "RUNNING"
    CANCEL = "CANCEL"
    DONE = "DONE"
    FAIL = "FAIL"


class TaskState(StrEnum):
    """Where a task is between the queue and its end."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DEAD = "dead"


class ChunkSource(StrEnum):
    """Where a chunk comes from: from a file, from a file and then changed or hidden, by hand."""

    PARSED = "parsed"
    EDITED = "edited"
    ADDED = "added"


ENDED = (TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED, TaskState.DEAD)
"""The states that a task does not leave any more."""

_VALUES = {
    state.value: state.value for kind in (RunState, TaskState, ChunkSource) for state in kind
} | {"ended": "', '".join(ENDED)}
_NAMES = re.compile(rf":({'|'.join(_VALUES)})\b")


def with_states(statement: str) -> str:
    """Return SQL in which names such as `:pending` or `:RUNNING` are the values of the states.

    `:ended` stands for all of `ENDED`, to be put between the parentheses of an IN.
    """
    return _NAMES.sub(lambda name: f"'{_VALUES[name[1]]}'", statement)
