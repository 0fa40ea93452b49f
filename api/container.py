"""The composition root: settings in, services out; the only file that names concrete backends."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any, Concatenate, ParamSpec
from urllib.parse import unquote, urlsplit

from peewee import Database

from api.attempts.base import Attempts, SharedAttempts
from api.attempts.memory import in_memory
from api.config.live import LiveSettings
from api.config.settings import BASE_DIR, Settings
from api.config.sources import trace_collector
from api.db.backends import Patience
from api.db.connection import connection, open_database
from api.errors import StartError
from api.leases.base import LeaseLock
from api.leases.database import DatabaseLease
from api.leases.fencing import Fencing
from api.observability.recorder import NOTHING, Recorder
from api.observability.tracing.base import Tracer
from api.services.accounts.accounts import AccountService
from api.services.accounts.bootstrap import BootstrapService
from api.services.accounts.keys import ApiKeyService
from api.services.accounts.passwords import Passwords
from api.services.accounts.secrets import Cipher, SecretKey
from api.services.accounts.sign_in_limits import SignInLimits
from api.services.accounts.tenants import TenantService
from api.services.chats.answering import AnsweringService
from api.services.chats.chats import ChatService
from api.services.chats.completions import Beside, CompletionService, at_once
from api.services.chats.openai_chat import OpenAIChatService
from api.services.chats.prompts import read_prompts
from api.services.chats.sessions import SessionService
from api.services.ingestion.ingestion import IngestionService
from api.services.ingestion.parsing import ParsingService
from api.services.ingestion.publishing import Publisher
from api.services.ingestion.reuse import Reuse
from api.services.library.chunk_index import ChunkIndex
from api.services.library.chunk_list import ChunkReader
from api.services.library.chunks import ChunkService
from api.services.library.cleanup import CleanupService
from api.services.library.datasets import DatasetService
from api.services.library.disk import DiskSpace
from api.services.library.document_upload import UploadService
from api.services.library.documents import DocumentService
from api.services.library.quota import Quota
from api.services.models.catalogue import Catalogue
from api.services.models.metering import search_meter
from api.services.models.models import ModelService
from api.services.models.providers import ProviderService
from api.services.operations.checking import (
    disk_check,
    endpoint_checks,
    nacos_check,
    redis_check,
    server_checks,
    workers_check,
)
from api.services.operations.registration import Registration
from api.services.operations.reports import Reports
from api.services.operations.retention import RetentionService
from api.services.operations.system import SystemService
from api.services.operations.worker_report import Workforce
from api.services.search.retrieval import RetrievalService
from api.tasks.figures import TaskFigures
from api.tasks.progress import ProgressUpdate
from api.tasks.table import TaskQueue
from api.tasks.wakeup import Wakeup
from rag.engines.base import ChunkStore
from rag.engines.registry import open_chunk_store
from rag.errors import ConfigurationError
from rag.generation.answer import AnswerTools
from rag.retrieval.retriever import Retriever
from rag.storage.base import Credentials, ObjectStore
from rag.storage.registry import open_object_store
from rag.tokenizing.counting import count_tokens
from rag.tokenizing.tokens import tokenize
from rag.types import Offload, run_inline

P = ParamSpec("P")

LEASE = "background"

ATTEMPTS_PATIENCE = 1.0
"""Seconds that a sign-in waits for Redis at most before it goes on without."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that web, worker, CLI and tests work with; `settings` are those of the start."""

    settings: Settings
    live: LiveSettings
    offload: Offload
    database: Database
    storage: ObjectStore
    chunk_store: ChunkStore
    keys: ApiKeyService
    accounts: AccountService
    tenants: TenantService
    bootstrap: BootstrapService
    models: ModelService
    providers: ProviderService
    system: SystemService
    retrieval: RetrievalService
    chats: ChatService
    sessions: SessionService
    completions: CompletionService
    openai_chat: OpenAIChatService
    tasks: TaskQueue
    datasets: DatasetService
    documents: DocumentService
    uploads: UploadService
    parsing: ParsingService
    chunks: ChunkService
    cleanup: CleanupService
    retention: RetentionService
    publisher: Publisher
    quota: Quota
    disk: DiskSpace
    ingestion: IngestionService
    progress: ProgressUpdate
    lease: LeaseLock
    fencing: Fencing
    recorder: Recorder
    task_figures: TaskFigures
    reports: Reports
    registration: Registration
    tracer: Tracer

    def reading(self) -> AbstractContextManager[None]:
        """Return what holds one database connection for a `with` block."""
        return connection(self.database)


