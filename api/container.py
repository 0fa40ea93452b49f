"""The composition root: settings in, services out; the only file that names concrete backends."""

from dataclasses import dataclass

from peewee import Database
from rag.engines.registry import open_chunk_store
from rag.storage.registry import open_object_store

from api.db.connection import open_database
from api.services.accounts import AccountService
from api.services.bootstrap import BootstrapService
from api.services.keys import ApiKeyService
from api.services.passwords import Passwords
from api.services.secrets import SecretKey
from api.settings import Settings
from rag.engines.base import ChunkStore
from rag.storage.base import ObjectStore
from rag.types import Offload


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that web, worker, CLI and tests work with."""

    settings: Settings
    database: Database
    storage: ObjectStore
    chunk_store: ChunkStore
    keys: ApiKeyService
    accounts: AccountService
    bootstrap: BootstrapService


def build(settings: Settings, offload: Offload) -> Services:
    """Compose the services; nothing is connected to or opened until it is used.

    `offload` runs short native calls: in a web worker on the hub's thread pool, elsewhere inline.
    """
    database = open_database(
        settings.database_url, settings.database.pool_size, settings.database.pool_timeout
    )
    storage = open_object_store(settings.storage_url)
    chunk_store = open_chunk_store(settings.chunk_store_url)
    secret = SecretKey(settings.auth.secret_key.get_secret_value(), settings.data_path)
    keys = ApiKeyService(database)
    accounts = AccountService(database, Passwords(offload), secret, settings.auth)
    return Services(
        settings=settings,
        database=database,
        storage=storage,
        chunk_store=chunk_store,
        keys=keys,
        accounts=accounts,
        bootstrap=BootstrapService(accounts, keys, settings.bootstrap),
    )
