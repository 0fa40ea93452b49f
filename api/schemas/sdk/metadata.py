"""The metadata of a dataset's documents, on the wire."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from api.services.library.records import FieldSummary


class ShownField(TypedDict):
    """The values of a field, each with how many documents have it."""

    type: str
    values: list[tuple[str | int | float, int]]


class Summary(TypedDict):
    """The fields of metadata by name."""

    summary: dict[str, ShownField]


def present_summary(fields: Sequence[FieldSummary]) -> Summary:
    """Return what the metadata of documents hold."""
    return {
        "summary": {
            field.name: {"type": kind_of(field), "values": list(field.values)} for field in fields
        }
    }


def kind_of(field: FieldSummary) -> str:
    """Return of which kind the values of a field are."""
    return "string" if any(isinstance(value, str) for value, _ in field.values) else "number"