def wrong_addresses(settings: Settings) -> Iterator[str]:
    """Yield what is wrong with the addresses of the parts, of which none is connected to."""
    openers: dict[str, Callable[[], object]] = {
        "database": lambda: open_database(settings.database_url, pool_size=1, pool_timeout=1),
        "storage": lambda: open_storage(settings),
        "chunk_store": lambda: open_chunk_store(settings.chunk_store_url, tokenize),
        "redis": lambda: open_redis(settings),
    }
    for part, opener in openers.items():
        try:
            opener()
        except (StartError, ConfigurationError) as error:
            yield f"Setting {part}.url (RAGLAN_{part.upper()}__URL): {error}"


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
    settings: Settings,
    offload: Offload,
    recorder: Recorder = NOTHING,
    beside: Beside = at_once,
    hashing: Offload | None = None,
) -> Services:
    """Compose the services; nothing is connected to or opened until it is used.

    `offload` runs short native calls: in a web worker on the hub's thread pool, elsewhere inline.
    `beside` starts what goes on while something else is waited for: in a web worker a greenlet.
    `recorder` takes what is counted and measured; `hashing` runs password hashes, else `offload`.
    Raises StartError.
    """
    live = LiveSettings(settings)
    database = open_database(
        settings.database_url,
        settings.database.pool_size,
        settings.database.pool_timeout,
        Patience(settings.database.idle_transaction_timeout, settings.database.timeout),
    )
    storage = open_storage(settings)
    files: Offload = run_inline if storage.cooperative else offload
    chunk_store = open_chunk_store(settings.chunk_store_url, tokenize)
    secret = SecretKey(settings.auth.secret_key.get_secret_value(), settings.data_path)
    keys = ApiKeyService(database)
    passwords = Passwords(hashing or offload, lambda: live.current.auth.passwords_at_once)
    limits = SignInLimits(open_attempts(settings), lambda: live.current.auth)
    accounts = AccountService(database, passwords, secret, lambda: live.current.auth, limits)
    cipher = Cipher(secret)
    catalogue = Catalogue(BASE_DIR / "conf" / "llm_factories.json")
    models = ModelService(database, lambda: live.current.models, catalogue, cipher, recorder)
    prompts = read_prompts(BASE_DIR / "conf" / "prompts")
    retriever = Retriever(chunk_store, offload, search_meter(recorder))
    retrieval = RetrievalService(
        database, models, retriever, lambda: live.current.retrieval, offload
    )
    tools = AnswerTools(count_tokens, tokenize, time.perf_counter)
    answering = AnsweringService(retrieval, models, tools, prompts.citations)
    chats = ChatService(database, models, prompts.opener, prompts.assistant)
    sessions = SessionService(database)
    tracer = Tracer(trace_collector())
    wakeup = Wakeup(settings.data_path / "wakeup")
    tasks = TaskQueue(database, settings.worker, wakeup, tracer)
    index = ChunkIndex(database, chunk_store, models, offload)
    quota = Quota(database, lambda: live.current.quota)
    disk = DiskSpace(
        settings.data_path, local_folders(settings), lambda: live.current.storage.reserve_bytes
    )
    publisher = Publisher(database, chunk_store, tasks, index, quota, disk)
    reports = Reports(database)
    registration = Registration(settings, reports)
    redis = open_redis(settings)
    processes = settings.worker.processes
    checks = [
        *server_checks(database, chunk_store, storage, offload, files),
        disk_check(disk.check),
        *([redis_check(redis)] if redis else []),
        *endpoint_checks(lambda: live.current.models),
        nacos_check(registration.ask, lambda: registration.is_configured),
        workers_check(Workforce(reports, processes).ask, processes),
    ]
    cleanup = CleanupService(database, storage, chunk_store, index, offload, files, disk)
    return Services(
        settings=settings,
        live=live,
        offload=offload,
        database=database,
        storage=storage,
        chunk_store=chunk_store,
        keys=keys,
        accounts=accounts,
        tenants=TenantService(database, models),
        bootstrap=BootstrapService(accounts, keys, settings.bootstrap),
        models=models,
        providers=ProviderService(database, catalogue, cipher),
        system=SystemService(settings, checks, reports),
        retrieval=retrieval,
        chats=chats,
        sessions=sessions,
        completions=CompletionService(chats, sessions, answering, beside),
        openai_chat=OpenAIChatService(chats, answering),
        tasks=tasks,
        datasets=DatasetService(database, models, cleanup),
        documents=DocumentService(database, storage, cleanup, files),
        uploads=UploadService(database, storage, cleanup, files, quota, disk),
        parsing=ParsingService(database, tasks),
        chunks=ChunkService(database, index, ChunkReader(database, chunk_store, offload), quota),
        cleanup=cleanup,
        retention=RetentionService(database, lambda: live.current.auth, settings.retention),
        publisher=publisher,
        quota=quota,
        disk=disk,
        ingestion=IngestionService(
            storage,
            chunk_store,
            models,
            tasks,
            publisher,
            Reuse(database, chunk_store, publisher),
            lambda: live.current.worker,
            recorder,
        ),
        progress=ProgressUpdate(database),
        lease=open_lease(settings, database),
        reports=reports,
        registration=registration,
        fencing=Fencing(database, LEASE),
        recorder=recorder,
        task_figures=TaskFigures(database),
        tracer=tracer,
    )


