from gevent import events, monkey

# Else gevent reads the entry points of all installed packages, 25 times.
events.notify_and_call_entry_points = events.notify
monkey.patch_all()

# What is imported from here on is patched; see docs/decisions/0060. Every hook calls one function.

import gc
from typing import Any

gc.disable()  # until all is loaded, as `api.signals` says

from api.signals import leave_out, let_in

leave_out()

from api.lifecycle import hooks
from api.lifecycle.start import begin
from api.logs import gunicorn_level

let_in()
settings = begin()

bind = settings.server.bind
workers = settings.server.workers
worker_class = "gevent"
worker_connections = settings.server.worker_connections
preload_app = True
timeout = round(settings.server.timeout)
graceful_timeout = round(settings.server.graceful_timeout)
keepalive = 5
max_requests = settings.server.max_requests
max_requests_jitter = settings.server.max_requests // 10
limit_request_line = 8190
forwarder_headers = ""  # no header says where the application stands
secure_scheme_headers: dict[str, str] = {}  # nor how it is reached: api/http/fronting.py reads it
forwarded_allow_ips = "*"  # so nobody has to be known from whom these headers would be believed
proc_name = "raglan"
loglevel = gunicorn_level(settings.log.level).lower()
errorlog = None  # its lines go where ours go
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Before anything is opened, see whether the server can start."""
    hooks.on_starting(server, settings)


def on_reload(server: Any) -> None:
    """In the master, before it makes new workers by the settings of now."""
    hooks.on_reload(server)


def when_ready(server: Any) -> None:
    """Before the workers are forked."""
    hooks.when_ready(server, settings)


def post_fork(server: Any, worker: Any) -> None:
    """In a new worker, before its signals are set."""
    hooks.post_fork(server.app.wsgi(), settings, is_first=worker.age == 1)


def post_worker_init(worker: Any) -> None:
    """In a new worker that is about to serve."""
    hooks.post_worker_init(worker, settings)


def child_exit(server: Any, worker: Any) -> None:
    """In the master, after a worker has ended, however it did."""
    hooks.child_exit(settings)


def worker_exit(server: Any, worker: Any) -> None:
    """In a worker that ends."""
    hooks.worker_exit(worker)


def on_exit(server: Any) -> None:
    """In the master, at its end."""
    hooks.on_exit()
