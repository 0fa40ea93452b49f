"""What the door of Open WebUI's API says of errors; its front end shows the sentence as it is."""

from werkzeug.exceptions import MethodNotAllowed, NotFound

from api.errors import (
    AuthenticationError,
    FieldsError,
    ForbiddenError,
    InvalidKeyError,
    MissingKeyError,
    NotFoundError,
)
from api.http.codes import CODES
from api.http.words import Case, Wording, Words, extended
from api.sign_in_errors import CodeNeededError
from api.things import Kind

NO_PROVIDER = Wording("There is no provider {each[0]} here.")

OWN: Words = {
    Case(FieldsError): Wording(status=422),
    Case(MissingKeyError): Wording(
        "Sign in first: the request carries no token and no API key.", status=401
    ),
    Case(InvalidKeyError): Wording(
        "Your session has ended, or the key is not valid: sign in.", status=401
    ),
    Case(AuthenticationError, None, "auths.sign_in"): Wording(status=400),
    Case(AuthenticationError, None, "entering.enter_by_directory"): Wording(status=400),
    Case(AuthenticationError, None, "auths.change_password"): Wording(status=400),
    Case(CodeNeededError): Wording(
        "This account has a second factor, which this page does not ask for: sign in at /console.",
        status=403,
    ),
    Case(ForbiddenError, Kind.ACCOUNT): Wording(
        "The account waits for an administrator to approve it."
    ),
    Case(NotFoundError, Kind.CHANNEL): Wording("There is no channel {ids}."),
    Case(NotFoundError, Kind.WEBHOOK): Wording("There is no webhook {ids}."),
    Case(ForbiddenError, Kind.CONVERSATION): Wording(
        "This chat is somebody else's, who has not let you do that."
    ),
    Case(ForbiddenError, Kind.CHANNEL): Wording("Whoever manages this channel may do that alone."),
    Case(ForbiddenError, Kind.MESSAGE): Wording("Who wrote a message may do that alone."),
    Case(NotFoundError, Kind.CONVERSATION): Wording("There is no chat {ids}."),
    Case(NotFoundError, Kind.CHANNEL, "entering.depart"): NO_PROVIDER,
    Case(NotFoundError, Kind.CHANNEL, "entering.come_back"): NO_PROVIDER,
    Case(NotFoundError, Kind.MESSAGE): Wording("There is no message {ids} here."),
    Case(NotFoundError, Kind.DATASET): Wording("There is no knowledge base {ids}."),
    Case(NotFoundError, Kind.FILE): Wording("There is no file {ids}."),
    Case(NotFoundError, Kind.MEMORY): Wording("There is no memory {ids}."),
    Case(NotFoundError, Kind.NOTE): Wording("There is no note {ids}."),
    Case(NotFoundError, Kind.PROMPT): Wording("There is no prompt {ids}."),
    Case(NotFoundError, Kind.RATING): Wording("There is no rating {ids}."),
    Case(NotFoundError, Kind.CHAT): Wording("There is no model {ids}.", status=400),
    Case(NotFound): Wording("There is no such address."),
    Case(MethodNotAllowed): Wording("This address does not answer to this method."),
}

WORDS = extended(CODES, OWN)
