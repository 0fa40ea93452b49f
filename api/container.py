"""The composition root: settings in, services out; the only file that names concrete backends."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial, wraps
from typing import Concatenate, ParamSpec

from api.attempts.base import Attempts, SharedAttempts
from api.attempts.memory import in_memory
from api.attempts.rates import PassingRates, Rates, rates_in_memory
from api.config.live import LiveSettings
from api.config.settings import Settings
from api.config.sources import trace_collector
from api.db.backends.base import Patience
from api.db.connection import Database, connection, open_database
from api.errors import StartError
from api.execution import INLINE, Execution
from api.federation.registry import open_directory, open_provider, provider_names
from api.leases.base import LeaseLock
from api.leases.database import DatabaseLease
from api.leases.fencing import Fencing
from api.news.base import News, NoNews
from api.observability.defects.base import Defects
from api.observability.defects.registry import open_defects
from api.observability.extras import check_front_end
from api.observability.recorder import NOTHING, Recorder
from api.observability.tracing.base import Tracer
from api.observability.tracing.registry import open_tracer
from api.secrets import SecretKey
from api.services.accounts.build import AccountServices, build_accounts
from api.services.accounts.sealed import password_opener
from api.services.accounts.session_stores.base import SessionStore
from api.services.accounts.session_stores.database import DatabaseSessions
from api.services.auditing.build import AuditServices, build_auditing
from api.services.channels.build import ChannelServices, build_channels, grantable
from api.services.chats.build import ChatServices, build_chats
from api.services.configuration.build import ConfigurationServices, build_configuration
from api.services.files.build import FileServices, build_files
from api.services.groups.build import GroupServices, build_groups
from api.services.identity.build import IdentityServices, build_identity
from api.services.ingestion.build import IngestionServices, build_ingestion
from api.services.library.build import LibraryServices, build_library
from api.services.models.build import ModelServices, build_models
from api.services.operations.build import OperationServices, build_operations
from api.services.people.build import PeopleServices, build_people
from api.services.provisioning.build import ProvisioningServices, build_provisioning
from api.services.search.build import SearchServices, build_search
from api.services.sign_in.build import SignInServices, build_outbox, build_sign_in
from api.services.stores.build import StoreServices, build_stores
from api.services.tools.build import build_tools
from api.services.webui.build import WebuiServices, build_webui
from api.tasks.base import TaskQueue
from api.tasks.broker.registry import open_broker
from api.tasks.figures import TaskFigures
from api.tasks.opening import open_tasks
from api.tasks.progress import ProgressUpdate
from api.things import Kind
from rag.engines.base import ChunkStore
from rag.engines.following import FollowingChunkStore
from rag.engines.registry import open_chunk_store
from rag.errors import ConfigurationError
from rag.loading import loaded
from rag.storage.base import Credentials, ObjectStore
from rag.storage.registry import open_object_store
from rag.tokenizing.tokens import index_tokens

P = ParamSpec("P")

Ping = Callable[[], object]
"""Asks a part whether it is there; raises RaglanError if it is not."""

LEASE = "background"

ATTEMPTS_PATIENCE = 1.0
"""Seconds that a sign-in or a request waits for Redis at most before it goes on without."""

REDIS = {
    "attempts": "api.attempts.redis:open_redis_attempts",
    "lease": "api.leases.redis:open_redis_lease",
    "news": "api.news.redis:open_redis_news",
    "rates": "api.attempts.redis:open_redis_rates",
    "ping": "api.redis_clients:redis_ping",
    "sessions": "api.services.accounts.session_stores.redis:open_redis_sessions",
}
"""What is kept in Redis where that is configured; its client takes 6 MB in every process."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that web, worker, CLI and tests work with; `settings` are those of the start."""

    settings: Settings
    live: LiveSettings
    execution: Execution
    recorder: Recorder
    tracer: Tracer
    defects: Defects

    database: Database
    storage: ObjectStore
    chunk_store: ChunkStore
    lease: LeaseLock
    rates: Rates
    fencing: Fencing
    tasks: TaskQueue
    progress: ProgressUpdate
    task_figures: TaskFigures

    accounts: AccountServices
    sign_in: SignInServices
    people: PeopleServices
    auditing: AuditServices
    groups: GroupServices
    provisioning: ProvisioningServices
    identity: IdentityServices
    models: ModelServices
    library: LibraryServices
    files: FileServices
    stores: StoreServices
    ingestion: IngestionServices
    search: SearchServices
    chats: ChatServices
    webui: WebuiServices
    channels: ChannelServices
    operations: OperationServices
    configuration: ConfigurationServices

    def reading(self) -> AbstractContextManager[None]:
        """Return what holds one database connection for a `with` block."""
        return connection(self.database)


def open_index(settings: Settings) -> ChunkStore:
    """Return the chunk store, wherever it was moved, with its files in the data folder."""
    return FollowingChunkStore(settings.chunk_store_url, partial(open_tables, settings))


