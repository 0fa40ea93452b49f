"""What files and knowledge bases say to a question: their passages, or all that they say."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from api.config.frontend import FrontendSettings
from api.db.connection import Database, connected
from api.db.models.states import RunState
from api.services.accounts.records import Principal
from api.services.library.names import is_id
from api.services.library.records import DatasetRecord, DocumentRecord
from api.services.library.web_pages import ADDRESS
from api.services.search.records import Source
from api.services.search.sources import SourceService
from api.services.search.values import Search
from api.services.stores.knowledge_records import Gathered, GatheredFile, Passage
from api.services.stores.queries import conversations
from api.services.stores.queries import knowledge as queries
from api.services.stores.queries.notes import Written, texts
from api.services.stores.references import Form, Reference
from api.services.stores.store_files import StoreFileService

MOST_PASSAGES = 100

WHOLE = 100_000
"""Characters of files that are wanted whole; what is longer is searched instead."""

GONE = "{name} is not there any more, or not for you."
UNREAD = "{name} is still being read."
FAILED = "{name} could not be read."
EMPTY = "{name} has no text."
CROWDED = "{name} has no room beside the others."
TOO_MANY = "{name} is one chat too many."

MOST_CHATS = 20
"""Chats that are read for a question; they share the room."""

LEFT_OUT = "[What was said before this is left out.]\n\n"
"""What a chat begins with of which only the end is told."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of references: so many passages, not less similar than `threshold`."""

    limit: int
    threshold: float = 0.0
    vector_weight: float | None = None


@dataclass(slots=True)
class Sorted:
    """References by what is to be done with them; each chat has a share of the room."""

    bases: list[DatasetRecord] = field(default_factory=list)
    documents: list[DocumentRecord] = field(default_factory=list)
    whole: list[DocumentRecord] = field(default_factory=list)
    texts: list[Reference] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    share: int = WHOLE
    files: list[GatheredFile] = field(default_factory=list)

    def is_searched(self) -> bool:
        """Return whether something is searched, of what was read."""
        return bool(self.bases or self.documents)

    def take(self, reference: Reference, document: DocumentRecord | None) -> None:
        """Sort a file by how far its reading is; None is one that is not there."""
        name = reference.name or (document.name if document else "A file")
        if document is None:
            self.remarks.append(GONE.format(name=name))
        elif document.chunk_count:
            is_whole = reference.is_whole and document.enabled
            (self.whole if is_whole else self.documents).append(document)
        elif reference.text:
            self.texts.append(reference)
        elif document.run in {RunState.UNSTART, RunState.RUNNING}:
            self.remarks.append(UNREAD.format(name=name))
        else:
            said = EMPTY if document.run == RunState.DONE else FAILED
            self.remarks.append(said.format(name=name))

    def take_written(self, reference: Reference, found: Written | None) -> None:
        """Sort a note or a chat as the text that it is; None is one that is not there."""
        unnamed = f"A {reference.form.value}"
        if found is None:
            self.remarks.append(GONE.format(name=reference.name or unnamed))
        elif not found.text.strip():
            self.remarks.append(EMPTY.format(name=found.title or unnamed))
        else:
            self.texts.append(replace(reference, name=found.title, text=found.text))


