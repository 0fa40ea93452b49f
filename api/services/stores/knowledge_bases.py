"""Knowledge bases: datasets as those know them who share them by grants."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.db.models.states import RunState
from api.services.accounts.access import Right, granted, right_of
from api.services.accounts.grant_queries import list_grants
from api.services.accounts.records import Principal
from api.services.ingestion.parsing import ParsingService
from api.services.library.build import LibraryServices
from api.services.library.records import DatasetRecord
from api.services.library.values import DocumentFilter, NewDataset, Page
from api.services.stores.knowledge_files import KnowledgeFiles, of_document, uploads_id
from api.services.stores.knowledge_records import Base, BasePage, FilePage, KeptFile
from api.services.stores.knowledge_values import Wanted, Whose
from api.services.stores.queries import knowledge as queries
from api.services.stores.values import Attachment
from api.things import Kind

MOST_PENDING = 1000
FILES_AT_ONCE = 500


class KnowledgeBases:
    """Keeps knowledge bases and what is in them; each is a dataset."""

    def __init__(
        self,
        files: KnowledgeFiles,
        library: LibraryServices,
        parsing: ParsingService,
    ) -> None:
        """Initialize with the parts."""
        self.database: Database = files.database
        self.files = files
        self.datasets = library.datasets
        self.documents = library.documents
        self.parsing = parsing

    @connected
    def list_page(
        self, asker: Principal, wanted: Wanted, whose: Whose = Whose.EVERYBODY
    ) -> BasePage:
        """Return some of the knowledge bases that the asker may read."""
        found, total = queries.bases(self.database, asker, wanted, whose, uploads_id(asker))
        owners = queries.people(self.database, [one.created_by for one in found])
        held = {one.id: right_of(asker, one) for one in found}
        others = [key for key, right in held.items() if right < Right.CHANGE]
        given = granted(self.database, asker, Kind.DATASET, others)
        shown = [
            Base(
                one,
                owners.get(one.created_by),
                max(held[one.id], given.get(one.id, Right.NONE)) >= Right.CHANGE,
            )
            for one in found
        ]
        return BasePage(shown, total)

    @connected
    def get(self, asker: Principal, dataset_id: str) -> Base:
        """Return a knowledge base that the asker may read; raises NotFoundError."""
        found = self.datasets.checked(asker, dataset_id, Right.READ)
        return self.shown(asker, found)

    def shown(self, asker: Principal, found: DatasetRecord) -> Base:
        """Within a connection: return a dataset as a knowledge base."""
        given = granted(self.database, asker, Kind.DATASET, [found.id]).get(found.id, Right.NONE)
        right = max(right_of(asker, found), given)
        manages = right >= Right.MANAGE
        grants = list_grants(self.database, Kind.DATASET, found.id) if manages else ()
        owner = queries.people(self.database, [found.created_by]).get(found.created_by)
        return Base(found, owner, right >= Right.CHANGE, tuple(grants))

    def create(self, asker: Principal, name: str, description: str) -> Base:
        """Make a knowledge base and return it; a name that is taken gets a number."""
        made = self.datasets.create(asker, NewDataset(name, description=description))
        return self.get(asker, made.id)

    def delete(self, asker: Principal, dataset_id: str) -> None:
        """Delete a knowledge base; the files that were put into it stay."""
        self.datasets.delete(asker, [dataset_id])

    def reset(self, asker: Principal, dataset_id: str) -> Base:
        """Empty a knowledge base; files of the asker's go that are in no other."""
        gone: list[str] = []
        while page := self.list_files(asker, dataset_id, Wanted(limit=FILES_AT_ONCE)).files:
            gone += [one.id for one in page]
            ids = [one.document.id for one in page if one.document]
            self.documents.delete(asker, dataset_id, ids)
        self.files.delete_unused(asker, gone)
        return self.get(asker, dataset_id)

    # The files in one.

    def list_files(self, asker: Principal, dataset_id: str, wanted: Wanted) -> FilePage:
        """Return some files of a knowledge base."""
        part = Page(wanted.order, wanted.descending, wanted.limit, wanted.offset)
        chosen = DocumentFilter(keywords=wanted.keywords, directory_id=wanted.directory_id)
        found = self.documents.list_page(asker, dataset_id, chosen, part)
        return FilePage([of_document(one) for one in found.documents], found.total)

    @connected
    def find_files(self, asker: Principal, wanted: Wanted) -> FilePage:
        """Return some files by their names, of all knowledge bases that the asker may read."""
        found, total = queries.found_documents(self.database, asker, wanted, uploads_id(asker))
        return FilePage([of_document(one) for one in found], total)

    def pending(self, asker: Principal, dataset_id: str) -> list[KeptFile]:
        """Return the files of a knowledge base that are being read, or wait for it."""
        unread = DocumentFilter(runs=(RunState.UNSTART, RunState.RUNNING))
        part = Page("create_time", descending=True, limit=MOST_PENDING, offset=0)
        found = self.documents.list_page(asker, dataset_id, unread, part)
        return [of_document(one) for one in found.documents]

    def add(
        self, asker: Principal, dataset_id: str, file_ids: Sequence[str], directory_id: str = ""
    ) -> Base:
        """Put files of the asker's into a knowledge base, all or none, and begin to read them.

        Raises NotFoundError for an unknown directory, before anything is put anywhere.
        """
        wanted = [Attachment(one) for one in dict.fromkeys(file_ids)]
        self.files.check_writable(asker, dataset_id, directory_id)
        self.files.members.attach(asker, dataset_id, wanted)
        for one in wanted if directory_id else ():
            self.files.place(asker, dataset_id, one.file_id, directory_id)
        return self.get(asker, dataset_id)

    def read_again(self, asker: Principal, dataset_id: str, file_id: str) -> Base:
        """Read a file of a knowledge base again."""
        found = self.files.members.get(asker, dataset_id, file_id)
        self.parsing.parse(asker, dataset_id, [found.id])
        return self.get(asker, dataset_id)

    def remove(
        self, asker: Principal, dataset_id: str, file_ids: Sequence[str], *, delete: bool
    ) -> Base:
        """Take files out of a knowledge base; with `delete` those go that are in no other."""
        found = [self.files.members.get(asker, dataset_id, one) for one in file_ids]
        self.documents.delete(asker, dataset_id, [one.id for one in found])
        if delete:
            self.files.delete_unused(asker, [one.file_id for one in found if one.file_id])
        return self.get(asker, dataset_id)
