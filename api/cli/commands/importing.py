"""`raglan import`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from api.cli.access import Access
from api.cli.auditing import audited
from api.cli.commands.accounts import for_account
from api.cli.importing.chats import ChatMove
from api.cli.importing.datasets import DatasetMove
from api.cli.importing.openwebui import moving
from api.cli.importing.openwebui.base import OpenWebui
from api.cli.importing.openwebui.people import Owners
from api.cli.importing.openwebui.served import ServedWebui
from api.cli.importing.openwebui.stored import opened
from api.cli.importing.place import Place
from api.cli.importing.planning import plan
from api.cli.importing.progress import ItemProgress, wait_for
from api.cli.importing.records import SourceChat, SourceDataset
from api.cli.importing.report import Report
from api.cli.importing.source import Source
from api.cli.output import print_json
from api.cli.program import Command, Group
from api.services.auditing.records import Kind
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
    source = Source(url, key)
    report = Report(source.contract.name)
    place = Place(access.services, access.account(email).principal, report)
    datasets, chats = chosen(source.datasets(), only), chosen(source.chats(), only)
    check_chosen(only, [*datasets, *chats])
    if dry_run:
        plan(source, place, datasets, chats)
    else:
        moved = DatasetMove(source, place, whole=chunks)
        with interruptible():
            move(moved, ChatMove(source, place), datasets, chats, wait=not no_wait)
    show(access, report, dry_run=dry_run)


@import_.command(cls=Command)
@click.option(
    "--url", default="", envvar="OPENWEBUI_URL", show_envvar=True, help="The Open WebUI server."
)
@click.option(
    "--key",
    default="",
    envvar="OPENWEBUI_API_KEY",
    show_envvar=True,
    help="An API key of its administrator, or of one person.",
)
@click.option(
    "--database",
    default="",
    metavar="ADDRESS",
    envvar="OPENWEBUI_DATABASE_URL",
    show_envvar=True,
    help="In place of both its database: the file webui.db, or postgresql://...",
)
@click.option(
    "--files",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Its folder of files (data/uploads), beside --database.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(moving.NOUNS),
    help="Move only these; may be given several times.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and move nothing.")
@click.option("--no-wait", is_flag=True, help="Do not wait until the documents are parsed.")
@for_account
@click.pass_obj
@audited(Kind.PEOPLE)
def openwebui(
    access: Access,
    /,
    only: Sequence[str],
    email: str,
    *,
    dry_run: bool,
    no_wait: bool,
    **where: Any,
) -> None:
    """Move an Open WebUI 0.12 over to this server.

    Accounts, groups, conversations with folders and tags, prompts, memories, ratings, and
    knowledge bases with their files. It is read through its API, or
    from its database with its files, which has passwords, too, and is not changed. Conversations
    and files keep their ids, unless these are taken here. What is here already is left as it is,
    so that the same command goes on after an interruption, or brings what is new. Things go to the
    account with the address of whose they are; --email names the account that gets the others.
    Ends with a list of what was left out, and why.
    """
    report = Report("openwebui")
    owners = Owners(access.services, access.account(email).principal, report)
    wanted = moving.Wanted(only)
    with webui(**where) as source:
        if dry_run:
            moving.plan(source, owners, wanted)
        else:
            with interruptible():
                moving.move(source, owners, wanted, wait=not no_wait)
    show(access, report, dry_run=dry_run)


def webui(
    url: str, key: str, database: str, files: Path | None
) -> AbstractContextManager[OpenWebui]:
    """Return what reads a server, or a database; raises UsageError for neither, or both."""
    if bool(database) == bool(url):
        raise click.UsageError("Give --url with --key, or --database with --files.")
    if database:
        return opened(database, files)
    if not key:
        raise click.UsageError("Give --key, too: an API key of that server.")
    return nullcontext(ServedWebui(url, key))


@contextmanager
def interruptible() -> Iterator[None]:
    """Say, where somebody presses Ctrl-C, that nothing is lost."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedImportError(
            "Interrupted. What was moved stays; the same command again goes on from there."
        ) from error


def show(access: Access, report: Report, *, dry_run: bool) -> None:
    """Print what came of an import."""
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
    with ItemProgress(sum(dataset.document_count for dataset in datasets)) as progress:
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
