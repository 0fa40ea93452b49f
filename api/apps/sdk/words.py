"""What the pages of RAGFlow's REST API say of errors, in its words and codes."""

from dataclasses import dataclass, replace

from api.errors import (
    BlankQuestionError,
    BusyError,
    EmptyDatasetError,
    ExpiredKeyError,
    ExtensionError,
    ForbiddenError,
    IdleError,
    InvalidKeyError,
    MissingKeyError,
    MixedModelsError,
    ModelInUseError,
    NoDatasetsError,
    NotFoundError,
    PairError,
    TakenError,
    UnsupportedTypeError,
    UnusableModelError,
    UnusableRerankerError,
    UnusedVariableError,
)
from api.http.codes import CODES
from api.http.file_words import file_words
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

NO_PERMISSION = Wording("User '{asker}' lacks permission for dataset '{ids}'", 108, 403)

OWN: Words = {
    Case(MissingKeyError): Wording(
        "`Authorization` can't be empty: send the header `Authorization: Bearer <API key>`."
    ),
    Case(InvalidKeyError): Wording("Authentication error: API key is invalid!"),
    Case(ExpiredKeyError): Wording("Authentication error: the API key has expired!"),
    Case(MixedModelsError, at="chats"): Wording(code=109),
    # Datasets.
    Case(NotFoundError, Kind.DATASET): Wording("You don't own the dataset {ids}."),
    Case(NotFoundError, Kind.DATASET, "datasets"): NO_PERMISSION,
    Case(NotFoundError, Kind.DATASET, "chats"): Wording("You don't own the dataset {ids}"),
    Case(NotFoundError, Kind.DATASET, "documents.list_documents"): Wording(
        "You don't own the dataset {ids}. "
    ),
    Case(NotFoundError, Kind.DATASET, "documents.update_document"): Wording(
        "You don't own the dataset."
    ),
    Case(NotFoundError, Kind.DATASET, "documents.download_document"): Wording(
        "You do not own the dataset {ids}."
    ),
    Case(NotFoundError, Kind.DATASET, "documents.upload_documents"): Wording(
        "Can't find the dataset with ID {ids}!"
    ),
    Case(ForbiddenError, Kind.DATASET): NO_PERMISSION,
    Case(ModelInUseError): Wording(
        "When chunk_num ({count}) > 0, embedding_model must remain {name}"
    ),
    Case(TakenError, Kind.DATASET): Wording("Dataset name '{name}' already exists"),
    # Documents.
    Case(NotFoundError, Kind.DOCUMENT): Wording("You don't own the document {ids}."),
    Case(NotFoundError, Kind.DOCUMENT, "documents.update_document"): Wording(
        "The dataset doesn't own the document."
    ),
    Case(NotFoundError, Kind.DOCUMENT, "documents.download_document"): Wording(
        "The dataset not own the document {ids}."
    ),
    Case(NotFoundError, Kind.DOCUMENT, "chunks.delete_chunks"): Wording(
        "Can't find the document with ID {ids}!"
    ),
    Case(NotFoundError, Kind.DOCUMENT, "retrieval"): Wording(
        "The datasets don't own the document {ids}"
    ),
    Case(NotFoundError, Kind.DOCUMENT, "ingest"): Wording("document not found"),
    Case(BusyError): Wording("Can't parse document that is currently being processed"),
    Case(IdleError): Wording("Cannot cancel a task that is not in RUNNING status"),
    Case(NotFoundError, Kind.FILE): Wording("The file of {ids} is not there any more."),
    Case(UnsupportedTypeError): Wording("{name}: This type of file has not been supported yet!"),
    Case(ExtensionError): Wording("The extension of file can't be changed"),
    Case(TakenError, Kind.DOCUMENT): Wording("Duplicated document name in the same dataset."),
    # Chunks.
    Case(NotFoundError, Kind.CHUNK): Wording("Can't find this chunk {ids}"),
    Case(NotFoundError, Kind.CHUNK, "chunks.get_chunk"): Wording("Chunk not found!"),
    Case(NotFoundError, Kind.CHUNK, "chunks.list_chunks"): Wording("Chunk not found!"),
    Case(NotFoundError, Kind.CHUNK, "chunks.set_availability"): Wording(
        "Chunks not found: {listed}"
    ),
    Case(PairError): Wording("Q&A must be separated by TAB/ENTER key."),
    # Chat assistants.
    Case(NotFoundError, Kind.CHAT): Wording("You don't own the chat {ids}"),
    Case(NotFoundError, Kind.CHAT, "chats"): Wording("You do not own the chat"),
    Case(NotFoundError, Kind.CHAT, "chats.get"): Wording("Chat not found!"),
    Case(NotFoundError, Kind.CHAT, "chats.list_page"): Wording("The chat doesn't exist"),
    Case(TakenError, Kind.CHAT): Wording("Duplicated chat name in updating chat."),
    Case(TakenError, Kind.CHAT, "chats.create"): Wording("Duplicated chat name in creating chat."),
    Case(EmptyDatasetError): Wording("The dataset {ids} doesn't own parsed file"),
    Case(UnusableModelError): Wording("`model_name` {name} doesn't exist"),
    Case(UnusableModelError, at="completions.talk"): Wording("`llm_id` {name} doesn't exist"),
    Case(UnusableRerankerError): Wording("`rerank_id` {name} doesn't exist"),
    Case(UnusableRerankerError, at="chats"): Wording("`rerank_model` {name} doesn't exist"),
    Case(UnusedVariableError): Wording("Parameter '{name}' is not used"),
    Case(BlankQuestionError): Wording("`question` is required."),
    Case(NoDatasetsError): Wording(
        "There is no dataset to search: name some that you may read, as `dataset_ids`."
    ),
    # Their sessions.
    Case(NotFoundError, Kind.CHAT, "sessions"): Wording("You don't own the chat"),
    Case(NotFoundError, Kind.CHAT, "sessions.put"): Wording("You do not own the session"),
    Case(NotFoundError, Kind.CHAT, "sessions.patch"): Wording("You do not own the session"),
    Case(NotFoundError, Kind.CHAT, "sessions.create"): Wording("You do not own the assistant."),
    Case(NotFoundError, Kind.CHAT, "sessions.list_page"): Wording(
        "You don't own the assistant {ids}."
    ),
    Case(NotFoundError, Kind.SESSION): Wording("You don't own the session {ids}"),
    Case(NotFoundError, Kind.MESSAGE): Wording("There is no such question, or no answer."),
    Case(NotFoundError, Kind.SESSION, "sessions"): Wording("Session does not exist"),
    Case(NotFoundError, Kind.SESSION, "sessions.create"): Wording("The session was deleted."),
    Case(NotFoundError, Kind.SESSION, "sessions.get"): Wording("Session not found!"),
}

