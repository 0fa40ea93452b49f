"""Moving knowledge bases, which are datasets here, with their files, which are documents."""

from contextlib import suppress
from functools import partial

from api.cli.importing.accepting import accepted
from api.cli.importing.openwebui.base import OpenWebui
from api.cli.importing.openwebui.conversations import own_id
from api.cli.importing.openwebui.grants import granted
from api.cli.importing.openwebui.people import Owners
from api.cli.importing.openwebui.records import Base, BaseFile
from api.cli.importing.place import Place
from api.cli.importing.remote import SourceError
from api.db.models.states import RunState
from api.errors import NotFoundError, RaglanError
from api.schemas.sdk.dataset import DatasetRequest
from api.services.library.records import DatasetRecord, DocumentRecord
from api.services.library.values import NewDataset, Upload
from api.things import Kind


class BaseMove:
    """Brings one knowledge base after the other here; what is here already is left as it is."""

    def __init__(self, source: OpenWebui, owners: Owners) -> None:
        """Initialize with the parts."""
        self.source = source
        self.owners = owners
        self.library = owners.services.library
        self.moved: list[tuple[str, str]] = []

    def base(self, told: Base) -> str:
        """Return the dataset here, made if there is none."""
        place = self.owners.place(told.user_id)
        find = partial(self.library.datasets.get, place.asker)
        made = place.found_or_made("dataset", own_id(told.id), find, partial(self.made, told))
        return made[0].id

    def made(self, told: Base, dataset_id: str) -> DatasetRecord:
        """Make a dataset with the name and the description of a knowledge base."""
        place = self.owners.place(told.user_id)
        given = {"name": told.name, "description": told.description}
        request, reasons = accepted(DatasetRequest, {k: v for k, v in given.items() if v})
        for why in reasons:
            place.report.leave_out(f"knowledge base {told.name}", why)
        wanted = request.wanted()
        new = NewDataset(wanted.name, description=wanted.description, id=dataset_id)
        dataset = self.library.datasets.create(place.asker, new)
        what = f"knowledge base {told.name}"
        granted(self.owners, place, Kind.DATASET, dataset.id, told.access_grants, what)
        return dataset

    def file(self, base: Base, dataset_id: str, told: BaseFile) -> None:
        """Import a file, unless it is here, and have it parsed.

        A file of several knowledge bases is a document of each, with an id of its own.
        """
        place = self.owners.place(base.user_id)
        what = f"file {told.name} in {base.name}"
        try:
            found = self.found_or_made(place, dataset_id, told)
            self.place(place, found, told)
            if found.run == RunState.UNSTART:
                parsing = self.owners.services.ingestion.parsing
                parsing.parse(place.asker, dataset_id, [found.id])
                self.moved.append((dataset_id, found.id))
        except (RaglanError, SourceError) as error:
            place.report.leave_out(what, error.message)

    def place(self, place: Place, found: DocumentRecord, told: BaseFile) -> None:
        """Put a document into the directory that its file lies in, unless it is in one here."""
        directories, parent = self.owners.services.stores.directories, ""
        if found.directory_id:
            return
        for name in told.directory_path.split("/"):
            if name.strip():
                made = directories.create(place.asker, found.dataset_id, name.strip(), parent)
                parent = made.id
        if parent:
            directories.move(place.asker, found.dataset_id, found.id, parent)

    def found_or_made(self, place: Place, dataset_id: str, told: BaseFile) -> DocumentRecord:
        """Return a document, made if it is not here."""
        find = partial(self.library.documents.shown, dataset_id)

        def make(document_id: str) -> DocumentRecord:
            with self.source.content(told) as content:
                upload = Upload(told.name, content, id=document_id)
                return self.library.uploads.upload(place.asker, dataset_id, [upload])[0]

        return place.found_or_made("document", own_id(told.id), find, make, dataset_id)[0]

    def has(self, base: Base, told: BaseFile) -> bool:
        """Return whether a file of a knowledge base is here."""
        dataset_id, identity = own_id(base.id), own_id(told.id)
        other = self.owners.place(base.user_id).other_id(identity, dataset_id)
        for document_id in (identity, other):
            with suppress(NotFoundError):
                return bool(self.library.documents.shown(dataset_id, document_id))
        return False

    def running(self) -> list[DocumentRecord]:
        """Return the documents that were moved and are being parsed."""
        return [
            found
            for dataset_id, document_id in self.moved
            if (found := self.library.documents.shown(dataset_id, document_id)).run
            == RunState.RUNNING
        ]
