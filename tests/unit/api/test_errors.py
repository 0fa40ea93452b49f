"""The server's errors: each with its status and code, all of them documented."""

import re

import pytest

from api import errors
from api.config.settings import BASE_DIR
from api.errors import ConflictError, NotFoundError, RaglanError

CLASSES = [
    item
    for item in vars(errors).values()
    if isinstance(item, type) and issubclass(item, RaglanError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_the_docs_name_every_error_with_code_and_status(kind: type[RaglanError]) -> None:
    if kind is errors.StartError:
        return
    docs = (BASE_DIR / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in docs.splitlines() if line.startswith("| ")]
    assert any(
        code.strip() == str(kind.code) and str(kind.status) in statuses and kind.__name__ in names
        for code, statuses, names in rows
    ), kind


@pytest.mark.parametrize("kind", CLASSES)
def test_an_error_has_a_status_of_an_error_and_a_code(kind: type[RaglanError]) -> None:
    assert 400 <= kind.status <= 599
    assert kind.code != 0


def test_an_error_carries_its_sentence_and_what_goes_beside_it() -> None:
    error = NotFoundError("Dataset not found!", data={"id": "x"})
    assert (str(error), error.message, error.data) == ("Dataset not found!",) * 2 + ({"id": "x"},)
    assert (error.status, error.code) == (404, 102)


def test_an_error_may_have_a_code_of_its_own() -> None:
    assert ConflictError("taken", code=103).code == 103
    assert ConflictError("taken").code == 102


def test_codes_in_the_docs_are_in_order() -> None:
    docs = (BASE_DIR / "docs" / "errors.md").read_text(encoding="utf-8")
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", docs, re.MULTILINE)]
    assert codes == sorted(codes)