def open_tables(settings: Settings, url: str) -> ChunkStore:
    """Return the chunk store at an address, with what it keeps on this host in the data folder."""
    return open_chunk_store(url, index_tokens, settings.data_path / "segments")


def wrong_addresses(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the addresses of the parts, of which none is connected to."""
    try:
        open_database(settings.database_url, pool_size=1, pool_timeout=1)
    except StartError as error:
        yield f"Setting database.url (RAGLAN_DATABASE__URL): {error}"
    yield from wrong_parts(settings)


def wrong_parts(settings: Settings) -> Iterator[str]:
    """Yield why a server with a database could not start with settings that are valid."""
    openers: dict[str, Callable[[], object]] = {
        "storage.url": lambda: open_storage(settings),
        "chunk_store.url": lambda: open_index(settings),
        "redis.url": lambda: open_ping(settings),
        "queue.url": lambda: open_broker(settings.queue),
        "auth.password_key": lambda: password_opener(settings.auth),
        "ldap.url": lambda: open_directory(settings),
        "auth.sessions": lambda: sessions_address(settings),
        "telemetry.otlp_url": lambda: open_settings_tracer(settings),
        "telemetry.sentry_dsn": lambda: open_settings_defects(settings),
        "frontend.dir": lambda: check_front_end(settings.frontend.dir),
    }
    for provider in provider_names(settings):
        openers[f"{provider}.client_id"] = partial(open_provider, settings, provider)
    for name, opener in openers.items():
        try:
            opener()
        except (StartError, ConfigurationError) as error:
            yield f"Setting {name} (RAGLAN_{name.replace('.', '__').upper()}): {error}"


def naming_wrong_addresses(
    compose: Callable[Concatenate[Settings, P], Services],
) -> Callable[Concatenate[Settings, P], Services]:
    """Make the first wrong address that a function meets an error that names all of them."""

    @wraps(compose)
    def wrapper(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> Services:
        try:
            return compose(settings, *args, **kwargs)
        except (StartError, ConfigurationError) as error:
            raise StartError("\n".join(wrong_addresses(settings)) or str(error)) from error

    return wrapper


@naming_wrong_addresses
def build(
    settings: Settings, execution: Execution = INLINE, recorder: Recorder = NOTHING
) -> Services:
    """Compose the services, of which nothing is opened before it is used; raises StartError."""
    check_front_end(settings.frontend.dir)
    live, database = LiveSettings(settings), open_main_database(settings)
    storage, chunk_store = open_storage(settings), open_index(settings)
    execution = execution.with_store(storage)
    tracer, attempts = open_settings_tracer(settings), open_attempts(settings)
    tasks = open_tasks(live, database, tracer, recorder)
    secret = SecretKey(settings.auth.secret_key.get_secret_value(), settings.data_path)
    models = build_models(database, live, secret, recorder, execution)
    library = build_library(database, live, storage, chunk_store, models.models, execution)
    search = build_search(database, live, chunk_store, models.models, execution, recorder)
    files = build_files(database, library)
    ingestion = build_ingestion(
        database, live, storage, chunk_store, tasks, models.models, library, recorder
    )
    sessions, news = open_sessions(settings, database), open_news(settings)
    accounts = build_accounts(database, live, secret, attempts, models.models, execution, sessions)
    people = build_people(accounts.accounts, build_outbox(database, live, secret))
    chats = build_chats(database, secret, attempts, models.models, search, execution)
    groups = groups_with(database, live, people, library, chats, files, models)
    identity, sign_in = entry_with(live, secret, accounts, people, groups)
    tools = build_tools(database, secret, live, people, groups, models)
    return Services(
        settings=settings,
        live=live,
        execution=execution,
        recorder=recorder,
        tracer=tracer,
        defects=open_settings_defects(settings),
        database=database,
        storage=storage,
        chunk_store=chunk_store,
        lease=open_lease(settings, database),
        rates=open_rates(settings),
        fencing=Fencing(database, LEASE),
        tasks=tasks,
        progress=ProgressUpdate(database),
        task_figures=TaskFigures(database),
        accounts=accounts,
        sign_in=sign_in,
        people=people,
        groups=groups,
        provisioning=build_provisioning(people.people, groups.groups),
        auditing=build_auditing(database, live, settings.data_path, recorder),
        identity=identity,
        models=models,
        library=library,
        files=files,
        stores=(stores := build_stores(database, live, library, files, ingestion, search)),
        ingestion=ingestion,
        search=search,
        chats=chats,
        webui=(web := build_webui(database, live, accounts, sign_in, people, chats, stores, tools)),
        channels=build_channels(database, live, secret, groups, web),
        configuration=build_configuration(database, live, secret, news, execution, wrong_parts),
        operations=operations_with(database, live, storage, chunk_store, library, execution, tasks),
    )


def entry_with(
    live: LiveSettings,
    secret: SecretKey,
    accounts: AccountServices,
    people: PeopleServices,
    groups: GroupServices,
) -> tuple[IdentityServices, SignInServices]:
    """Compose the services of signing in, by others and here."""
    identity = build_identity(live, secret, accounts.accounts, people, groups.groups)
    checking, outbox = identity.directory.checking, people.sign_up.outbox
    return identity, build_sign_in(accounts, secret, checking, outbox)


def operations_with(
    database: Database,
    live: LiveSettings,
    storage: ObjectStore,
    chunk_store: ChunkStore,
    library: LibraryServices,
    execution: Execution,
    tasks: TaskQueue,
) -> OperationServices:
    """Compose the services that operate the server."""
    ping = open_ping(live.current)
    return build_operations(
        database, live, storage, chunk_store, library.disk.check, ping, execution, tasks.broker
    )


def groups_with(
    database: Database,
    live: LiveSettings,
    people: PeopleServices,
    library: LibraryServices,
    chats: ChatServices,
    files: FileServices,
    models: ModelServices,
) -> GroupServices:
    """Compose groups with what finds the things of which an asker may say who uses them."""
    return build_groups(
        database,
        live,
        people,
        {
            Kind.DATASET: library.datasets.shared,
            Kind.CHAT: chats.chats.managed,
            Kind.FILE: files.tree.grantable,
            Kind.MODEL: models.providers.grantable,
            **grantable(database, people),
        },
        models.models,
    )


def open_settings_tracer(settings: Settings) -> Tracer:
    """Return what traces as the settings say, or SkyWalking's own variable."""
    telemetry = settings.telemetry
    return open_tracer(trace_collector(), telemetry.otlp_url, telemetry.service_name)


def open_settings_defects(settings: Settings) -> Defects:
    """Return what tells of unexpected errors as the settings say."""
    telemetry = settings.telemetry
    return open_defects(telemetry.sentry_dsn.get_secret_value(), telemetry.environment)


def open_main_database(settings: Settings) -> Database:
    """Return the database of the settings."""
    wanted = settings.database
    patience = Patience(wanted.idle_transaction_timeout, wanted.timeout)
    return open_database(settings.database_url, wanted.pool_size, wanted.pool_timeout, patience)


def open_storage(settings: Settings) -> ObjectStore:
    """Return the object store of the settings."""
    storage = settings.storage
    credentials = Credentials(storage.access_key, storage.secret_key.get_secret_value())
    folder = settings.data_path / "tmp"
    return open_object_store(settings.storage_url, credentials, folder, storage.timeout)


def open_ping(settings: Settings) -> Ping | None:
    """Return what asks Redis whether it is there; None where none is configured."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return None
    opener: Callable[[str, float], Ping] = loaded(REDIS["ping"])
    return opener(url, settings.redis.timeout)


def open_attempts(settings: Settings) -> Attempts:
    """Return the counts of attempts to sign in: shared where Redis is configured."""
    url = settings.redis.url.get_secret_value()
    own = in_memory()
    if not url:
        return own
    opener: Callable[[str, float], Attempts] = loaded(REDIS["attempts"])
    return SharedAttempts(opener(url, min(settings.redis.timeout, ATTEMPTS_PATIENCE)), own)


def open_rates(settings: Settings) -> Rates:
    """Return what counts requests: shared where Redis is configured, which may be away."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return rates_in_memory()
    opener: Callable[[str, float], Rates] = loaded(REDIS["rates"])
    return PassingRates(opener(url, min(settings.redis.timeout, ATTEMPTS_PATIENCE)))


def sessions_address(settings: Settings) -> str:
    """Return the address of the Redis that keeps sessions; empty where the database does.

    Raises StartError.
    """
    url = settings.redis.url.get_secret_value()
    if settings.auth.sessions == "redis" and not url:
        raise StartError("it is redis, but redis.url is empty")
    return url if settings.auth.sessions == "redis" else ""


def open_sessions(settings: Settings, database: Database) -> SessionStore:
    """Return where sessions are kept."""
    url = sessions_address(settings)
    if not url:
        return DatabaseSessions(database)
    opener: Callable[[str, float, Database], SessionStore] = loaded(REDIS["sessions"])
    return opener(url, settings.redis.timeout, database)


def open_lease(settings: Settings, database: Database) -> LeaseLock:
    """Return the lease of the background jobs: in Redis where that is configured."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return DatabaseLease(database, LEASE)
    # A call that hangs must not take the time in which the lease could be renewed elsewhere.
    patience = min(settings.redis.timeout, settings.lease.ttl / settings.lease.renewals)
    opener: Callable[[str, float, str], LeaseLock] = loaded(REDIS["lease"])
    return opener(url, patience, LEASE)


def open_news(settings: Settings) -> News:
    """Return the channel by which processes hear of changed settings, where Redis is configured."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return NoNews()
    opener: Callable[[str, float, str], News] = loaded(REDIS["news"])
    return opener(url, settings.redis.timeout, "settings")
