#!/usr/bin/env bash
# Celery: `app.control.broadcast`, `revoke`, `ping` and all other commands take `connection=`, as `app.send_task` does.
# A task goes to the broker of that connection. A command does not: the given connection is opened and asked for a
# channel (and an address where nobody listens is an error), but the message is published over a connection of the
# app's own pool, so to the app's broker. A program that serves two brokers, or that gives a connection with time limits
# of its own, revokes at the wrong broker and waits without the limits. No error and no warning.
#
# Seen with celery 5.7.0 and kombu 5.7.0, whose transport over the file system keeps two brokers in two folders,
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
from pathlib import Path

from celery import Celery
from kombu import Connection, Exchange, Queue

base = Path(sys.argv[1])


def broker(name):
    """Return the options of a broker in a folder of its own."""
    folders = {part: base / name / part for part in ("messages", "control")}
    for path in folders.values():
        path.mkdir(parents=True)
    return {
        "data_folder_in": str(folders["messages"]),
        "data_folder_out": str(folders["messages"]),
        "control_folder": str(folders["control"]),
    }


app = Celery("seen", broker="filesystem://", broker_transport_options=broker("app"))
other = Connection("filesystem://", transport_options=broker("other"))
commands = Exchange("celery.pidbox", type="fanout", durable=False)
for connection in (app.connection(), other):  # a listener to commands at both
    Queue("listener", commands, durable=False)(connection.default_channel).declare()


def counts():
    """Return how many messages lie at the app's broker and at the other."""
    return tuple(len(list((base / name / "messages").iterdir())) for name in ("app", "other"))


def moved(send):
    """Return what sending adds to the two."""
    before = counts()
    send()
    return tuple(after - one for one, after in zip(before, counts(), strict=True))


seen = {
    "control.broadcast('rate_limit', connection=other)": moved(
        lambda: app.control.broadcast("rate_limit", connection=other)
    ),
    "control.revoke('some-id', connection=other)": moved(
        lambda: app.control.revoke("some-id", connection=other)
    ),
    "send_task('work', connection=other)": moved(lambda: app.send_task("work", connection=other)),
}
print("celery", version("celery"), "kombu", version("kombu"))
for how, (at_app, at_other) in seen.items():
    print(f"{how}: {at_app} at the app's broker, {at_other} at the other")
if list(seen.values()) != [(1, 0), (1, 0), (0, 1)]:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" "$folder"
