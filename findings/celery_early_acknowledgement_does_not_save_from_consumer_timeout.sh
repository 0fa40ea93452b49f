#!/usr/bin/env bash
# Celery on RabbitMQ: with early acknowledgement (the default) a task of many hours holds no message, so RabbitMQ's
# consumer_timeout (30 minutes by default) seems to be no matter. It is: the worker prefetches one message more, which
# waits unacknowledged for as long as the task runs. RabbitMQ then closes the channel with 406, Celery calls that
# "Unrecoverable", and the worker ends: nobody takes what waits in the queue, though the task itself had done nothing
# wrong. Here the time-out is 5 s, and tasks of 14 s stand for those of more than half an hour.
# What helps: acknowledge what is merely prefetched, too (a consumer bootstep over `celery.worker.state.reserved_requests`),
# where something else knows what is to be done; or a consumer_timeout above the longest task.
#
# Seen with celery 5.7.0, kombu 5.7.0, py-amqp 5.4.2 and RabbitMQ 3.10.8 (Debian 12, which has to be installed:
# apt-get install rabbitmq-server), CPython 3.11.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
server=/usr/lib/rabbitmq/bin/rabbitmq-server
[[ -x $server ]] || { echo "rabbitmq-server is not installed: apt-get install rabbitmq-server" >&2; exit 1; }
folder=$(mktemp -d)
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check celery==5.7.0 kombu==5.7.0 amqp==5.4.2

read -r amqp dist epmd < <(python3 - <<'PYTHON'
import socket

found = [socket.socket() for _ in range(3)]
for one in found:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in found))
PYTHON
)
cat >"$folder/advanced.config" <<CONFIG
[{rabbit, [{tcp_listeners, [{"127.0.0.1", $amqp}]}, {consumer_timeout, 5000}, {channel_tick_interval, 1000}]}].
CONFIG
export ERL_EPMD_PORT=$epmd
epmd -address 127.0.0.1 &
pids+=($!)
env HOME="$folder" RUNNING_UNDER_SYSTEMD=true RABBITMQ_NODENAME="finding$$@localhost" RABBITMQ_DIST_PORT="$dist" \
    RABBITMQ_BASE="$folder" RABBITMQ_MNESIA_BASE="$folder/mnesia" RABBITMQ_LOG_BASE="$folder/log" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$folder/advanced.config" RABBITMQ_CONFIG_FILE="$folder/none" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$folder/plugins" "$server" >"$folder/rabbitmq.log" 2>&1 &
pids+=($!)
cat >"$folder/work.py" <<PYTHON
import time

from celery import Celery

app = Celery("work", broker="amqp://guest:guest@127.0.0.1:$amqp//")
app.conf.worker_prefetch_multiplier = 1
app.conf.worker_hijack_root_logger = False


@app.task(name="long")
def long():
    time.sleep(14)
PYTHON
cd "$folder"
for _ in {1..120}; do
    ./venv/bin/python -c 'from work import app; app.connection(connect_timeout=1).connect()' 2>/dev/null && break
    sleep 0.5
done
./venv/bin/python -c 'from work import app; [app.send_task("long") for _ in range(4)]'
./venv/bin/celery -A work worker -c 1 --without-mingle --without-gossip --without-heartbeat >worker.log 2>&1 &
worker=$!
pids+=("$worker")
ended=no
for _ in {1..60}; do
    kill -0 "$worker" 2>/dev/null || { ended=yes; break; }
    sleep 0.5
done
waiting=$(./venv/bin/python -c 'from work import app
found = app.connection().channel().queue_declare("celery", passive=True)
print(found.message_count, found.consumer_count)')
./venv/bin/python -c 'from importlib.metadata import version as v; print("celery", v("celery"), "kombu", v("kombu"), "amqp", v("amqp"))'
grep -o "PreconditionFailed(406.*consumer.*\|PreconditionFailed(406, .PRECONDITION_FAILED - delivery acknowledgement on channel [0-9]* timed out" worker.log | head -1
echo "the worker ended within 30 s: $ended; messages that wait, and consumers: $waiting"
grep -q "PreconditionFailed(406" worker.log || { echo "Not as described any more."; exit 1; }
[[ ${waiting##* } == 0 && ${waiting%% *} -gt 0 ]] || { echo "Not as described any more."; exit 1; }
