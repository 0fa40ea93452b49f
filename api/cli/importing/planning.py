"""What an import would do, without doing it."""

from collections.abc import Sequence

from api.cli.importing.place import Place
from api.cli.importing.records import SourceChat, SourceDataset
from api.cli.importing.source import Source
from api.errors import ArgumentError, NotFoundError
from rag.parsing.registry import document_type


def plan(
    source: Source,
    place: Place,
    datasets: Sequence[SourceDataset],
    chats: Sequence[SourceChat],
) -> None:
    """Report how much would be moved, what is here already, and what cannot come along."""
    for dataset in datasets:
        plan_dataset(source, place, dataset)
    for chat in chats:
        place.report.moved["assistant"] += 1
        place.report.moved["session"] += sum(1 for _ in source.sessions(chat.id))


def plan_dataset(source: Source, place: Place, dataset: SourceDataset) -> None:
    """Report what would become of a dataset and its documents."""
    library, report = place.services.library, place.report
    try:
        library.datasets.get(place.asker, dataset.id)
        report.there["dataset"] += 1
    except NotFoundError:
        report.moved["dataset"] += 1
    model = str(dataset.fields.get("embedding_model") or "")
    try:
        library.datasets.usable_model(place.asker.tenant_id, model)
    except ArgumentError as error:
        report.leave_out(f"dataset {dataset.name}", f"its embedding model: {error.message}")
    for document in source.documents(dataset.id):
        if document_type(document.name) == "other":
            report.leave_out(
                f"document {document.name} in {dataset.name}", "files of this kind are not read"
            )
            continue
        report.moved["document"] += 1
        report.moved["chunk"] += document.chunk_count
