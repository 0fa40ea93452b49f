"""What looks after the server's own database: migrations and the index."""

import click
from tqdm import tqdm

from api.cli.access import Access
from api.cli.migrations import apply_migrations
from api.cli.output import counted, is_terminal, print_json, say
from api.cli.program import Command
from api.cli.reindexing import cores, reindexed
from api.errors import NotFoundError
from api.services.library.names import is_id
from api.services.library.values import DatasetFilter, Page

FIRST = Page("create_time", descending=True, limit=1, offset=0)
"""The page of a list that holds the newest."""


@click.command(cls=Command)
@click.pass_obj
def migrate(access: Access) -> None:
    """Migrate the database to this version.

    What is applied already is left alone. The server's start does so, too.
    """
    applied = apply_migrations(access)
    if access.as_json:
        print_json({"applied": applied})
    else:
        say("\n".join(f"applied {name}" for name in applied) or "Nothing to apply.")


@click.command(cls=Command)
@click.option("--dataset", "name", default="", help="Only this one, by name or id (default: all).")
@click.option("--email", default="", help="Whose dataset it is (default: the first account's).")
@click.option("--anew", is_flag=True, help="Write all again, with new vectors from the models.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=cores,
    show_default="the cores of the machine",
    help="How many processes make words and vectors.",
)
@click.pass_obj
def reindex(access: Access, name: str, email: str, *, anew: bool, processes: int) -> None:
    """Make the chunk store say what the database does.

    What differs or is missing is written; vectors of texts that it has are kept. Searches go on
    meanwhile, and what was interrupted goes on where it was. Works on the server's own database and
    chunk store.
    """
    dataset_id = find_dataset(access, name, email) if name else None
    with tqdm(unit="chunk", desc="reindex", disable=not is_terminal()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        count = reindexed(access, dataset_id, progress, anew=anew, processes=processes)
    if access.as_json:
        print_json({"chunks": count})
    else:
        say(f"{counted(count, 'chunk')} indexed.")


def find_dataset(access: Access, name: str, email: str) -> str:
    """Return the id of the dataset with this name or id."""
    if is_id(name):
        return name
    account = access.account(email)
    try:
        datasets = access.services.library.datasets
        [found], _ = datasets.list_page(account.principal, DatasetFilter(name=name), FIRST)
    except NotFoundError as error:
        raise click.ClickException(
            f"{account.email} has no dataset named {name}; `raglan datasets` lists them."
        ) from error
    return found.id
