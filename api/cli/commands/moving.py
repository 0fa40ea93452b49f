"""`raglan migrate-store`: the search index from one place to another."""

from contextlib import ExitStack

import click
from tqdm import tqdm

from api.cli.access import Access
from api.cli.output import counted, is_terminal, print_json, say
from api.cli.program import Command
from api.container import open_tables
from rag.addresses import shown_address
from rag.engines.moving import move


@click.command("migrate-store", cls=Command)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.pass_obj
def migrate_store(access: Access, source: str, target: str) -> None:
    """Move the search index elsewhere while the server runs.

    FROM and TO are as in chunk_store.url: sqlite:///absolute/path,
    postgresql://user:password@host:port/name or opensearch://user:password@host:port/raglan.
    Searches and changes go on meanwhile. When it is interrupted, the same command goes on.
    """
    with tqdm(unit="chunk", desc="migrate-store", disable=not is_terminal()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        with ExitStack() as stack:
            old, new = (open_tables(access.settings, url) for url in (source, target))
            for store in (old, new):
                stack.callback(store.close)
            count = move(old, new, target, progress)
    if access.as_json:
        print_json({"chunks": count})
    else:
        say(
            f"{counted(count, 'chunk')} moved; the running server uses the new place. Set"
            f" chunk_store.url to {shown_address(target)}, and delete the old one after the next"
            " start."
        )
