"""What all tests share: real servers, started when the first test needs them, and databases."""

import gc
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from peewee import Database

from api.db.base import database as bound
from api.logs import trace_id
from tests import cpu, fast, memory
from tests.brokers import BrokerServer, rabbitmq_broker, redis_broker
from tests.components import (
    Component,
    mariadb_server,
    postgresql_server,
    redis_cluster,
    redis_sentinel,
    redis_server,
)
from tests.databases import (
    KINDS,
    Maker,
    MariadbMaker,
    PostgresqlMaker,
    SqliteMaker,
    chosen_kinds,
    clear,
    empty_chunk_store,
    in_use,
    opened,
)
from tests.running import ROOT

DEAREST = ("clients", "service", "browser", "contract", "functional")
"""The folders whose tests take longest, in this order."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that narrow a run."""
    parser.addoption(
        "--databases",
        default=",".join(KINDS),
        help="kinds of databases to run tests on that work on each (default: %(default)s)",
    )
    parser.addoption(
        "--fast",
        action="store_true",
        help="run on SQLite alone, and nothing that needs a server of others or whole processes",
    )
    parser.addoption(
        "--pictures",
        action="store_true",
        help="write the pictures of docs/console.md anew, from the pages as they are",
    )
    parser.addoption(
        "--elasticsearch",
        default="",
        metavar="FOLDER",
        help="run the tests of OpenSearch on Elasticsearch, which tests/java/elasticsearch/make.sh"
        " has made in this folder",
    )
    parser.addoption("--cpu", action="store_true", help="print what takes the most CPU time")


def pytest_configure(config: pytest.Config) -> None:
    """Restore Ctrl-C for the programs that tests start, also where a shell runs tests with `&`."""
    gc.disable()  # until all is loaded, of which nothing is garbage
    if config.getoption("fast"):
        fast.begin()
    if config.getoption("cpu"):
        config.pluginmanager.register(cpu.Meter())
        config.pluginmanager.register(cpu.Bill())
    config.option.loadscopereorder = False  # see `dearest_first`
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        config.option.basetemp = memory.folder()
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Give back the memory that the files of the tests are in, unless one of them failed."""
    if exitstatus == pytest.ExitCode.OK and not hasattr(session.config, "workerinput"):
        memory.clear(session.config.option.basetemp)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Ignore the folders of tests of whole processes, in the short run."""
    whole = collection_path in {ROOT / "tests" / name for name in ("service", "clients", "browser")}
    return True if whole and config.getoption("fast") else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that works on a database once for each chosen kind that is among its own."""
    if "database_kind" in metafunc.fixturenames:
        chosen = chosen_kinds(metafunc.config)
        mark = metafunc.definition.get_closest_marker("databases")
        kinds = [kind for kind in chosen if mark is None or kind in mark.args]
        metafunc.parametrize("database_kind", kinds, scope="session")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Group the tests of a module that share what takes long into one process; order all.

    What pytest does meanwhile keeps together what shares a server; that order stays.
    """
    items[:] = fast.kept(items)
    for item in items:
        if isinstance(item, pytest.Function) and not item.get_closest_marker("xdist_group"):
            found = item._fixtureinfo.name2fixturedefs  # noqa: SLF001 - pytest has no other word
            if any(made[-1].scope == "module" for made in found.values()):
                item.add_marker(pytest.mark.xdist_group(item.module.__name__))
    yield
    items.sort(key=dearest_first)


def dearest_first(item: pytest.Item) -> int:
    """Return the place of a test in the run, which is random beside that.

    What takes long begins early, so that short tests are left for whichever process is free at
    the end.
    """
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    place = DEAREST.index(folder) if folder in DEAREST else len(DEAREST)
    return -1 if item.get_closest_marker("long") else place


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Keep the tests of an `xdist_group` together, and collect garbage of tests alone.

    pytest-xdist 3.8 writes the group into `_nodeid`, which pytest 9.2 does not read any more.
    """
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)  # a look after each 700 things is a seventh of a run
    gc.enable()
    for item in session.items:
        grouped = vars(item).get("_nodeid")
        if grouped is not None and grouped != item.nodeid:
            item._id = type(item._id).parse(grouped)  # noqa: SLF001 - as xdist does


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how to run in the same order again, and what was skipped: a line for each reason."""
    seed = terminalreporter.config.getoption("randomly_seed", None)
    terminalreporter.write_line(f"To run in this order again: --randomly-seed={seed}")
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")


@pytest.fixture(scope="session")
def broker_redis() -> Iterator[BrokerServer]:
    """Run a Redis for brokers, which tests may kill."""
    with redis_broker() as server:
        yield server


@pytest.fixture(scope="session")
def broker_rabbitmq() -> Iterator[BrokerServer]:
    """Run RabbitMQ, which tests may kill."""
    with rabbitmq_broker() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Component]:
    """Run PostgreSQL."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Component]:
    """Run MariaDB."""
    with mariadb_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_standalone() -> Iterator[Component]:
    """Run one Redis server."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_sentinel_master(redis_standalone: Component) -> Iterator[Component]:
    """Run a Sentinel of a Redis server, known to it as "m"."""
    with redis_sentinel(redis_standalone) as sentinel:
        yield sentinel


@pytest.fixture(scope="session")
def redis_cluster_nodes() -> Iterator[list[Component]]:
    """Run a Redis Cluster."""
    with redis_cluster() as nodes:
        yield nodes


@pytest.fixture(scope="session")
def sqlite_maker(tmp_path_factory: pytest.TempPathFactory) -> SqliteMaker:
    """Make SQLite databases."""
    return SqliteMaker(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_maker(postgresql: Component) -> Iterator[PostgresqlMaker]:
    """Make PostgreSQL databases."""
    maker = PostgresqlMaker(postgresql)
    yield maker
    maker.close()


@pytest.fixture(scope="session")
def chunk_database(postgresql_maker: PostgresqlMaker) -> str:
    """Make a database for chunk stores in PostgreSQL."""
    return postgresql_maker.empty()


@pytest.fixture
def chunk_database_url(chunk_database: str) -> str:
    """Return the address of an empty chunk store in PostgreSQL."""
    empty_chunk_store(chunk_database)
    return chunk_database


@pytest.fixture(scope="session")
def mariadb_maker(mariadb: Component) -> MariadbMaker:
    """Make MariaDB databases."""
    return MariadbMaker(mariadb)


@pytest.fixture
def database_maker(database_kind: str, request: pytest.FixtureRequest) -> Maker:
    """Make databases of one kind after the other."""
    maker: Maker = request.getfixturevalue(f"{database_kind}_maker")
    return maker


@pytest.fixture
def empty_database_url(database_maker: Maker) -> str:
    """Return the URL of a database without tables."""
    return database_maker.empty()


@pytest.fixture
def database_url(database_maker: Maker) -> Iterator[str]:
    """Yield the URL of a database with empty tables, on one kind after the other."""
    url = database_maker.migrated()
    yield url
    clear(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open a database with empty tables."""
    with opened(database_url) as database:
        yield database


@pytest.fixture(autouse=True)
def no_connection_left() -> Iterator[None]:
    """Fail a test after which a connection to its database is still in use; end its trace."""
    yield
    trace_id.set("")
    assert bound.obj is None or in_use(bound.obj) == 0, "a database connection was not given back"
