"""Errors of the server: kinds with fields. How a client is told of them is each door's own matter.

`message` is a plain sentence, for logs and the command line; `api.http.words` has what doors say.
"""

import math
from typing import ClassVar

from api.things import Kind
from rag.quoting import enumerated


class RaglanError(Exception):
    """Base of every error that a request may end in; its text is a plain sentence.

    `retry_after` is after how many seconds asking again may help; 0 where it does not.
    """

    retry_after: int = 0

    form: ClassVar[str] = "This cannot be done."

    def __init__(self, message: str = "") -> None:
        """Initialize with the sentence; without one it is that of the kind."""
        super().__init__(message or self.form)
        self.message = message or self.form


class ThingError(RaglanError):
    """An error about things of one kind, which `ids` name; none where there is nothing to name."""

    with_ids: ClassVar[str] = "Something is wrong with the {kind} {ids}."
    without_ids: ClassVar[str] = "Something is wrong with the {kind}."

    def __init__(self, kind: Kind, *ids: str) -> None:
        """Initialize with what the error is about."""
        form = self.with_ids if ids else self.without_ids
        super().__init__(form.format(kind=kind, ids=enumerated(ids)))
        self.kind = kind
        self.ids = ids


class NamedError(RaglanError):
    """An error about something that has a name."""

    form: ClassVar[str] = "{name} cannot be used."

    def __init__(self, name: str) -> None:
        """Initialize with the name."""
        super().__init__(self.form.format(name=name))
        self.name = name


class NotFoundError(ThingError):
    """The things do not exist, or the asker may not see them."""

    with_ids = "There is no {kind} {ids}."
    without_ids = "There is no such {kind}."


class NoAccountError(NotFoundError):
    """No account has the address, or there is none at all."""

    with_ids = "There is no account with the address {ids}."
    without_ids = "There is no account yet: start ./entrypoint.sh, which makes the first one."


class ForbiddenError(ThingError):
    """The asker sees the things but may not do this to them."""

    with_ids = "This is not allowed with the {kind} {ids}."
    without_ids = "This is not allowed with the {kind}."


class NotAllowedError(RaglanError):
    """The asker is known but may not do this at all."""


class ScopeError(NotAllowedError):
    """The scope of the API key leaves out what is asked for; the message names the scope."""


class DeactivatedError(NotAllowedError):
    """The account was deactivated."""


class ArgumentError(RaglanError):
    """An argument is missing, malformed or out of range."""


class FieldsError(ArgumentError):
    """Fields of a request are not what they have to be; the message has a line for each."""


class RepeatedKeyError(ArgumentError):
    """An `Idempotency-Key` comes again with another request."""

    form = "This Idempotency-Key was used for another request: take a new one."


class EmailError(ArgumentError):
    """What is given is no e-mail address."""


class FieldError(ArgumentError):
    """What a field of a form is set to cannot be."""

    def __init__(self, field: str, reason: str, value: str) -> None:
        """Initialize with the field, what is wrong, and what was given."""
        super().__init__(f"{field} cannot be {value}: {reason}")
        self.field = field
        self.reason = reason
        self.value = value


class ExtensionError(ArgumentError):
    """A file is to get a name with another extension."""

    form = "The name of a file keeps its extension."


class ModelChoiceError(NamedError, ArgumentError):
    """A model or a provider cannot be used as it is named."""


class UnknownModelError(ModelChoiceError):
    """No provider has a model of this name and kind."""

    form = "Unsupported model: <{name}>"


class UnauthorizedModelError(ModelChoiceError):
    """The tenant has no account, or no key, at the provider of the model."""

    form = "Unauthorized model: <{name}>"


class UnrelayedModelError(ModelChoiceError):
    """Conversations are not handed to this model."""

    form = "{name} answers from passages alone: it takes no conversation of its own."


class UnknownProviderError(ModelChoiceError):
    """There is no provider of this name."""

    form = "There is no model provider {name}."


class KeyNeededError(ModelChoiceError):
    """The provider needs a key."""

    form = "{name} needs an API key."


class AddressNeededError(ModelChoiceError):
    """The provider has no address of its own, and none is given."""

    form = "{name} has no address of its own: give that of your endpoint."


class AuthenticationError(RaglanError):
    """Nobody is let in: the password does not match, or as the kinds of this error say."""

    reason: ClassVar[str] = "password"
    """What metrics count it as."""


class MissingKeyError(AuthenticationError):
    """A request comes without a key or token."""

    reason = "missing"


class InvalidKeyError(AuthenticationError):
    """The key or token is wrong, revoked or expired."""

    reason = "invalid"


class ExpiredKeyError(InvalidKeyError):
    """The API key has expired."""

    form = "The API key has expired: make another one."
    reason = "expired"


class ConflictError(RaglanError):
    """The state of the data forbids this now: a document is being processed."""


