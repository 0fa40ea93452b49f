"""`raglan doctor`: whether every configured part is in order, and if not, what to do."""

import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import click
import requests

from api.cli.access import Access
from api.cli.output import print_json
from api.coordination.redis_connection import redis_client, redis_errors
from api.db.connection import connection
from api.db.migrate import pending
from api.db.sql import rows
from api.errors import RaglanError
from rag.errors import RagError


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part; `advice` says what to do when it is not in order."""

    part: str
    ok: bool
    found: str
    advice: str = ""


class PartError(Exception):
    """A part is not in order; the text says what was found."""


@click.command()
@click.pass_obj
def doctor(access: Access) -> None:
    """Check every configured part and say what to do; ends with status 1 if one is not in order."""
    checks = list(run_checks(access))
    if access.as_json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            mark = click.style("ok  ", fg="green") if check.ok else click.style("FAIL", fg="red")
            click.echo(f"{mark}  {check.part:14}  {check.found}")
            if check.advice:
                click.echo(f"{'':22}{check.advice}")
    if not all(check.ok for check in checks):
        sys.exit(1)


def run_checks(access: Access) -> Iterator[Check]:
    """Yield what was found of each part."""
    parts: list[tuple[str, Callable[[Access], str], str]] = [
        ("settings", check_settings, "Correct the settings that are named; see docs/settings.md."),
        ("data folder", check_folder, "Give the server's user the right to write there."),
        ("database", check_database, "Look at database.url, and whether that server runs."),
        ("migrations", check_migrations, "Run `raglan migrate`."),
        ("chunk store", check_chunk_store, "Run `raglan reindex`, or look at chunk_store.url."),
        (
            "storage",
            check_storage,
            "Look at storage.url, at its permissions and at the free space.",
        ),
        ("embedding", check_embedding, "Look at models.embedding_* and at that endpoint."),
        ("chat model", check_chat_model, "Look at models.chat_* and at that endpoint."),
        ("redis", check_redis, "Look at redis.url, and whether that server runs."),
        ("server", check_server, "Start it with ./entrypoint.sh."),
    ]
    for part, check, advice in parts:
        try:
            yield Check(part, ok=True, found=check(access))
        except (PartError, RaglanError, RagError, OSError, click.ClickException) as error:
            yield Check(part, ok=False, found=str(error), advice=advice)


def check_settings(access: Access) -> str:
    """Read the settings."""
    return f"{len(list(access.settings.masked()))} settings are valid"


def check_folder(access: Access) -> str:
    """Write a file into the data folder and take it away."""
    probe = access.settings.data_path / f".doctor-{uuid.uuid4().hex}"
    probe.write_bytes(b"")
    probe.unlink()
    return str(access.settings.data_path)


def check_database(access: Access) -> str:
    """Ask the database something."""
    with connection(access.services.database):
        rows(access.services.database, "SELECT 1")
    return type(access.services.database).__name__


def check_migrations(access: Access) -> str:
    """See whether the database is at this version."""
    waiting = pending(access.services.database)
    if waiting:
        raise PartError(f"{len(waiting)} migrations are waiting")
    return "the database is at this version"


def check_chunk_store(access: Access) -> str:
    """Ask the chunk store something."""
    access.services.chunk_store.ping()
    return "answers"


def check_storage(access: Access) -> str:
    """See whether the object store can be written to."""
    access.services.storage.ping()
    return "can be written to"


def check_embedding(access: Access) -> str:
    """Embed a word with the default model of the first account."""
    owner = access.account("")
    name = access.services.models.default_embedding(owner.id)
    embedder = access.services.models.embedder(owner.id, name)
    return f"{name} gives {len(embedder.embed_query('word'))} dimensions"


def check_chat_model(access: Access) -> str:
    """See which chat model is set up; nothing is asked of it."""
    name = access.services.models.default_chat(access.account("").id)
    return name or "none: answers are made of the best sentences of the documents"


def check_redis(access: Access) -> str:
    """Ping Redis where it is configured."""
    url = access.settings.redis.url.get_secret_value()
    if not url:
        return "not configured: the database does its work"
    with redis_errors():
        redis_client(url, access.settings.redis.timeout)().ping()
    return "answers"


def check_server(access: Access) -> str:
    """Ask the server whether it is ready."""
    url = access.url or access.local_url()
    try:
        answer = requests.get(f"{url}/ready", timeout=5)
    except requests.RequestException as error:
        raise PartError(f"no server answers at {url}") from error
    if not answer.ok:
        raise PartError(f"{url} is not ready: {answer.text.strip()}")
    return f"ready at {url}"
