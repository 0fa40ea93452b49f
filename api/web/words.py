"""The words of the pages that are made here, from the same files as those of the modules."""

from collections.abc import Callable
from functools import cache

import orjson

from api.web.files import words_path

AREA = "entrance"


@cache
def words(language: str) -> dict[str, str]:
    """Return the words in a language."""
    found: dict[str, str] = orjson.loads(words_path(language, AREA).read_bytes())
    return found


def problem_said(problem: str) -> str:
    """Return in English why somebody is not signed in."""
    return texts("en")(f"problem_{problem}")


def texts(language: str) -> Callable[[str], str]:
    """Return what looks up a text by its name."""
    return words(language).__getitem__
