"""Errors of the engine: one tree, carrying what a caller needs to act on."""


class RagError(Exception):
    """Base of the errors that the engine raises on purpose; its text is a sentence for the user."""


class ConfigurationError(RagError, ValueError):
    """A backend name or one of its options cannot be used."""


class ParseError(RagError):
    """A file could not be turned into text; the message says why and what to do."""


class UnsupportedFormatError(ParseError):
    """No parser reads this kind of file."""


class EncryptedFileError(ParseError):
    """The file needs a password."""


class EmptyFileError(ParseError):
    """The file holds no text."""


class ParserLimitError(ParseError):
    """The parser process went over its time or memory limit and was ended."""


class ParserCrashError(ParseError):
    """The parser process died."""


class ParseCancelledError(ParseError):
    """Somebody asked for the parse to stop."""


class ModelError(RagError):
    """A model endpoint refused, failed or answered nonsense."""


class ModelUnavailableError(ModelError):
    """A model endpoint could not be reached, timed out, or asked to be left alone for now."""


class EndpointRefusalError(ModelError):
    """The endpoint does not accept the request; `status` is the HTTP status it gave."""

    def __init__(self, message: str, status: int) -> None:
        """Initialize with the status."""
        super().__init__(message)
        self.status = status


class DimensionMismatchError(ModelError, ValueError):
    """Vectors have another length than the dataset holds."""

    def __init__(self, model: str, expected: int, actual: int) -> None:
        """Initialize with both lengths, in numbers of components."""
        super().__init__(
            f"Model {model} gives vectors of {actual} dimensions, but the dataset holds {expected}."
        )
        self.model = model
        self.expected = expected
        self.actual = actual


class MissingVariableError(RagError, LookupError):
    """A variable of a prompt has no value and is not optional."""

    def __init__(self, key: str) -> None:
        """Initialize with the variable's name."""
        super().__init__(f"The prompt's variable {key} has no value: send one with the question.")
        self.key = key


class StorageError(RagError):
    """The object store could not carry out an operation."""


class StorageFullError(StorageError):
    """The disk of the object store is full."""


class ObjectNotFoundError(StorageError, LookupError):
    """No object has this key."""

    def __init__(self, key: str) -> None:
        """Initialize with the key."""
        super().__init__(f"No stored object has the key {key}.")
        self.key = key


class ChunkStoreError(RagError):
    """The chunk store could not carry out an operation."""


class ChunkStoreMovedError(ChunkStoreError):
    """What the chunk store holds was moved to another."""

    def __init__(self, url: str) -> None:
        """Initialize with the address of the other, which may hold a password."""
        super().__init__(
            "The chunk store was moved to another: give its address as chunk_store.url."
        )
        self.url = url


class ChunkStoreFullError(ChunkStoreError):
    """The disk of the chunk store is full."""