class RunError(ConflictError):
    """The state of documents' runs forbids this; `ids` are those of the documents."""

    state: ClassVar[str] = ""

    def __init__(self, *ids: str) -> None:
        """Initialize with the documents that are in the way."""
        super().__init__(f"These documents are {self.state}: {enumerated(ids)}.")
        self.ids = ids


class NoChangeError(ArgumentError):
    """A change changes nothing."""

    form = "No properties were modified"


class BusyError(RunError):
    """Documents are being parsed."""

    state = "being parsed"


class IdleError(RunError):
    """Documents are not being parsed."""

    state = "not being parsed"


class StillRunningError(ConflictError):
    """The request goes on that came first with the same `Idempotency-Key`."""

    retry_after = 1
    form = "A request with this Idempotency-Key goes on: ask again for its answer."


class TakenError(ConflictError):
    """Another thing of this kind has the name."""

    def __init__(self, kind: Kind, name: str) -> None:
        """Initialize with the kind and the name."""
        is_account = kind is Kind.ACCOUNT
        form = "{name} has already registered." if is_account else "The {kind} {name} exists."
        super().__init__(form.format(kind=kind, name=name))
        self.kind = kind
        self.name = name


class RuleError(RaglanError):
    """The arguments are well formed but the data's rules refuse them."""


class LackingError(NamedError, RuleError):
    """A field is missing, or has nothing in it."""

    form = "`{name}` is required."


class BlankError(NamedError, RuleError):
    """A field is to be empty, or no text."""

    form = "`{name}` can not be empty."


class FixedError(NamedError, RuleError):
    """A field is to be changed that never changes."""

    form = "`{name}` can not be change"


class FetchError(RuleError):
    """A page of the web cannot be had; the message says why."""


class MixedModelsError(RuleError):
    """Datasets that are to be searched together use different embedding models."""


class EmptyDatasetError(RuleError):
    """A dataset that is to be read holds no chunks."""

    def __init__(self, dataset_id: str) -> None:
        """Initialize with the dataset."""
        super().__init__(f"The dataset {dataset_id} holds no chunks.")
        self.ids = (dataset_id,)


class UnusableModelError(NamedError, RuleError):
    """A tenant has no such model, or no account at its provider."""

    form = "The model {name} cannot be used."


class UnusableRerankerError(NamedError, RuleError):
    """A tenant has no such rerank model, or no account at its provider."""

    form = "The rerank model {name} cannot be used."


class ModelInUseError(RuleError):
    """A dataset has chunks, whose vectors are of the model that it would no longer have."""

    def __init__(self, model: str, count: int) -> None:
        """Initialize with the model of the chunks and how many there are."""
        super().__init__(f"The dataset has {count} chunks with vectors of {model}.")
        self.name = model
        self.count = count


class PairError(RuleError):
    """A text is no pair of a question and an answer."""

    form = "There is no tab and no line end between question and answer."


class UnusedVariableError(NamedError, RuleError):
    """A prompt has no place for a variable that is required."""

    form = "The prompt has no place for the variable {name}."


class NoDatasetsError(RuleError):
    """There is no dataset that passages could come from."""

    form = "There is no dataset to search: name some that you may read."


class NoChatModelError(RuleError):
    """Something is asked for that only a chat model can say, and the tenant has none."""

    form = "This needs a chat model: choose one that answers by default."


class BlankQuestionError(RuleError):
    """A question is needed."""

    form = "There is no question."


class NotBuiltError(NamedError):
    """A part of the contract that is not built is asked for."""

    form = "{name}: this is not built here."


class NotConfiguredError(RaglanError):
    """What is asked for needs a setting that is not made, which the message names."""


class QuotaError(RaglanError):
    """A tenant or a dataset holds as much as it may."""


class TooLargeError(RaglanError):
    """The upload or body is over a limit."""


class SlowBodyError(RaglanError):
    """The body of the request does not come, or comes too slowly."""


class NoPageError(RaglanError):
    """A file has no such page, or none that can be shown as a picture; the message says why."""


class UnsupportedTypeError(NamedError):
    """Files of this kind are not supported."""

    form = "{name} is a file of a kind that cannot be read."


class UnreadableFileError(RaglanError):
    """A file cannot be turned into text; the message says why."""


class RateLimitError(RaglanError):
    """Too many attempts for now; `after` is in how many seconds there may be another."""

    def __init__(self, message: str, *, after: float) -> None:
        """Initialize with the sentence and whole seconds, at least one."""
        super().__init__(message)
        self.retry_after = max(1, math.ceil(after))


class UnavailableError(RaglanError):
    """A part that is needed for this does not answer; trying again later may help."""

    retry_after = 5


class CrowdedError(UnavailableError):
    """A place for this will be free in a moment."""

    retry_after = 1


class DiskFullError(UnavailableError):
    """A disk of the server, or that of its database, is full or down to its reserve."""

    retry_after = 60


class StartError(RaglanError):
    """The server cannot start; the message is one line that says what to do."""
