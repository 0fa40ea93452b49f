"""Defaults of chunk methods, and what updates make of options."""

from api.services.library.parser_options import deep_merged, default_config, next_config
from api.services.unset import UNSET


def test_defaults_cannot_be_changed_by_who_gets_them() -> None:
    given = default_config("naive")
    raptor = given["raptor"]
    assert isinstance(raptor, dict)
    raptor["max_token"] = 1
    assert default_config("naive") != given


def test_merging_goes_into_objects_only() -> None:
    base = {"a": {"b": 1, "c": [1]}, "d": 1}
    merged = deep_merged(base, {"a": {"c": [2]}, "d": {"e": 1}})
    assert merged == {"a": {"b": 1, "c": [2]}, "d": {"e": 1}}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 1}


def test_an_update_merges_resets_or_starts_from_the_new_method() -> None:
    stored, given = {"chunk_token_num": 9}, {"auto_keywords": 2}
    merged = next_config(stored, "naive", given, method_changes=False)
    assert merged == {"chunk_token_num": 9, "auto_keywords": 2}
    assert next_config(stored, "naive", UNSET, method_changes=False) == stored
    assert next_config(stored, "naive", {}, method_changes=False) == default_config("naive")
    assert next_config(stored, "table", given, method_changes=True) == {"auto_keywords": 2}
    assert next_config(stored, "qa", UNSET, method_changes=True) == default_config("qa")
