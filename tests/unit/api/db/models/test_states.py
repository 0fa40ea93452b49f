"""The states in SQL, and that nobody spells them elsewhere."""

import re
from pathlib import Path

from api.db.models.states import ENDED, ChunkSource, RunState, TaskState, with_states

ROOT = Path(__file__).parents[5]
"""The folder of the project."""

STATES = "|".join([*RunState, *TaskState, *ChunkSource])
COMPARED = re.compile(
    rf"""\b(?:state|run|source)["']?\]?\s*(?:[=!]=|=|<>|\bIN|\bin)\s*[\[({{]*\s*["'](?:{STATES})["']"""
)


def test_names_in_sql_are_the_values_of_the_states() -> None:
    assert with_states("state = :pending AND run = :RUNNING AND a < :now") == (
        "state = 'pending' AND run = 'RUNNING' AND a < :now"
    )


def test_a_name_that_only_begins_like_a_state_stays() -> None:
    assert with_states(":done_at :donen") == ":done_at :donen"


def test_all_states_of_the_end_are_named_at_once() -> None:
    assert with_states("state IN (:ended)") == "state IN ('done', 'failed', 'cancelled', 'dead')"
    assert set(TaskState) - set(ENDED) == {TaskState.PENDING, TaskState.RUNNING}


def test_states_are_texts() -> None:
    assert f"{RunState.DONE}" == "DONE" == RunState.DONE
    assert str(TaskState.DEAD) == "dead"


def test_no_state_is_compared_with_a_text() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "api").rglob("*.py"))
        if path.parent.name != "migrations"
        for line in path.read_text().splitlines()
        if COMPARED.search(line)
    ]
    assert found == []
