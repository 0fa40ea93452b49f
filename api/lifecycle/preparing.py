"""What is made ready before the processes of a server start, whoever starts them."""

import os
import sys
from dataclasses import astuple, dataclass
from typing import NoReturn

from gevent.monkey import get_original

from api.config.places import take_plan_to
from api.config.settings import ServerSettings, Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.datafolder import lock_folder, prepare_folder
from api.db.migrate import migrate
from api.errors import RaglanError
from api.leases.database import migration_lease
from api.processes.listening import check_port
from api.processes.supervised import end_with
from api.services.accounts.bootstrap import FirstAccount
from rag.errors import RagError

AS_SET = "(as set by bootstrap.*)"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a supervisor is to start: see `api/processes/supervise.sh`.

    `workers` is the number of ingest workers; a stop may take `stop_seconds`.
    """

    host: str
    port: int
    workers: int
    stop_seconds: int
    registrars: int

    def __str__(self) -> str:
        """Return the line that a supervisor reads."""
        return " ".join(map(str, astuple(self)))


def get_ready(settings: Settings) -> Plan:
    """Make the data folder, the tables and the first account, which is printed; return the plan.

    Raises RaglanError or RagError when the server could not start.
    """
    server = settings.server
    # Before anything starts: whatever has the port would be taken for our own server.
    check_port(server.host, server.port)
    prepare_folder(settings.data_path)
    lock = lock_folder(settings.data_path)
    try:
        make_tables(build(settings))
    finally:
        os.close(lock)  # the server takes it anew
    return plan_of(load_settings(), server)


def seeded(services: Services, *, is_start: bool) -> FirstAccount | None:
    """Migrate the database and begin with its settings; return the first account if it is new.

    `is_start` is whether a server starts, and not a worker of one.
    """
    migrate(services.database, migration_lease(services.database))
    services.configuration.stored.begin(services.settings, is_start=is_start)
    return services.accounts.bootstrap.seed()


def make_tables(services: Services) -> None:
    """Migrate and seed the database, and print a first account that is made here."""
    services.library.disk.make_room()  # the database is not even read without some
    first = seeded(services, is_start=True)
    if first is not None:
        sys.stderr.write(
            "The first account, shown this once:\n"
            f"    e-mail    {first.email}\n"
            f"    password  {first.password or AS_SET}\n"
            f"    API key   {first.api_key or AS_SET}\n"
        )


def plan_of(settings: Settings, looked_at: ServerSettings) -> Plan:
    """Return the plan by the settings of now, those of the database included.

    Raises StartError where the port, if it is another one than was looked at, is taken.
    """
    server = settings.server
    if server.bind != looked_at.bind:
        check_port(server.host, server.port)
    return Plan(
        host=server.host,
        port=server.port,
        workers=workers_of(settings),
        stop_seconds=round(server.graceful_timeout) + 5,
        registrars=int(bool(settings.nacos.address)),
    )


def workers_of(settings: Settings) -> int:
    """Return how many ingest workers to start: one of Celery's has all processes in its pool."""
    many = settings.worker.processes
    return min(many, 1) if settings.queue.url.get_secret_value() else many


def prepare_for_supervisor() -> None:
    """Get ready in a process of its own where a supervisor asks for the plan, and write that.

    Nothing stays open in this process, which will be gunicorn's master; what it has loaded is
    not loaded again. Ends the process where there is nothing to start. A server that is started
    again by its supervisor, and a reload, are not asked and change nothing.
    """
    descriptor = take_plan_to()
    if descriptor is None:
        return
    parent = os.getpid()
    child = get_original("os", "fork")()
    if child == 0:
        write_plan(descriptor, parent)
    os.close(descriptor)
    _, status = get_original("os", "waitpid")(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        sys.stderr.write(f"raglan: the preparations were ended by signal {-code}\n")
    if code:
        sys.exit(1)


def write_plan(descriptor: int, parent: int) -> NoReturn:
    """Get ready, write the plan, and end this process, as which gunicorn is not to go on."""
    code = 1
    try:
        end_with(parent)
        plan = get_ready(load_settings())
        os.write(descriptor, f"{plan}\n".encode())
        code = 0
    except (RaglanError, RagError) as error:
        tell(error)
    finally:
        sys.stderr.flush()
        os._exit(code)


def tell(error: Exception) -> None:
    """Write an error's lines to standard error and nothing else."""
    for line in str(error).splitlines():
        sys.stderr.write(f"raglan: {line}\n")