class PassageService:
    """Reads what questions refer to; holds no connection while it searches."""

    def __init__(
        self,
        sources: SourceService,
        members: StoreFileService,
        settings: Callable[[], FrontendSettings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.settings = settings
        self.database: Database = members.database
        self.sources = sources
        self.members = members

    def read(self, asker: Principal, references: Sequence[Reference]) -> Sorted:
        """Return references by what is to be done with them; what is told as it is, is read.

        Raises NotFoundError for one that goes meanwhile.
        """
        found, room = self.sorted(asker, references), WHOLE
        for text in found.texts:
            if not room:
                found.remarks.append(CROWDED.format(name=text.name))
                continue
            said = fitting(text, min(room, found.share) if text.form is Form.CHAT else room)
            found.files.append(file_of(text, said))
            room = max(room - len(said), 0)
        for document in found.whole:
            is_long = document.token_count > room  # a token has a character at least
            said = "" if is_long else self.whole(asker, document)
            if is_long or len(said) > room:
                found.documents.append(document)
                continue
            room -= len(said)
            place = (document.file_id or document.id, document.name, document.dataset_id)
            found.files.append(GatheredFile(*place, (Passage(said, 1.0, 0, document.id),)))
        return found

    def gather(self, asker: Principal, found: Sorted, questions: Sequence[str]) -> Gathered:
        """Return what references say to questions; what is gone is told in a remark.

        Raises NotFoundError for one that goes meanwhile.
        """
        settings = self.settings()
        best = self.best(asker, found, questions, Wish(settings.passages, settings.threshold))
        return Gathered((*found.files, *by_file(best)), tuple(found.remarks))

    def whole(self, asker: Principal, document: DocumentRecord) -> str:
        """Return all that a document says."""
        return "\n\n".join(self.members.texts(asker, document.dataset_id, document.id)[1])

    @connected
    def sorted(self, asker: Principal, references: Sequence[Reference]) -> Sorted:
        """Return references by what is to be done with them."""
        found = Sorted()
        ids = [one.id for one in references if is_id(one.id)]
        files = queries.documents(self.database, asker, ids)
        bases = {one.id: one for one in queries.readable(self.database, asker, ids)}
        notes = texts(self.database, asker, [one.id for one in references if one.form is Form.NOTE])
        named = [one.id for one in references if one.form is Form.CHAT and is_id(one.id)]
        found.share = WHOLE // max(min(len(named), MOST_CHATS), 1)
        chats = conversations.said(self.database, asker, named[:MOST_CHATS], found.share)
        for one in references:
            if one.form is Form.TEXT:
                found.texts.append(one)
            elif one.id in named[MOST_CHATS:]:
                found.remarks.append(TOO_MANY.format(name=one.name or "A chat"))
            elif one.form in {Form.NOTE, Form.CHAT}:
                found.take_written(one, (notes if one.form is Form.NOTE else chats).get(one.id))
            elif one.form is Form.FILE:
                found.take(one, files.get(one.id))
            elif one.id not in bases:
                found.remarks.append(GONE.format(name=one.name or "A knowledge base"))
            elif one.is_whole:
                found.whole += queries.read_documents(self.database, one.id)
            else:
                found.bases.append(bases[one.id])
        return found

    # Searching.

    def find(
        self, asker: Principal, references: Sequence[Reference], question: str, wish: Wish
    ) -> list[Source]:
        """Return the best passages of references, best first; what is not there has none."""
        return self.best(asker, self.sorted(asker, references), [question], wish)

    def best(
        self, asker: Principal, found: Sorted, questions: Sequence[str], wish: Wish
    ) -> list[Source]:
        """Return the best passages of what was found, each once, for any of the questions."""
        best: dict[tuple[str, str], Source] = {}
        for question in questions:
            for search in self.searches(asker, found, question, wish):
                for one in self.sources.find(asker, [search], wish.limit):
                    place = (one.document_id, one.chunk_id)
                    best[place] = max(best.get(place, one), one, key=lambda each: each.score)
        return sorted(best.values(), key=lambda one: -one.score)[: wish.limit]

    @connected
    def searches(self, asker: Principal, found: Sorted, question: str, wish: Wish) -> list[Search]:
        """Return what is to be searched: what can be compared at once, files beside bases."""
        places = {one.dataset_id for one in found.documents}
        places -= {one.id for one in found.bases}
        homes = queries.readable(self.database, asker, sorted(places))
        ids_of = {one.id: one.dataset_id for one in found.documents}
        of_bases = [search_for(question, ids, wish) for ids in together(found.bases)]
        of_files = [
            search_for(question, ids, wish, [one for one in ids_of if ids_of[one] in ids])
            for ids in together(homes)
        ]
        return of_bases + of_files


def fitting(text: Reference, most: int) -> str:
    """Return so much of a text as may be told: its beginning, or of a chat what was said last."""
    if len(text.text) <= most:
        return text.text
    if text.form is not Form.CHAT:
        return text.text[:most]
    return LEFT_OUT + text.text[-most:]


def file_of(text: Reference, said: str) -> GatheredFile:
    """Return what is told of a text; only a chat is named by its id."""
    chat_id = text.id if text.form is Form.CHAT else ""
    return GatheredFile(chat_id, text.name, "", (Passage(said, 1.0),), form=text.form)


def together(datasets: Iterable[DatasetRecord]) -> Iterable[list[str]]:
    """Return the ids of datasets, those beside each other whose vectors can be compared."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in datasets:
        groups[one.tenant_id, one.embedding_model].append(one.id)
    return groups.values()


def search_for(
    question: str, dataset_ids: Sequence[str], wish: Wish, document_ids: Sequence[str] = ()
) -> Search:
    """Return a search of datasets, or of some of their documents."""
    return Search(
        question,
        tuple(dataset_ids),
        wish.limit,
        document_ids=tuple(document_ids),
        threshold=wish.threshold,
        vector_weight=wish.vector_weight,
    )


def by_file(sources: Iterable[Source]) -> list[GatheredFile]:
    """Return passages by their files, in the order in which these come first."""
    found: dict[str, list[Source]] = defaultdict(list)
    for one in sources:
        found[one.document_id].append(one)
    return [
        GatheredFile(
            many[0].file_id,
            many[0].name,
            many[0].dataset_id,
            url=str(many[0].attributes.get(ADDRESS) or ""),
            passages=tuple(Passage(one.text, one.score, one.page, one.document_id) for one in many),
        )
        for many in found.values()
    ]
