"""What shared pages say of errors."""

from api import errors
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

OWN: Words = {
    Case(errors.NotFoundError, Kind.SHARE): Wording(
        "There is no such page: the link is incomplete, or the page was deleted."
    ),
    Case(errors.NotFoundError, Kind.CHAT): Wording("The assistant of this page was deleted."),
    Case(errors.NotFoundError, Kind.DATASET): Wording("This assistant reads no such dataset."),
    Case(errors.NotFoundError, Kind.SESSION): Wording(
        "There is no such session on this page: begin a new one."
    ),
    Case(errors.BlankQuestionError): Wording("`question` is required."),
}

WORDS = extended(CODES, OWN)
