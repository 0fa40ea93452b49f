"""The name of a document in the vectors of its chunks."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from rag.llm.vectors import unit_rows
from rag.types import DocumentFacts, Matrix

Embed = Callable[[Sequence[str]], Matrix]
"""Makes vectors of texts."""

JOINTS = re.compile(r"[\W_]+")
"""What stands between the words of a name."""


def with_name(vectors: Matrix, document: DocumentFacts, embed: Embed) -> Matrix:
    """Return vectors of unit length, drawn to that of the document's name by its weight.

    `embed` is asked for the vector of the name where it has a weight.
    """
    weight, name = document.name_weight, spoken(document.name)
    if not weight or not name:
        return vectors
    return unit_rows((1 - weight) * unit_rows(vectors) + weight * unit_rows(embed([name])))


def spoken(name: str) -> str:
    """Return a name as its words, without the kind of the file."""
    return JOINTS.sub(" ", PurePosixPath(name).stem).strip()
