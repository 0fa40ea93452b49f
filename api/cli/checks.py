"""How `raglan doctor` looks at each part."""

import uuid

import click
import requests

from api.cli.access import Access
from api.cli.output import counted
from api.config.settings import masked_value
from api.db.connection import DatabaseTrouble, connection
from api.db.durability import losses
from api.db.migrate import pending
from api.discovery.registry import open_registry
from api.errors import RaglanError
from api.observability.defects.registry import ask_receiver
from api.observability.tracing.registry import ask_collector
from api.plugins.process import Code, PluginProcesses
from api.redis_clients import redis_client, redis_errors
from api.services.operations.checking import ask_database
from api.services.provisioning.queries.callers import callers
from api.tasks.base import KINDS
from rag.errors import RagError
from rag.llm.base import GenerationOptions, ModelType
from rag.parsing.helpers.programs import presence
from rag.types import Message, Role

TIMEOUT = 5.0
PATIENCE = 60
NO_TOOLS = Code("A probe", "class Tools:\n    pass\n")


class PartError(Exception):
    """A part is not in order; the text says what was found."""


class PartWarning(Exception):  # noqa: N818 - it is no error
    """A part works, but not as it should; the text says what was found."""


TROUBLE = (PartError, RaglanError, RagError, DatabaseTrouble, OSError, click.ClickException)
"""What a part that is not in order raises."""


def check_settings(access: Access) -> str:
    """Read the settings."""
    return f"{len(list(access.settings.masked()))} settings are valid"


def check_folder(access: Access) -> str:
    """Write a file into the data folder and take it away."""
    folder = access.settings.data_path
    if not folder.is_dir():
        raise PartError(f"{folder} does not exist")
    probe = folder / f".doctor-{uuid.uuid4().hex}"
    probe.write_bytes(b"")
    probe.unlink()
    return str(folder)


def check_disk(access: Access) -> str:
    """Check whether there is more room than uploads and parsing leave free."""
    access.unchecked_services.library.disk.check()
    room = access.unchecked_services.library.disk.room()
    return f"{room.free >> 20:,} MB are free, of which {room.reserve >> 20:,} are kept"


def check_helpers(_access: Access) -> str:
    """Look for the programs of others that help to read files."""
    return presence()


def check_code(access: Access) -> str:
    """Run code as that of administrators is run, where that is on."""
    tools = access.settings.tools
    if not tools.python:
        return "off: none is run"
    with PluginProcesses(lambda: tools, access.settings.data_path / "tmp").running_one(NO_TOOLS):
        return "it runs, and is confined"


def check_database(access: Access) -> str:
    """Query the database, to see that it answers."""
    ask_database(access.unchecked_services.database)
    return str(masked_value(access.settings.database_url))


def check_durability(access: Access) -> str:
    """Check whether the database keeps what it acknowledges."""
    database = access.unchecked_services.database
    with connection(database):
        found = losses(database)
    if found:
        raise PartWarning("; ".join(found))
    return "what the database acknowledges is on its disk"


def check_migrations(access: Access) -> str:
    """Check whether the database is at this version."""
    waiting = pending(access.unchecked_services.database)
    if waiting:
        raise PartError(f"the database lacks {counted(len(waiting), 'migration')} of this version")
    return "the database is at this version"


def check_chunk_store(access: Access) -> str:
    """Query the chunk store, to see that it answers."""
    access.services.chunk_store.ping()
    return str(masked_value(access.settings.chunk_store_url))


def check_storage(access: Access) -> str:
    """Check whether the object store can be written to."""
    access.services.storage.ping()
    return str(masked_value(access.settings.storage_url))


def check_embedding(access: Access) -> str:
    """Embed a word with the default model of the first account."""
    owner = access.account("")
    name = access.services.models.models.default_embedding(owner.id)
    embedder = access.services.models.models.embedder(owner.id, name)
    found = f"{name} gives {len(embedder.embed_query('word'))} dimensions"
    return "; ".join([found, *missing_models(access, "embedding")])


def missing_models(access: Access, kind: ModelType) -> list[str]:
    """Return which built-in models of a kind are not installed, and how they would be."""
    missing = access.services.models.providers.missing(kind)
    return [f"{name} is not installed: {how}" for name, how in missing.items()]


def check_chat_model(access: Access) -> str:
    """Request a word from the default model of the first account."""
    owner = access.account("")
    model = access.services.models.models.chat_model(owner.id, "")
    if model is None:
        return "none: answers are made of the best sentences of the documents"
    said = model.stream([Message(Role.USER, "Say yes.")], GenerationOptions(max_tokens=8))
    if next(iter(said), None) is None:
        raise PartError(f"{model.name} answered nothing")
    return f"{access.services.models.models.default_chat(owner.id)} answers"


def check_rerank_model(access: Access) -> str:
    """Rank a text by the default rerank model of the first account."""
    owner = access.account("")
    models = access.services.models.models
    name = models.default_rerank(owner.id)
    found = "none: searches are ranked by words and vectors"
    if name:
        models.reranker(owner.id, name).rerank("word", ["word"])
        found = f"{name} answers"
    return "; ".join([found, *missing_models(access, "rerank")])


