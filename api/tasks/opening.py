"""Putting the queue of tasks together, with its broker, if one is configured."""

from api.config.live import LiveSettings
from api.db.connection import Database
from api.observability.recorder import Recorder
from api.observability.tracing.base import Tracer
from api.tasks.broker.registry import open_broker
from api.tasks.table import TaskTable
from api.tasks.wakeup import Wakeup


def open_tasks(
    live: LiveSettings, database: Database, tracer: Tracer, recorder: Recorder
) -> TaskTable:
    """Return the queue of tasks, which nothing is read of yet, and its broker, if there is one."""
    settings = live.current
    return TaskTable(
        database,
        settings.worker,
        Wakeup(settings.data_path / "wakeup"),
        tracer,
        lambda: live.current.worker.weights,
        open_broker(settings.queue),
        recorder,
    )
