"""The options of parsing: limits, defaults and updates."""

import pytest
from pydantic import ValidationError

from api.schemas.parser_config import DOCUMENT_METHODS, ParserConfig, options_of
from api.services.library.parser_options import default_config
from api.services.unset import UNSET
from rag.chunking.registry import implemented_methods


def test_every_method_that_is_implemented_can_be_chosen() -> None:
    assert implemented_methods() <= DOCUMENT_METHODS


def test_defaults_are_within_the_limits_of_the_contract() -> None:
    for method in DOCUMENT_METHODS - {"knowledge_graph"}:
        assert ParserConfig.model_validate(default_config(method)).given() == default_config(method)


@pytest.mark.parametrize(
    "bad",
    [
        {"auto_keywords": 33},
        {"auto_questions": 11},
        {"auto_keywords": True},
        {"topn_tags": 0},
        {"filename_embd_weight": 1.5},
        {"filename_bonus": -0.1},
        {"task_page_size": 0},
        {"pages": [["1", 2]]},
        {"overlapped_percent": 51},
        {"raptor": {"max_cluster": 1025}},
        {"raptor": {"random_seed": -1}},
        {"raptor": {"prompt": ""}},
        {"raptor": {"unknown": 1}},
        {"graphrag": {"method": "heavy"}},
        {"graphrag": {"entity_types": ["a", 1]}},
        {"html4excel": "yes"},
        {"delimiter": "\0"},
        {"language": "klingon"},
        "naive",
    ],
)
def test_options_beyond_their_limits_are_refused(bad: object) -> None:
    with pytest.raises(ValidationError):
        ParserConfig.model_validate(bad)


def test_options_at_their_limits_are_taken() -> None:
    given = {
        "auto_keywords": 32,
        "auto_questions": 10,
        "chunk_token_num": 2048,
        "delimiter": "x",
        "topn_tags": 10,
        "filename_embd_weight": None,
        "task_page_size": 1,
        "pages": [[1, 1_000_000]],
        "language": "german",
        "raptor": {"threshold": 1, "max_token": 2048},
        "graphrag": {"method": "general", "entity_types": []},
    }
    assert ParserConfig.model_validate(given).given() == given


def test_nothing_said_of_options_is_not_the_same_as_null() -> None:
    assert options_of(None, said=False) is UNSET
    assert options_of(None, said=True) == options_of(ParserConfig(), said=True) == {}
    given = ParserConfig.model_validate({"auto_keywords": 2})
    assert options_of(given, said=True) == {"auto_keywords": 2}
