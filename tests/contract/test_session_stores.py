"""What places for sessions keep to, and what becomes of sessions when their Redis is killed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.config.settings import AuthSettings, RedisSettings, Settings
from api.container import Services, build
from api.db.base import new_id
from api.db.connection import connection
from api.db.migrate import migrate
from api.errors import StartError, UnavailableError
from api.leases.database import migration_lease
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import AccountRecord, KeptSession
from api.services.accounts.session_stores.base import SessionStore
from api.services.accounts.sessions import digest
from api.services.accounts.values import Credentials, NewAccount
from tests.components import redis_server
from tests.contract.test_attempts import redis_url
from tests.running import free_port, wait_until

PLACES = [
    "database",
    "redis",
    pytest.param("cluster", marks=pytest.mark.xdist_group("redis-cluster")),
]
PASSWORD = "correct horse"


def services_with(url: str, folder: Path, database_url: str) -> Services:
    """Compose a server that keeps sessions in the Redis at an address, or in the database."""
    auth = AuthSettings(sessions="redis" if url else "database")
    redis = RedisSettings.model_validate({"url": url, "timeout": 1})
    settings = Settings.model_validate(
        {"data_dir": folder, "database": {"url": database_url}, "auth": auth, "redis": redis}
    )
    return build(settings)


@pytest.fixture
def services(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str
) -> Iterator[Services]:
    kind = getattr(request, "param", "database")
    url = "" if kind == "database" else redis_url(kind, request)
    composed = services_with(url, tmp_path, database_url)
    migrate(composed.database, migration_lease(composed.database))
    yield composed
    composed.chunk_store.close()
    composed.database.close_all()


@pytest.fixture
def account(services: Services) -> AccountRecord:
    email = f"{new_id()}@example.org"
    return services.accounts.accounts.create_user(NewAccount(email, PASSWORD))


@pytest.fixture
def store(services: Services) -> SessionStore:
    return services.accounts.sessions.store


Begin = Callable[[], KeptSession]


@pytest.fixture
def begin(services: Services, account: AccountRecord) -> Begin:
    """Return what begins a session of the account and returns it as it is kept."""

    def begun() -> KeptSession:
        whence = ("Firefox", "192.0.2.1")
        kept = services.accounts.sessions.open(new_id(), account.id, whence, "", refresh=1)
        assert kept
        return kept

    return begun


every_place = pytest.mark.parametrize("services", PLACES, indirect=True)


@every_place
def test_a_session_is_found_by_its_token_and_by_its_id(
    store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    kept = begin()
    for found in (store.find(kept.token_hash), store.find_by_id(kept.id)):
        assert found
        asker, last_used = found
        assert (asker.user_id, asker.session_id, asker.teams) == (account.id, kept.id, ())
        assert last_used == kept.create_time
    assert store.find(kept.id + "0" * 32) is None
    assert store.find(digest("no token")) is None
    assert store.find_by_id("no id") is None


@every_place
def test_sessions_are_listed_the_newest_first_and_ended_one_by_one(
    store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    begun = [begin() for _ in range(3)]
    listed = store.list_sessions(account.id)
    assert sorted(listed) == sorted(begun)
    times = [session.create_time for session in listed]
    assert times == sorted(times, reverse=True)
    assert store.end(account.id, begun[1].id)
    assert not store.end(account.id, begun[1].id)
    assert not store.end("somebody else", begun[0].id)
    assert sorted(store.list_sessions(account.id)) == sorted([begun[0], begun[2]])
    assert store.find_by_id(begun[1].id) is None


@every_place
def test_all_end_but_the_one_that_is_carried_over(
    services: Services, store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    first, second = begin(), begin()
    services.accounts.sessions.end_all(account.id, first.id)
    assert store.find(first.token_hash)
    assert store.find(second.token_hash) is None
    later = begin()
    services.accounts.sessions.end_all(account.id)
    assert [store.find(one.token_hash) for one in (first, later)] == [None, None]
    assert store.list_sessions(account.id) == []


@every_place
def test_sessions_of_an_epoch_that_has_ended_count_nowhere(
    services: Services, store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    kept = begin()
    with connection(services.database):  # and killed before sessions could be removed
        queries.end_epoch(services.database, account.id)
    assert store.find(kept.token_hash) is None
    assert store.find_by_id(kept.id) is None
    assert store.list_sessions(account.id) == []
    # One that was begun before that, and is kept only now.
    late = kept._replace(id=new_id(), token_hash=digest("late"))
    store.add(late, 1)
    assert store.find_by_id(late.id) is None


@every_place
def test_a_session_of_an_account_that_is_shut_out_or_gone_is_none(
    services: Services, store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    kept = begin()
    services.people.people.set_active(account.id, active=False)
    services.people.people.set_active(account.id, active=True)
    assert store.find(kept.token_hash) is None
    kept = begin()
    assert store.find(kept.token_hash)
    services.people.people.erase(account.id)
    assert store.find(kept.token_hash) is None


@every_place
def test_a_refresh_token_is_good_once(store: SessionStore, begin: Begin) -> None:
    kept = begin()
    assert store.rotate(kept.id, 1)
    assert not store.rotate(kept.id, 1)
    assert store.rotate(kept.id, 2)
    assert not store.rotate("no id", 1)


@every_place
def test_a_use_is_written_down_and_makes_no_session(
    store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    kept = begin()
    store.end(account.id, kept.id)
    store.record_use(kept.id)
    store.carry_over(kept.id, 9)
    assert store.find_by_id(kept.id) is None
    other = begin()
    store.record_use(other.id)
    [listed] = store.list_sessions(account.id)
    assert listed.last_used_time >= other.last_used_time


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("services", ["redis"], indirect=True)
def test_a_session_in_redis_ends_by_itself(
    store: SessionStore, begin: Begin, account: AccountRecord
) -> None:
    short = begin()._replace(id=new_id())
    store.add(short, 1e-9)
    wait_until(lambda: store.find_by_id(short.id) is None, "the end of the session")
    assert short.id not in {one.id for one in store.list_sessions(account.id)}


@pytest.mark.databases("sqlite")
def test_when_its_redis_is_killed_sessions_wait_and_keys_go_on(
    tmp_path: Path, database_url: str
) -> None:
    port = free_port()
    options = ("--appendonly", "yes", "--appendfsync", "always", "--dir", str(tmp_path))
    (tmp_path / "data").mkdir()
    services = services_with(f"redis://127.0.0.1:{port}/0", tmp_path / "data", database_url)
    migrate(services.database, migration_lease(services.database))
    accounts = services.accounts
    owner = accounts.accounts.create_user(NewAccount("a@example.org", PASSWORD))
    key = accounts.keys.create(owner.principal).key
    with redis_server(*options, port=port):
        made = services.sign_in.tokens.sign_in(Credentials("a@example.org", PASSWORD))
        assert services.sign_in.tokens.authenticate(made.access)
    with pytest.raises(UnavailableError):
        services.sign_in.tokens.authenticate(made.access)
    with pytest.raises(UnavailableError):
        services.sign_in.tokens.refresh(made.refresh)
    assert accounts.keys.authenticate(key)
    accounts.accounts.set_password(
        "a@example.org", "another"
    )  # although sessions cannot be removed
    with redis_server(*options, port=port):
        wait_until(lambda: is_back(services), "the client's new connection")
        assert services.sign_in.tokens.authenticate(made.access) is None
        made = services.sign_in.tokens.sign_in(Credentials("a@example.org", "another"))
    with redis_server(*options, port=port):
        wait_until(lambda: is_back(services), "the client's new connection")
        assert services.sign_in.tokens.authenticate(made.access)
        assert services.sign_in.tokens.authenticate(
            services.sign_in.tokens.refresh(made.refresh).access
        )
    services.chunk_store.close()
    services.database.close_all()


def is_back(services: Services) -> bool:
    """Return whether Redis answers a client that knew it before."""
    try:
        services.accounts.sessions.store.find_by_id("nobody's")
    except UnavailableError:
        return False
    return True


@pytest.mark.databases("sqlite")
def test_sessions_in_redis_want_an_address_of_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, auth=AuthSettings(sessions="redis"))
    with pytest.raises(StartError, match=r"Setting auth\.sessions"):
        build(settings)
