"""What pages of files say of errors: codes like those of HTTP, at every door."""

from api import errors
from api.http.words import Case, Wording, Words
from api.things import Kind


def file_words(*pages: str) -> Words:
    """Return the words of some pages."""
    return {case: wording for page in pages for case, wording in words_of(page).items()}


def words_of(page: str) -> Words:
    """Return the words of a page."""
    return {
        Case(errors.ArgumentError, at=page): Wording(code=400),
        Case(errors.RuleError, at=page): Wording(code=400),
        Case(errors.ForbiddenError, at=page): Wording(code=403),
        Case(errors.NotFoundError, at=page): Wording(code=404),
        Case(errors.ConflictError, at=page): Wording(code=409),
        Case(errors.ForbiddenError, Kind.FILE, page): Wording(
            "This file is a dataset's: change it there."
        ),
        Case(errors.ForbiddenError, Kind.FOLDER, page): Wording(
            "This folder is the root, or a dataset's: it cannot be changed here."
        ),
        Case(errors.NotFoundError, Kind.FILE, page): Wording("File not found!"),
        Case(errors.NotFoundError, Kind.FOLDER, page): Wording("Folder not found!"),
        Case(errors.NotFoundError, Kind.DATASET, page): Wording("Can't find the dataset {ids}."),
        Case(errors.TakenError, Kind.FILE, page): Wording(
            "Duplicated file name in the same folder."
        ),
        Case(errors.TakenError, Kind.FOLDER, page): Wording(
            "Duplicated folder name in the same folder."
        ),
    }
