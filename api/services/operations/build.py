"""Putting together what looks after the server itself."""

from collections.abc import Callable
from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.execution import Execution
from api.services.operations.checking import (
    broker_check,
    disk_check,
    endpoint_checks,
    engine_check,
    nacos_check,
    redis_check,
    server_checks,
    workers_check,
)
from api.services.operations.figures import FigureService
from api.services.operations.registration import Registration
from api.services.operations.repeats import Repeats
from api.services.operations.reports import Reports
from api.services.operations.retention import RetentionService
from api.services.operations.system import SystemService
from api.services.operations.worker_report import Workforce
from api.tasks.broker.base import Broker
from rag.engines.base import ChunkStore
from rag.storage.base import ObjectStore


@dataclass(frozen=True, slots=True)
class OperationServices:
    """How the server is, what its processes report, and what is forgotten in time."""

    system: SystemService
    reports: Reports
    registration: Registration
    retention: RetentionService
    repeats: Repeats
    figures: FigureService


def build_operations(
    database: Database,
    live: LiveSettings,
    storage: ObjectStore,
    chunk_store: ChunkStore,
    disk: Callable[[], object],
    redis: Callable[[], object] | None,
    execution: Execution,
    broker: Broker,
) -> OperationServices:
    """Compose the services of operations.

    `disk` raises RaglanError where a disk is full, and `redis` where Redis is away; it is None
    where none is configured.
    """
    settings = live.current
    reports = Reports(database)
    registration = Registration(settings, reports)
    processes = settings.worker.processes
    checks = [
        *server_checks(database, chunk_store, storage, execution),
        disk_check(disk),
        *redis_check(redis),
        broker_check(broker),
        *endpoint_checks(lambda: live.current.models),
        engine_check(lambda: live.current.web_search),
        nacos_check(registration.ask, lambda: registration.is_configured),
        workers_check(Workforce(reports, processes).ask, processes),
    ]
    return OperationServices(
        system=SystemService(settings, checks, reports),
        reports=reports,
        registration=registration,
        retention=RetentionService(database, lambda: live.current.auth, settings.retention),
        repeats=Repeats(database),
        figures=FigureService(database, reports),
    )
