"""What is done before the processes of a server start, whoever starts them."""

import os
from dataclasses import dataclass

from api.cli.access import Access
from api.cli.output import say
from api.config.settings import ServerSettings, Settings
from api.config.sources import load_settings
from api.datafolder import lock_folder
from api.db.migrate import migrate as migrate_database
from api.leases.database import migration_lease
from api.processes.listening import check_port

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


def get_ready(access: Access) -> Plan:
    """Make the data folder, the tables and the first account, which is printed; return the plan.

    Raises StartError or ClickException when the server could not start.
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
        access.services.configuration.stored.begin(access.settings, is_start=True)
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
    return plan_of(load_settings(), server)


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


def apply_migrations(access: Access) -> list[str]:
    """Make the data folder and the tables; return the names of the migrations applied."""
    access.prepare_folder()
    database = access.unchecked_services.database
    return migrate_database(database, migration_lease(database))
