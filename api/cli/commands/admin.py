"""What looks after the server's own database: migrations, the index, and the start."""

import os

import click
from tqdm import tqdm

from api.cli.access import Access
from api.cli.output import counted, is_terminal, print_json, say
from api.cli.program import Command
from api.datafolder import lock_folder
from api.db.migrate import migrate as migrate_database
from api.errors import NotFoundError
from api.leases.database import migration_lease
from api.processes.listening import check_port
from api.services.library.names import is_id
from api.services.library.values import DatasetFilter, Page

AS_SET = "(as set by bootstrap.*)"

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
@click.pass_obj
def prepare(access: Access) -> None:
    """Get everything ready for the server's start.

    ./entrypoint.sh runs this; you need not. Standard output gets one line: host, port, number
    of ingest workers, how many seconds a stop may take, and number of registrars. The first
    account, when it was just made, goes to standard error.
    """
    server = access.settings.server
    # Before anything starts: whatever has the port would be taken for our own server.
    check_port(server.host, server.port)
    access.prepare_folder()
    lock = lock_folder(access.settings.data_path)
    try:
        disk = access.unchecked_services.library.disk
        disk.make_room()  # the database is not even read without some
        apply_migrations(access)
        first = access.services.accounts.bootstrap.seed()
    finally:
        os.close(lock)  # the server takes it anew
    if first is not None:
        say(
            "The first account, shown this once:\n"
            f"    e-mail    {first.email}\n"
            f"    password  {first.password or AS_SET}\n"
            f"    API key   {first.api_key or AS_SET}",
            err=True,
        )
    plan = {
        "host": server.host,
        "port": server.port,
        "workers": access.settings.worker.processes,
        "stop_seconds": round(server.graceful_timeout) + 5,
        "registrars": int(bool(access.settings.nacos.address)),
    }
    if access.as_json:
        print_json(plan)
    else:
        say(" ".join(map(str, plan.values())))


@click.command(cls=Command)
@click.option("--dataset", "name", default="", help="Only this one, by name or id (default: all).")
@click.option("--email", default="", help="Whose dataset it is (default: the first account's).")
@click.pass_obj
def reindex(access: Access, name: str, email: str) -> None:
    """Make the chunk store anew from the database.

    Searches go on meanwhile. Works on the server's own database and chunk store.
    """
    dataset_id = find_dataset(access, name, email) if name else None
    with tqdm(unit="chunk", desc="reindex", disable=not is_terminal()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        count = access.services.library.cleanup.reindex(dataset_id, progress)
    if access.as_json:
        print_json({"chunks": count})
    else:
        say(f"{counted(count, 'chunk')} indexed.")


def apply_migrations(access: Access) -> list[str]:
    """Make the data folder and the tables; return the names of the migrations applied."""
    access.prepare_folder()
    database = access.unchecked_services.database
    return migrate_database(database, migration_lease(database))


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
