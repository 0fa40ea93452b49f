"""The options of parsing: limits, defaults and updates."""

import pytest
from pydantic import ValidationError

from api.schemas.sdk.parser_config import (
    DOCUMENT_METHODS,
    ParserConfig,
    deep_merged,
    default_config,
    next_config,
)
from rag.chunking.registry import implemented_methods


def test_every_method_that_is_implemented_can_be_chosen() -> None:
    assert implemented_methods() <= DOCUMENT_METHODS


def test_defaults_are_within_the_limits_of_the_contract() -> None:
    for method in DOCUMENT_METHODS - {"knowledge_graph"}:
        assert ParserConfig.model_validate(default_config(method)).given() == default_config(method)


def test_defaults_cannot_be_changed_by_who_gets_them() -> None:
    default_config("naive")["raptor"]["max_token"] = 1
    assert default_config("naive")["raptor"]["max_token"] == 256


def test_merging_goes_into_objects_only() -> None:
    base = {"a": {"b": 1, "c": [1]}, "d": 1}
    merged = deep_merged(base, {"a": {"c": [2]}, "d": {"e": 1}})
    assert merged == {"a": {"b": 1, "c": [2]}, "d": {"e": 1}}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 1}


def test_an_update_merges_resets_or_starts_from_the_new_method() -> None:
    stored = {"chunk_token_num": 9}
    given = ParserConfig.model_validate({"auto_keywords": 2})

    def after(config: ParserConfig | None, method: str = "naive", **how: bool) -> object:
        return next_config(
            stored, method, config, **{"asked": True, "method_changes": False, **how}
        )

    assert after(given) == {"chunk_token_num": 9, "auto_keywords": 2}
    assert after(None, asked=False) == stored
    assert after(None) == after(ParserConfig()) == default_config("naive")
    assert after(given, "table", method_changes=True) == {"auto_keywords": 2}
    assert after(None, "qa", asked=False, method_changes=True) == default_config("qa")


@pytest.mark.parametrize(
    "bad",
    [
        {"auto_keywords": 33},
        {"auto_questions": 11},
        {"auto_keywords": True},
        {"topn_tags": 0},
        {"filename_embd_weight": 1.5},
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
        "raptor": {"threshold": 1, "max_token": 2048},
        "graphrag": {"method": "general", "entity_types": []},
    }
    assert ParserConfig.model_validate(given).given() == given