def check_web_search(access: Access) -> str:
    """Ask the search engine for a page, where the web is searched."""
    rules = access.settings.web_search
    if not rules.is_on:
        return "off: answers are made without the web"
    found = access.services.webui.media.web_search.asking.find(["raglan"])
    return f"{rules.engine} answers, with {counted(len(found), 'page')}"


def check_mail(access: Access) -> str:
    """Connect to the mail server, encrypt and sign in, where it is configured."""
    settings = access.settings
    if not settings.smtp.host:
        return "not configured: passwords are set by administrators"
    access.services.sign_in.outbox.server.check()
    if not settings.server.public_url:
        raise PartWarning("mail has no links to lead here: server.public_url is not set")
    return f"{settings.smtp.host}:{settings.smtp.port} takes mail"


def check_redis(access: Access) -> str:
    """Ping Redis where it is configured."""
    url = access.settings.redis.url.get_secret_value()
    if not url:
        return "not configured: the database does its work"
    with redis_errors():
        redis_client(url, access.settings.redis.timeout)().ping()
    return str(masked_value(url))


def check_broker(access: Access) -> str:
    """Ask the broker of tasks, where one is configured, and who listens to it."""
    broker = access.unchecked_services.tasks.broker
    if not broker.is_there:
        return "not configured: workers look in the database"
    waiting = sum(broker.waiting(kind) for kind in KINDS)
    heard = broker.workers()
    shown = masked_value(access.settings.queue.url.get_secret_value())
    if not heard:
        raise PartWarning(f"{shown} answers, but no worker listens to it")
    return f"{shown}: {counted(heard, 'worker')} listening, {counted(waiting, 'message')} waiting"


def check_providers(access: Access) -> str:
    """Ask each provider, and the directory, for what is needed to sign in there; tell a proxy."""
    identity = access.services.identity
    found = [*identity.providers.check(), *identity.directory.check(), *identity.proxy.check()]
    wrong = [f"{one.name}: {one.error}" for one in found if one.error]
    if wrong:
        raise PartError("; ".join(wrong))
    return "; ".join(f"{one.name}: {one.found}" for one in found) or "none: passwords alone"


def check_scim(access: Access) -> str:
    """Look for the keys of identity providers, and whether they open anything."""
    found = callers(access.unchecked_services.database)
    shut = [one.name or "a key" for one in found if one.is_over or not one.is_allowed]
    if shut:
        raise PartError(f"{', '.join(shut)}: its time or its owner's role is over")
    if not found:
        return "no key opens it: people are looked after here"
    used = sum(one.was_used for one in found)
    return f"{counted(len(found), 'key')}, of which {used} {'has' if used == 1 else 'have'} come"


def check_traces(access: Access) -> str:
    """Ask a collector of OpenTelemetry's whether it takes traces, where one is configured."""
    url = access.settings.telemetry.otlp_url
    if not url:
        return "not configured: traces are not sent by OTLP"
    if wrong := ask_collector(url):
        raise PartError(f"{masked_value(url)} takes no traces: {wrong}")
    return f"{masked_value(url)} takes them"


def check_errors(access: Access) -> str:
    """Ask a project at Sentry whether it takes errors, where one is configured."""
    dsn = access.settings.telemetry.sentry_dsn.get_secret_value()
    if not dsn:
        return "not configured: the log has them"
    if wrong := ask_receiver(dsn):
        raise PartError(f"the project of telemetry.sentry_dsn takes no errors: {wrong}")
    return "the project of telemetry.sentry_dsn takes them"


def check_nacos(access: Access) -> str:
    """Check whether Nacos lists this server, where it is configured."""
    return open_registry(access.settings).look_up()


def check_server(access: Access) -> str:
    """Request whether the server is ready."""
    url = access.server_url.rstrip("/")
    try:
        answer = requests.get(f"{url}/ready", timeout=TIMEOUT)
    except requests.RequestException as error:
        raise PartError(f"no server answers at {url}") from error
    try:
        reasons = "; ".join(answer.json()["reasons"])
    except (ValueError, LookupError, TypeError) as error:
        raise PartError(f"{url} is no Raglan server: it answered {answer.status_code}") from error
    if not answer.ok:
        raise PartError(f"{url} is not ready: {reasons}")
    return f"ready at {url}, but {reasons}" if reasons else f"ready at {url}"


def check_key(access: Access) -> str:
    """Request a page that needs a key."""
    access.client.call("GET", "/system/status")
    return "the server accepts it"


def check_workers(access: Access) -> str:
    """Check whether a task has been waiting for long though none is running."""
    backlog = access.services.operations.system.backlog()
    waited = backlog.waited_ms / 1000
    if waited > PATIENCE and not backlog.running:
        raise PartError(f"a task has been waiting for {waited:.0f} seconds, and none is running")
    return f"{counted(backlog.running, 'task')} running, none waiting in vain"
