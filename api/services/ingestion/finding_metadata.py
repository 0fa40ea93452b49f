"""Having a chat model find the metadata of a document, after it can be found."""

from collections.abc import Mapping

from api.db.connection import connection
from api.errors import RuleError
from api.services.ingestion.queries import enriching as queries
from api.services.ingestion.run import Run
from api.services.ingestion.wanted_metadata import WantedField, described, found_values
from api.services.library.cleanup import CleanupService
from api.services.library.metadata_edits import check_size
from api.services.library.queries import cleanup as notes
from api.services.library.queries import documents
from api.services.library.records import CleanupKind
from api.services.models.asking import ask
from api.services.models.prompts import read_prompt
from rag.llm.base import ChatModel, GenerationOptions
from rag.types import MetaValue

LONGEST_BEGINNING = 12_000
"""How many characters of a document a model is told, from its beginning."""

OPTIONS = GenerationOptions(temperature=0.0, max_tokens=2048)

NO_FIELDS = "No metadata were looked for: neither the document nor its dataset names fields."
TOO_LONG = "The metadata that were found are too long to be kept."


class MetadataFinder:
    """Has a model fill the fields of metadata that a document lacks."""

    def __init__(self, cleanup: CleanupService, prompt: str) -> None:
        """Initialize with the parts."""
        self.cleanup = cleanup
        self.prompt = prompt

    def fill(self, run: Run, model: ChatModel) -> str:
        """Fill what is wanted and lacking, and return what is said of it; raises ModelError.

        What a document has, stays, also what it gets while the model is asked.
        """
        wanted = run.document.wanted_metadata or ()
        if not wanted:
            return NO_FIELDS
        run.check_stopped()
        fields = [field for field in wanted if field.name not in run.document.meta_fields]
        found = found_values(self.said(run, model, fields), fields) if fields else {}
        try:
            count = self.write(run, found) if found else 0
        except RuleError:
            return TOO_LONG
        return f"Found {count} of {len(fields)} metadata."

    def said(self, run: Run, model: ChatModel, fields: list[WantedField]) -> str:
        """Return what a model says of the document: JSON, if it does what it is told."""
        database = run.stores.database
        with connection(database):
            text = queries.beginning(database, run.task, LONGEST_BEGINNING)
        told = f"{run.document.name}\n\n{text}"
        return ask(model, f"{self.prompt}\n{described(fields)}", told, OPTIONS)

    def write(self, run: Run, found: Mapping[str, MetaValue]) -> int:
        """Add values to the metadata as they are now; return how many there are more.

        Raises RuleError where metadata would get too long; nothing is changed then.
        """
        task, database = run.task, run.stores.database
        with connection(database), database.atomic():
            run.stores.tasks.guard(task)
            stored = documents.lock_metadata(task.dataset_id, [task.document_id])
            before = stored.get(task.document_id)
            if before is None or not (fresh := {**found, **before}).keys() - before.keys():
                return 0
            check_size(fresh)
            documents.change(task.document_id, {"meta_fields": fresh})
            note = notes.note(CleanupKind.FACTS, task.dataset_id, task.document_id)
        self.cleanup.carry_out([note])
        return len(fresh) - len(before)


def read_metadata_prompt() -> str:
    """Return how a model is told to find metadata; raises StartError if the file is missing."""
    return read_prompt("document_metadata")
