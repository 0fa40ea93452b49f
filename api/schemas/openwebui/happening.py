"""What others could be told of as it happens."""

from typing_extensions import TypedDict


class HappeningAnswer(TypedDict):
    """A kind of what happens."""

    event: str
    description: str
    message: str


class CatalogueAnswer(TypedDict):
    """Of what others can be told."""

    schema: str
    events: list[HappeningAnswer]


def present_catalogue(version: str) -> CatalogueAnswer:
    """Return that nobody is told of anything."""
    return {"schema": version, "events": []}
