"""What the pages of bots say of errors."""

from api import errors
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

OWN: Words = {
    Case(errors.MissingKeyError): Wording(
        "Authorization is not valid! Send the `beta` of an API key as `Authorization: Bearer`."
    ),
    Case(errors.InvalidKeyError): Wording("Authentication error: the token is invalid!"),
    Case(errors.NotFoundError, Kind.CHAT): Wording("There is no assistant {ids}."),
    Case(errors.NotFoundError, Kind.SESSION): Wording("You don't own the session {ids}"),
    Case(errors.BlankQuestionError): Wording("`question` is required."),
}

WORDS = extended(CODES, OWN)
