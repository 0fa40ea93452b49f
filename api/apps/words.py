"""What the console's pages say of errors, where RAGFlow's have words or codes of their own."""

from api import errors
from api.http.codes import CODES
from api.http.file_words import file_words
from api.http.words import Case, Wording, Words, extended
from api.things import Kind

ONLY_OWNER = Wording("Only owner of knowledgebase authorized for this operation.", 103, 403)

NO_DATASET = Wording("Can't find this knowledgebase!", 102)

OWN: Words = {
    Case(errors.MissingKeyError): Wording(
        "No authorization: sign in, then send the session token as `Authorization`.", 401
    ),
    Case(errors.InvalidKeyError): Wording(
        "The session is invalid or has expired: sign in again.", 401
    ),
    Case(errors.DeactivatedError): Wording(
        "This account has been disabled, please contact the administrator!", 403
    ),
    Case(errors.ForbiddenError, Kind.ACCOUNT): Wording(
        "The account waits for an administrator to approve it.", 403
    ),
    Case(errors.NotAllowedError, at="user.register"): Wording("User registration is disabled!"),
    Case(errors.AuthenticationError, at="user.login"): Wording("Email and password do not match!"),
    Case(errors.AuthenticationError, at="user.setting"): Wording("Password error!"),
    Case(errors.FieldError): Wording("Field: <{field}> - Message: <{reason}> - Value: <{value}>"),
    Case(errors.EmailError): Wording(code=103),
    Case(errors.TakenError, Kind.ACCOUNT): Wording("Email: {name} has already registered!", 103),
    Case(errors.NotFoundError, Kind.ACCOUNT): Wording("User not found!"),
    Case(errors.NotBuiltError): Wording("{name}: Raglan has none of this."),
    Case(errors.NotFoundError, Kind.CHANNEL): Wording(
        "There is no sign-in through {each[0]} here: use e-mail address and password."
    ),
    Case(errors.NotFoundError, Kind.TENANT): Wording("Tenant not found!"),
    # Datasets.
    Case(errors.NotFoundError, Kind.DATASET): Wording("No authorization.", 109),
    Case(errors.NotFoundError, Kind.DATASET, "kb.detail"): ONLY_OWNER,
    Case(errors.ForbiddenError, Kind.DATASET): ONLY_OWNER,
    Case(errors.TakenError, Kind.DATASET): Wording("Duplicated knowledgebase name."),
    Case(errors.ModelInUseError): Wording(
        "When chunk_num ({count}) > 0, embedding_model must remain {name}"
    ),
    # Documents.
    Case(errors.NotFoundError, Kind.DATASET, "document.list_documents"): ONLY_OWNER,
    Case(errors.NotFoundError, Kind.DATASET, "document.upload"): NO_DATASET,
    Case(errors.NotFoundError, Kind.DATASET, "document.create"): NO_DATASET,
    Case(errors.NotFoundError, Kind.DOCUMENT, "document"): Wording("No authorization.", 109),
    Case(errors.UnsupportedTypeError): Wording(
        "{name}: This type of file has not been supported yet!"
    ),
    Case(errors.ExtensionError): Wording("The extension of file can't be changed"),
    Case(errors.TakenError, Kind.DOCUMENT): Wording(
        "Duplicated document name in the same knowledgebase."
    ),
    Case(errors.BusyError): Wording("Can't parse document that is currently being processed"),
    Case(errors.IdleError): Wording("Cannot cancel a task that is not in RUNNING status"),
    # Chunks.
    Case(errors.NotFoundError, Kind.DATASET, "chunk.retrieval_test"): ONLY_OWNER,
    Case(errors.NotFoundError, Kind.DOCUMENT, "chunk"): Wording("Document not found!"),
    Case(errors.NotFoundError, Kind.DOCUMENT, "chunk.set_chunk"): Wording("Tenant not found!"),
    Case(errors.NotFoundError, Kind.DOCUMENT, "chunk.retrieval_test"): Wording(
        "The datasets don't own the document {ids}"
    ),
    Case(errors.NotFoundError, Kind.CHUNK): Wording("Chunk not found!"),
    Case(errors.NotFoundError, Kind.CHUNK, "chunk.rm"): Wording("Index updating failure"),
    Case(errors.PairError): Wording("Q&A must be separated by TAB/ENTER key."),
    # Models.
    Case(errors.UnknownProviderError): Wording(
        "There is no model provider {name}: /v1/llm/factories lists those that there are."
    ),
    Case(errors.KeyNeededError): Wording("{name} needs an API key: give one as `api_key`."),
    Case(errors.AddressNeededError): Wording(
        "{name} has no address of its own: give that of your endpoint, as `base_url` or `api_base`."
    ),
    # Assistants, their sessions and what is said in them.
    Case(errors.NotFoundError, Kind.CHAT): Wording("Dialog not found"),
    Case(errors.NotFoundError, Kind.CHAT, "dialog.rm"): Wording(
        "Only owner of dialog authorized for this operation.", 103, 403
    ),
    Case(errors.NotFoundError, Kind.SESSION): Wording("Conversation not found!"),
    Case(errors.NotFoundError, Kind.MESSAGE): Wording("There is no such question, or no answer."),
    Case(errors.TakenError, Kind.SESSION): Wording("There is a conversation {name} already."),
    Case(errors.NotFoundError, Kind.SEARCH_APP): Wording("There is no such search app."),
    Case(errors.TakenError, Kind.SEARCH_APP): Wording("There is a search app {name} already."),
    Case(errors.NoDatasetsError): Wording(
        "There is no dataset to search: name some that you may read, as `kb_ids`."
    ),
    Case(errors.NoDatasetsError, at="document_chat"): Wording(
        "Choose a dataset for the assistant first: it keeps the files."
    ),
    Case(errors.UnusedVariableError): Wording("Parameter '{name}' is not used"),
    Case(errors.NoDatasetsError, at="dialog"): Wording(
        "Please remove `{{knowledge}}` in system prompt, as no dataset is chosen."
    ),
    Case(errors.UnusableModelError): Wording("`llm_id` {name} doesn't exist"),
    Case(errors.UnusableRerankerError): Wording("`rerank_id` {name} doesn't exist"),
    Case(errors.BlankQuestionError): Wording("`question` is required."),
    Case(errors.NotFoundError, Kind.MODEL): Wording("There is no model {each[0]} at {each[1]}."),
}

WORDS = extended(CODES, {**OWN, **file_words("file", "file2document")})
