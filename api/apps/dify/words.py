"""What Dify's door says of errors: Dify shows the sentence to whoever tries the knowledge out."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import InvalidKeyError, MissingKeyError, NotFoundError
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

OWN: Words = {
    Case(MissingKeyError): Wording(
        "The API key of this external knowledge is missing: enter a key of Raglan, which is sent as"
        " `Authorization: Bearer <key>`.",
        1001,
    ),
    Case(InvalidKeyError): Wording("The API key of this external knowledge is not valid.", 1002),
    Case(NotFoundError, Kind.DATASET): Wording(
        "There is no dataset {ids}: the external knowledge id is the id of a dataset.", 2001
    ),
    Case(NotFound): Wording("There is no such address: the endpoint ends with /api/v1/dify.", 404),
    Case(MethodNotAllowed): Wording("Records are asked for by POST.", 405),
}

WORDS = extended(CODES, OWN)
