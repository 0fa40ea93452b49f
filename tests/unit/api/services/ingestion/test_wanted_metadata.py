"""Which metadata a model is to find, and what is taken of its answer."""

from typing import Any

import pytest

from api.services.ingestion.wanted_metadata import (
    WantedField,
    described,
    found_values,
    wanted_fields,
)

AUTO = '{"enabled": true, "fields": [{"name": "author"}]}'
OFF = '{"enabled": false, "fields": [{"name": "author"}]}'
OWN = [{"name": "year", "type": "number"}]


@pytest.mark.parametrize(
    ("config", "auto", "names"),
    [
        ({}, "", None),
        ({}, OFF, None),
        ({}, AUTO, ["author"]),
        ({"enable_metadata": False}, AUTO, None),
        ({"enable_metadata": True}, OFF, ["author"]),
        ({"enable_metadata": True, "metadata": OWN}, AUTO, ["year"]),
        ({"metadata": OWN}, AUTO, ["author"]),
        ({"metadata": OWN}, OFF, None),
        ({"enable_metadata": True}, "", []),
        ({"enable_metadata": True, "metadata": {"type": "object"}}, "", []),
    ],
)
def test_the_document_has_the_last_word(
    config: dict[str, Any], auto: str, names: list[str] | None
) -> None:
    fields = wanted_fields(config, auto)
    assert (None if fields is None else [field.name for field in fields]) == names


FIELDS = (
    WantedField("author"),
    WantedField("year", "number"),
    WantedField("signed", "time"),
    WantedField("tags", "list"),
    WantedField("kind", only=("Law", "Bill")),
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('```json\n{"author": " Ada ", "other": 1}\n```', {"author": "Ada"}),
        ('{"year": "1,999", "author": 7}', {"author": "7", "year": 1999}),
        ('{"year": 2.5, "signed": "2026-01-31"}', {"year": 2.5, "signed": "2026-01-31"}),
        ('{"year": true, "signed": "in May", "author": "unknown"}', {}),
        ('{"year": "NaN", "author": null, "tags": []}', {}),
        ('{"tags": ["a", "b", "a", {}], "kind": "law"}', {"tags": ["a", "b"], "kind": "Law"}),
        ('{"tags": "a", "kind": "letter"}', {"tags": ["a"]}),
        ("I found nothing.", {}),
        ('{"author": ', {}),
        ('["author"]', {}),
    ],
)
def test_what_fits_is_taken(said: str, found: dict[str, object]) -> None:
    assert found_values(said, FIELDS) == found


def test_a_model_is_told_what_there_is_to_say() -> None:
    assert described(FIELDS[-1:]) == '{"name":"kind","type":"string","only":["Law","Bill"]}'
