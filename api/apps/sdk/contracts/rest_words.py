"""What the pages of RAGFlow's REST API say of errors in the later contract."""

from dataclasses import replace

from api import errors
from api.apps.sdk.words import DOCUMENTS, TallyWords
from api.apps.sdk.words import NO_PERMISSION as CLASSIC_NO_PERMISSION
from api.apps.sdk.words import TALLIES as CLASSIC_TALLIES
from api.apps.sdk.words import WORDS as CLASSIC_WORDS
from api.errors import NotFoundError, TakenError
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

NO_PERMISSION = replace(CLASSIC_NO_PERMISSION, code=102)
UNKNOWN_DATASET = replace(NO_PERMISSION, status=404)
NO_AUTHORIZATION = Wording("no authorization", 109)

OWN: Words = {
    Case(errors.AuthenticationError): Wording(code=401),
    Case(errors.MissingKeyError): Wording(
        "Unauthorized: send the header `Authorization: Bearer <API key>`."
    ),
    Case(errors.InvalidKeyError): Wording("Unauthorized: the API key is invalid."),
    Case(errors.FieldsError, at="documents.update_document"): Wording(code=102),
    Case(errors.LackingError): Wording("`{name}` is required"),
    Case(errors.BlankError): Wording("`{name}` can not be empty"),
    Case(errors.FixedError): Wording("`{name}` cannot be changed"),
    Case(errors.NoChangeError): Wording("no properties were modified"),
    # Datasets.
    Case(NotFoundError, Kind.DATASET): Wording("you don't own the dataset {ids}"),
    Case(NotFoundError, Kind.DATASET, "datasets"): UNKNOWN_DATASET,
    Case(NotFoundError, Kind.DATASET, "chats"): Wording("you don't own the dataset {ids}"),
    Case(NotFoundError, Kind.DATASET, "documents.list_documents"): Wording(
        "you don't own the dataset {ids}"
    ),
    Case(NotFoundError, Kind.DATASET, "documents.update_document"): Wording(
        "you don't own the dataset"
    ),
    Case(NotFoundError, Kind.DATASET, "documents.download_document"): Wording(
        "you do not own the dataset {ids}"
    ),
    Case(errors.ForbiddenError, Kind.DATASET): NO_PERMISSION,
    # Documents.
    Case(NotFoundError, Kind.DOCUMENT): Wording("you don't own the document {ids}"),
    Case(NotFoundError, Kind.DOCUMENT, "documents.update_document"): Wording(
        "the dataset doesn't own the document"
    ),
    Case(NotFoundError, Kind.DOCUMENT, "documents.download_document"): Wording(
        "document not found"
    ),
    Case(NotFoundError, Kind.DOCUMENT, "retrieval"): Wording(
        "the datasets don't own the document {ids}"
    ),
    # Chat assistants.
    Case(NotFoundError, Kind.CHAT): Wording("you don't own the chat {ids}"),
    Case(NotFoundError, Kind.CHAT, "chats"): NO_AUTHORIZATION,
    Case(NotFoundError, Kind.CHAT, "chats.get"): NO_AUTHORIZATION,
    Case(TakenError, Kind.CHAT): Wording("duplicated chat name in updating chat"),
    Case(TakenError, Kind.CHAT, "chats.create"): Wording("duplicated chat name in creating chat"),
    Case(errors.UnusableModelError): Wording("`llm_id` {name} doesn't exist"),
    Case(errors.UnusableRerankerError, at="chats"): Wording("`rerank_id` {name} doesn't exist"),
    # Their sessions.
    Case(NotFoundError, Kind.CHAT, "sessions"): NO_AUTHORIZATION,
    Case(NotFoundError, Kind.CHAT, "sessions.create"): NO_AUTHORIZATION,
    Case(NotFoundError, Kind.CHAT, "sessions.list_page"): NO_AUTHORIZATION,
    Case(NotFoundError, Kind.SESSION): Wording("you don't own the session {ids}"),
    Case(NotFoundError, Kind.SESSION, "sessions"): Wording("Session not found!"),
}

WORDS = extended(CLASSIC_WORDS, OWN)

TALLIES = {
    **CLASSIC_TALLIES,
    "chats": TallyWords("Duplicate chat ids: {id}", "Chat({id}) not found."),
    "sessions": TallyWords("Duplicate session ids: {id}", "the chat doesn't own the session {id}"),
    "documents": replace(
        DOCUMENTS,
        missing="These documents do not belong to dataset {dataset_id}: {listed}",
    ),
}
