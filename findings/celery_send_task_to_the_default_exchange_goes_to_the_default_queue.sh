#!/usr/bin/env bash
# Celery: AMQP's default exchange has the empty name, and leads a message to the queue that its routing key names. So
# `app.send_task(name, exchange="", routing_key="slow")` should put a message into the queue "slow". Celery takes the
# empty name for none, puts in the exchange and the routing key of `task_default_queue`, and the message lands there; no
# error and no warning. `queue="slow"` and kombu's own Producer with the same two arguments go where they say.
#
# Seen with celery 5.7.0 and kombu 5.7.0 (its transport in memory; the same with Redis 7.0.15 and RabbitMQ 3.10.8),
# CPython 3.11.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check celery==5.7.0 kombu==5.7.0
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

from celery import Celery

app = Celery("seen", broker="memory://")
connection = app.connection()
channel = connection.channel()
for name in ("celery", "slow"):
    channel.queue_declare(name)


def counts():
    """Return how many messages wait in the default queue and in "slow"."""
    return tuple(channel.queue_declare(name, passive=True).message_count for name in ("celery", "slow"))


def moved(send):
    """Return what sending adds to the two."""
    before = counts()
    send()
    return tuple(after - one for one, after in zip(before, counts(), strict=True))


seen = {
    "send_task(exchange='', routing_key='slow')": moved(
        lambda: app.send_task("work", exchange="", routing_key="slow", connection=connection)
    ),
    "send_task(queue='slow')": moved(lambda: app.send_task("work", queue="slow", connection=connection)),
    "kombu's Producer.publish(exchange='', routing_key='slow')": moved(
        lambda: connection.Producer().publish({}, exchange="", routing_key="slow")
    ),
}
print("celery", version("celery"), "kombu", version("kombu"))
for how, (default, slow) in seen.items():
    print(f"{how}: {default} into the default queue, {slow} into 'slow'")
if list(seen.values()) != [(1, 0), (0, 1), (0, 1)]:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
