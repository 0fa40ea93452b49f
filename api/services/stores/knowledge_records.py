"""Files and knowledge bases as the services return them. Times are in ms since the epoch."""

from dataclasses import dataclass
from typing import NamedTuple

from api.db.models.states import RunState
from api.services.accounts.grant_records import GrantRecord
from api.services.library.records import DatasetRecord, DocumentRecord
from api.services.stores.references import Form


class KeptFile(NamedTuple):
    """A file of a tenant, or a document of a dataset that was made of none.

    `document` is what is searched of it, if it is to be: of several, one that is parsed.
    """

    id: str
    user_id: str
    name: str
    size: int
    content_hash: str
    create_time: int
    update_time: int
    document: DocumentRecord | None = None

    @property
    def run(self) -> str:
        """Return how far its parsing is, a RunState."""
        return self.document.run if self.document else RunState.UNSTART

    @property
    def is_settled(self) -> bool:
        """Return whether its parsing is over, however it ended, or was never asked for."""
        waits = {RunState.UNSTART, RunState.RUNNING}
        return self.document is None or self.document.run not in waits

    @property
    def error(self) -> str:
        """Return why it cannot be searched; empty where nothing has failed."""
        failed = self.run in {RunState.FAIL, RunState.CANCEL}
        return (self.document.progress_msg if self.document else "") if failed else ""


class FilePage(NamedTuple):
    """Some files, and how many there are in all."""

    files: list[KeptFile]
    total: int


class PersonRecord(NamedTuple):
    """Whose something is, as others see it."""

    id: str
    name: str
    email: str
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base, which is a dataset: whose it is, and what the asker may do with it.

    `grants` are told to those who may change them.
    """

    dataset: DatasetRecord
    owner: PersonRecord | None
    is_writable: bool
    grants: tuple[GrantRecord, ...] = ()


class BasePage(NamedTuple):
    """Some knowledge bases, and how many there are in all."""

    bases: list[Base]
    total: int


NO_BASES = BasePage([], 0)


class Passage(NamedTuple):
    """A passage of a file; `similarity` is 1 where the whole file was wanted."""

    text: str
    similarity: float
    page: int = 0
    document_id: str = ""


class GatheredFile(NamedTuple):
    """What is read of a file for a question; a text has neither an id nor a dataset.

    `url` is where a page of the web was fetched. A chat has an id, and no dataset.
    """

    file_id: str
    name: str
    dataset_id: str
    passages: tuple[Passage, ...]
    url: str = ""
    form: Form = Form.FILE


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is read for a question, and why some of it is not."""

    files: tuple[GatheredFile, ...] = ()
    remarks: tuple[str, ...] = ()
