"""The application of Celery: its queues, and how their messages are handled."""

from collections.abc import Mapping
from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from api.tasks.base import KINDS

PREFIX = "raglan."
"""What the names of queues and of Celery's tasks begin with, before the kind."""

SETTINGS: Mapping[str, Any] = {
    # The table of tasks is the truth. What the broker holds may be lost at any moment, so it is
    # not written to disk, nothing is kept of results, and a message is acknowledged before work.
    "task_default_delivery_mode": "transient",
    "task_ignore_result": True,
    "task_acks_late": False,
    "task_create_missing_queues": False,
    "task_default_queue": f"{PREFIX}parse",
    "task_publish_retry": False,
    # Only what is JSON is read: a message cannot bring code.
    "accept_content": ["json"],
    "task_serializer": "json",
    # One message in hand for each process, so that others get what they can begin at once.
    "worker_prefetch_multiplier": 1,
    "worker_send_task_events": True,
    "worker_redirect_stdouts": False,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    # No queue is of that kind, whatever a host's policy says; asking takes a call at each start.
    "worker_detect_quorum_queues": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
}


def queue_name(kind: str) -> str:
    """Return the name of the queue of a kind of tasks."""
    return f"{PREFIX}{kind}"


def queue_of(kind: str) -> Queue:
    """Return the queue of a kind; the default exchange leads to it, and needs no binding."""
    name = queue_name(kind)
    arguments = {"x-queue-type": "classic"}
    return Queue(name, Exchange(""), routing_key=name, queue_arguments=arguments)


def celery_app(url: str, **settings: object) -> Celery:
    """Return an application for a broker, with some settings of its own; it connects to nothing."""
    app = Celery("raglan", broker=url, set_as_current=False)
    app.conf.update(SETTINGS, task_queues=[queue_of(kind) for kind in KINDS], **settings)
    return app
