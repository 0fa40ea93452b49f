"""What the door of reading says of errors; who has given a file is shown the sentence."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import InvalidKeyError, MissingKeyError
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended

OWN: Words = {
    Case(MissingKeyError): Wording("You did not send an API key: `Authorization: Bearer <key>`."),
    Case(InvalidKeyError): Wording("The API key is not valid."),
    Case(NotFound): Wording("There is no such address: files are read at /process."),
    Case(MethodNotAllowed): Wording("Files are read by PUT."),
}

WORDS = extended(CODES, OWN)
