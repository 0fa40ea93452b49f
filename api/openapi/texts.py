"""The documents as they go out: one of all doors, and one of each."""

from functools import cache

import orjson
from flask import Flask

from api.config.places import SHIPPED
from api.openapi.document import Description
from api.openapi.operations import Operation, operations_of
from api.openapi.sentences import sentences_of


@cache
def known_operations(app: Flask) -> list[Operation]:
    """Return what an application answers to, which is read from its pages once."""
    return operations_of(app)


@cache
def text_of(app: Flask, version: str, door: str = "") -> bytes:
    """Return the document of a door, of all doors where none is named."""
    chosen = [one for one in known_operations(app) if door in {"", one.door.name}]
    sentences = sentences_of(SHIPPED / "docs")
    return orjson.dumps(Description(chosen, sentences, version).document())
