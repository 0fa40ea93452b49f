"""What is taken of a RAGFlow server's answers, and what is left out by name."""

import pytest
from pydantic import ValidationError

from api.cli.importing.accepting import accepted
from api.cli.importing.chats import less, placed
from api.cli.importing.contracts import REST, contract_of
from api.cli.importing.copying import by_people
from api.cli.importing.records import SourceChat, SourceChunk, SourceDocument, SourceMessage
from api.cli.importing.remote import SourceError
from api.cli.importing.source import told
from api.errors import MixedModelsError, RuleError, UnusableModelError
from api.schemas.sdk.dataset import DatasetRequest


def chunk(identity: str, **fields: object) -> SourceChunk:
    return told(SourceChunk, {"id": identity, "content": identity, **fields})


def ids(chunks: list[SourceChunk]) -> list[str]:
    return [item.id for item in chunks]


def test_settings_that_are_unknown_or_wrong_are_named_and_left_out() -> None:
    given = {
        "name": "handbook",
        "chunk_method": "resume",
        "pipeline_id": "p",
        "parser_config": {"chunk_token_num": 99_999, "html4excel": True, "raptor": {"x": 1}},
    }
    request, reasons = accepted(DatasetRequest, given)
    assert (request.name, request.chunk_method) == ("handbook", "naive")
    assert request.parser_config is not None
    assert request.parser_config.given() == {"html4excel": True, "raptor": {}}
    assert sorted(reason.partition(":")[0] for reason in reasons) == [
        "chunk_method",
        "parser_config.chunk_token_num",
        "parser_config.raptor.x",
        "pipeline_id",
    ]
    assert given["chunk_method"] == "resume"


def test_what_means_nothing_is_left_out_without_a_word() -> None:
    assert accepted(DatasetRequest, {"name": "a", "pipeline_id": None, "parse_type": 0})[1] == []


def test_a_thing_without_what_it_needs_is_refused() -> None:
    with pytest.raises(ValidationError, match="name"):
        accepted(DatasetRequest, {"avatar": ""})


def test_raglan_tells_who_made_a_chunk() -> None:
    chunks = [
        chunk("a", source="parsed", important_keywords=["x"]),
        chunk("b", source="edited"),
        chunk("c", source="added"),
        chunk("d", source="parsed", available=False),
    ]
    assert ids(by_people(chunks, {})) == ["b", "c", "d"]


def test_ragflow_does_not_tell_who_made_a_chunk() -> None:
    place = [[1, 2, 3, 4, 5]]
    chunks = [
        chunk("a", positions=place),
        chunk("b", positions=place, questions=["Why?"]),
        chunk("c", positions=""),
        chunk("d", positions=place, available=0),
    ]
    assert ids(by_people(chunks, {"auto_questions": 0})) == ["b", "c", "d"]
    assert ids(by_people(chunks, {"auto_questions": 2})) == ["c", "d"]


def test_the_datasets_of_an_assistant_are_told_in_two_ways() -> None:
    old = told(SourceChat, {"id": "1", "name": "x", "fields": {"datasets": [{"id": "d"}]}})
    new = told(SourceChat, {"id": "1", "name": "x", "fields": {"dataset_ids": ["d"]}})
    assert old.dataset_ids == new.dataset_ids == ["d"]


@pytest.mark.parametrize(
    ("chats", "name", "model"),
    [
        ([], "classic", "bge@x@Local@Builtin"),
        ([{"id": "1"}], "classic", "bge@x@Local@Builtin"),
        (None, "classic", "bge@x@Local@Builtin"),
        ({"chats": [], "total": 0}, "rest", "bge@x@Builtin"),
    ],
)
def test_the_form_of_a_list_tells_the_contract_and_how_models_are_named(
    chats: object, name: str, model: str
) -> None:
    contract = contract_of(chats)
    item = {"id": "1", "embedding_model": "bge@x@Local@Builtin", "llm_id": None}
    assert contract.name == name
    assert contract.fields(item) == {"id": "1", "embedding_model": model, "llm_id": None}


@pytest.mark.parametrize("name", ["glm-4", "glm-4@ZHIPU-AI", ""])
def test_a_name_without_an_instance_stays(name: str) -> None:
    assert REST.fields({"llm_id": name}) == {"llm_id": name}


def test_the_state_of_a_document_is_told_in_two_ways() -> None:
    states = ("DONE", "3", "UNSTART", "1", 3, None)
    found = [told(SourceDocument, {"id": "1", "name": "x", "run": run}) for run in states]
    assert [item.is_parsed for item in found] == [True, True, False, False, True, False]


def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(SourceError, match=r"7 in another form: name"):
        told(SourceDocument, {"id": "7"})


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (UnusableModelError("m"), {"llm", "dataset_ids", "rerank_id"}),
        (MixedModelsError("mixed"), {"llm_id", "llm", "rerank_id"}),
        (RuleError("rerank"), {"llm_id", "llm", "dataset_ids"}),
    ],
)
def test_of_a_refused_assistant_what_the_error_is_about_is_left_out(
    error: RuleError, left: set[str]
) -> None:
    given = {"llm_id": "m", "llm": {"top_p": 1}, "dataset_ids": ["d"], "rerank_id": "r"}
    assert set(less(given, error)) == left


def test_an_error_about_nothing_that_can_be_left_out_stays() -> None:
    with pytest.raises(RuleError, match="name"):
        less({"llm": {}}, RuleError("name"))


def test_messages_get_the_places_that_they_have_here() -> None:
    roles = ("assistant", "user", "assistant", "user", "user", "system", "assistant")
    messages = [SourceMessage(role=role, content=role) for role in roles]
    assert [place for place, _ in placed(messages)] == [0, 1, 2, 3, 5, 6]
    assert [place for place, _ in placed(messages[1:3])] == [1, 2]