def local_folders(settings: Settings) -> list[Path]:
    """Return the folders of the parts that are files of this machine."""
    url = settings.storage_url
    files = [Path(unquote(urlsplit(url).path))] if url.startswith("file:") else []
    databases = (settings.database_url, settings.chunk_store_url)
    paths = [Path(unquote(urlsplit(url).path)) for url in databases if url.startswith("sqlite:")]
    return [*files, *(path.parent for path in paths)]


def open_storage(settings: Settings) -> ObjectStore:
    """Return the object store of the settings."""
    storage = settings.storage
    credentials = Credentials(storage.access_key, storage.secret_key.get_secret_value())
    folder = settings.data_path / "tmp"
    return open_object_store(settings.storage_url, credentials, folder, storage.timeout)


def open_redis(settings: Settings) -> Callable[[], object] | None:
    """Return what asks Redis whether it is there; None where none is configured.

    The client of Redis is imported only then: it takes 6 MB in every process.
    """
    url = settings.redis.url.get_secret_value()
    if not url:
        return None
    backend: Any = import_module("api.redis_clients")
    ping: Callable[[], object] = backend.redis_ping(url, settings.redis.timeout)
    return ping


def open_attempts(settings: Settings) -> Attempts:
    """Return the counts of attempts to sign in: shared where Redis is configured."""
    url = settings.redis.url.get_secret_value()
    own = in_memory()
    if not url:
        return own
    backend: Any = import_module("api.attempts.redis")
    patience = min(settings.redis.timeout, ATTEMPTS_PATIENCE)
    return SharedAttempts(backend.open_redis_attempts(url, patience), own)


def open_lease(settings: Settings, database: Database) -> LeaseLock:
    """Return the lease of the background jobs: in Redis where that is configured."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return DatabaseLease(database, LEASE)
    # A call that hangs must not take the time in which the lease could be renewed elsewhere.
    patience = min(settings.redis.timeout, settings.lease.ttl / settings.lease.renewals)
    backend: Any = import_module("api.leases.redis")
    lease: LeaseLock = backend.open_redis_lease(url, patience, LEASE)
    return lease
