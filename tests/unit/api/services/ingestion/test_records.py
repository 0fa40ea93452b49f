"""What runs know of their documents, and what is counted of them."""

from typing import Any

import pytest

from api.observability.definitions import ATTEMPTS, KNOWN
from api.services.ingestion.records import KeptByHand, Outcome, QueuedDocument, SourceDocument

DOCUMENT = SourceDocument(
    id="1" * 32,
    dataset_id="2" * 32,
    name="notes.txt",
    type="doc",
    suffix="txt",
    storage_key="key",
    content_hash="abc",
    chunk_method="naive",
    parser_config={"chunk_token_num": 512, "pages": [[1, 2]]},
    meta_fields={"shelf": "north"},
    enabled=True,
    generation=1,
    embedding_model="m@P",
)


@pytest.mark.parametrize(
    "change",
    [
        {"content_hash": "abd"},
        {"suffix": "md"},
        {"chunk_method": "one"},
        {"embedding_model": "other@P"},
        {"parser_config": {"chunk_token_num": 64, "pages": [[1, 2]]}},
        {"parser_config": {"chunk_token_num": 512, "pages": [[1, 3]]}},
        {"parser_config": {"chunk_token_num": 512, "pages": [[1, 2]], "auto_keywords": 3}},
    ],
)
def test_whatever_chunks_depend_on_changes_their_origin(change: dict[str, Any]) -> None:
    assert DOCUMENT._replace(**change).origin != DOCUMENT.origin


@pytest.mark.parametrize(
    "change",
    [
        {"id": "9" * 32, "name": "other.txt", "generation": 4},
        {"parser_config": {"chunk_token_num": 512, "pages": [[1, 2]], "raptor": {}}},
        {"enabled": False, "meta_fields": {}},
    ],
)
def test_what_chunks_do_not_depend_on_leaves_their_origin(change: dict[str, Any]) -> None:
    assert DOCUMENT._replace(**change).origin == DOCUMENT.origin


def test_what_is_counted_from_the_start_is_an_outcome() -> None:
    counted = {labels[0] for definition, labels in KNOWN if definition is ATTEMPTS}
    assert counted < {outcome.value for outcome in Outcome}


def test_what_people_made_is_told_if_there_is_any() -> None:
    assert KeptByHand(0, 0).line == ""
    assert KeptByHand(1, 2).line == "Kept chunks made by hand: 1 added, 2 changed."


@pytest.mark.parametrize(
    ("run", "generation", "stoppable"),
    [("RUNNING", 1, True), ("RUNNING", 2, False), ("DONE", 1, False), ("CANCEL", 1, False)],
)
def test_a_run_can_be_stopped_until_its_chunks_are_visible(
    run: str, generation: int, *, stoppable: bool
) -> None:
    document = QueuedDocument("d", "t", "s", run, generation, next_generation=2)
    assert document.is_stoppable is stoppable
