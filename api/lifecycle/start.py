"""How the server begins: what is looked at before, and what a database lacks then."""

import logging
import sys
from typing import NoReturn

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.datafolder import lock_folder, prepare_folder
from api.errors import RaglanError, StartError
from api.http.phase import Phase
from api.lifecycle.preparing import prepare_for_supervisor, seeded, tell
from api.logs import configure_logging
from api.processes.descriptors import allow_connections
from api.processes.listening import check_port
from rag.errors import RagError

log = logging.getLogger("raglan")

BOOT_ERROR = 3
"""The status by which a worker tells gunicorn's master that no other would do better."""


def begin() -> Settings:
    """Make ready what a supervisor asks for, read the settings and set up logging.

    Ends the process with a line per problem.
    """
    prepare_for_supervisor()
    try:
        settings = load_settings()
    except StartError as error:
        give_up(error)
    configure_logging("web", settings.log.level, settings.log.format)
    allow_connections(settings.server.worker_connections)
    return settings


def check(settings: Settings) -> None:
    """Check that the server can start; ends the process with one line if it cannot."""
    try:
        prepare_folder(settings.data_path)
        lock_folder(settings.data_path)
        check_port(settings.server.host, settings.server.port)
        services = build(settings)  # opens nothing, but knows every kind of address
        services.library.disk.make_room()  # the database is not even read without some
    except (RaglanError, RagError) as error:
        give_up(error)


def prepare_database(services: Services, *, is_start: bool) -> None:
    """Migrate and seed a database; a first account that is made here is shown here."""
    first = seeded(services, is_start=is_start)
    if first is not None:
        log.warning(
            "The first account, shown this once: e-mail %s, password %s, API key %s",
            first.email,
            first.password or "as the settings give it",
            first.api_key or "as the settings give it",
        )


def begin_without_database(phase: Phase, error: RaglanError) -> None:
    """Continue where others serve what needs no database, until it is back; else end the server."""
    if phase.serving:
        log.error("A worker begins without the database: %s", error)
        return
    if phase.stopping:
        sys.exit(0)  # another has said why already; gunicorn cannot do with two that do
    phase.stop()
    log.critical("The server cannot start: %s", error)
    sys.exit(BOOT_ERROR)


def give_up(error: Exception) -> NoReturn:
    """End the process with the error's lines and nothing else."""
    tell(error)
    sys.exit(1)
