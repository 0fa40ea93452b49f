"""The states of runs on the wire: words, and the numbers that RAGFlow has for them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from api.db.models.states import RunState
from api.errors import RuleError
from rag.quoting import enumerated

RUN_WORDS: Mapping[str, RunState] = {
    "0": RunState.UNSTART,
    "1": RunState.RUNNING,
    "2": RunState.CANCEL,
    "3": RunState.DONE,
    "4": RunState.FAIL,
}
RUNS = frozenset(RunState)
NUMBERS: Mapping[str, str] = {state: number for number, state in RUN_WORDS.items()}
"""The number of each state, as text."""


def run_states(runs: Sequence[str]) -> list[str]:
    """Return the states that numbers or words name; raises RuleError."""
    words = [RUN_WORDS.get(run, run.upper()) for run in runs]
    unknown = [run for run, word in zip(runs, words, strict=True) if word not in RUNS]
    if unknown:
        raise RuleError(f"Invalid filter run status conditions: {enumerated(unknown)}")
    return words


Runs = Annotated[list[str], Field(max_length=100), AfterValidator(run_states)]
"""States to filter by, as numbers or words."""