WORDS = extended(CODES, {**OWN, **file_words("file", "files")})


@dataclass(frozen=True, slots=True)
class TallyWords:
    """What a page says when something was not done to all things that it was asked for.

    `missing` and `refused` are errors, where there are any; `one_missing` and `repeated` are said
    of each thing beside the success of the others. What has no words is passed over.
    """

    repeated: str
    one_missing: str = ""
    missing: str = ""
    refused: str = ""
    refused_code: str = ""


DOCUMENTS = TallyWords("Duplicate document ids: {id}", missing="Documents not found: {listed}")
PARSING = replace(DOCUMENTS, refused="Can't parse document that is currently being processed")

TALLIES = {
    "chats": TallyWords("Duplicate assistant ids: {id}", "Assistant({id}) not found."),
    "sessions": TallyWords("Duplicate session ids: {id}", "The chat doesn't own the session {id}"),
    "chunks": TallyWords(
        "Duplicate chunk ids: {id}", missing="rm_chunk deleted chunks {count}, expect {asked}"
    ),
    "documents": DOCUMENTS,
    "documents.parse_documents": PARSING,
    "documents.parse_and_count": PARSING,
    "documents.stop_parsing": replace(
        DOCUMENTS,
        refused="Can't stop parsing document that has not started or already completed",
        refused_code="DOC_STOP_PARSING_INVALID_STATE",
    ),
}
