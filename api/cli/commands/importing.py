"""`raglan import`."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

import click

from api.cli.access import Access
from api.cli.commands.accounts import for_account
from api.cli.importing.chats import ChatMove
from api.cli.importing.datasets import DatasetMove
from api.cli.importing.place import Place
from api.cli.importing.planning import plan
from api.cli.importing.progress import DocumentProgress, wait_for
from api.cli.importing.records import SourceChat, SourceDataset
from api.cli.importing.report import Report
from api.cli.importing.source import Source
from api.cli.output import print_json
from api.cli.program import Command, Group
from api.signals import INTERRUPTED


class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """Return it."""
        ...


N = TypeVar("N", bound=Named)


class InterruptedImportError(click.ClickException):
    """Ctrl-C while things were moved."""

    exit_code = INTERRUPTED


@click.group("import", cls=Group)
def import_() -> None:
    """Move what another server has over to this one.

    Works on this server's own database and files.
    """


@import_.command(cls=Command)
@click.option(
    "--url", required=True, envvar="RAGFLOW_URL", show_envvar=True, help="The RAGFlow server."
)
@click.option(
    "--key", required=True, envvar="RAGFLOW_API_KEY", show_envvar=True, help="Its API key."
)
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Move only the dataset or assistant of this name; may be given several times.",
)
@click.option("--chunks", is_flag=True, help="Take all chunks as they are; nothing is parsed.")
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and move nothing.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the documents are parsed.")
@for_account
@click.pass_obj
def ragflow(
    access: Access,
    url: str,
    key: str,
    only: Sequence[str],
    email: str,
    *,
    chunks: bool,
    dry_run: bool,
    no_wait: bool,
) -> None:
    """Move a running RAGFlow over to this server.

    Datasets, documents, assistants and their sessions. It is read through its REST API, in
    whichever of RAGFlow's contracts it speaks, and is not changed. Everything keeps its id, unless
    that is taken here. What is here already is left as it is, so that the same command goes on
    after an interruption, or brings what is new. Documents are parsed by this server's workers;
    then the chunks follow that people have added, edited or switched off. Models are configured
    here, not moved. Ends with a list of what was left out, and why.
    """
    source = Source(url if "://" in url else f"http://{url}", key)
    report = Report(source.contract.name)
    place = Place(access.services, access.account(email).principal, report)
    datasets, chats = chosen(source.datasets(), only), chosen(source.chats(), only)
    check_chosen(only, [*datasets, *chats])
    if dry_run:
        plan(source, place, datasets, chats)
    else:
        moved = DatasetMove(source, place, whole=chunks)
        try:
            move(moved, ChatMove(source, place), datasets, chats, wait=not no_wait)
        except KeyboardInterrupt as error:
            raise InterruptedImportError(
                "Interrupted. What was moved stays; the same command again goes on from there."
            ) from error
    if access.as_json:
        print_json(report.as_json())
    else:
        report.tell(dry_run=dry_run)


def move(
    moved: DatasetMove,
    assistants: ChatMove,
    datasets: Sequence[SourceDataset],
    chats: Sequence[SourceChat],
    *,
    wait: bool,
) -> None:
    """Move datasets with their documents, then the chunks of people, then assistants."""
    with DocumentProgress(sum(dataset.document_count for dataset in datasets)) as progress:
        for dataset in datasets:
            moved.dataset(dataset)
            for document in moved.source.documents(dataset.id):
                progress.begin(document.name)
                moved.document(dataset, document)
                progress.done()
    if wait and not moved.whole:
        wait_for(moved)
    if not moved.whole:
        moved.edit_parsed()
    for chat in chats:
        assistants.chat(chat)


def chosen(found: Iterable[N], only: Sequence[str]) -> list[N]:
    """Return those that are to be moved."""
    return [item for item in found if not only or item.name in only]


def check_chosen(only: Sequence[str], found: Sequence[Named]) -> None:
    """Refuse a name that nothing has; raises ClickException."""
    known = {item.name for item in found}
    for name in only:
        if name not in known:
            raise click.ClickException(f"There is no dataset and no assistant called {name} there.")
