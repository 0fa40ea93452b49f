#!/usr/bin/env bash
# gevent: the loop runs what is ready until the switch interval is over, 5 ms unless `gevent.setswitchinterval` says
# otherwise, and then looks for timers and sockets; so says the documentation. With the loop of its wheels (libev,
# Cython) it looks at the clock after each fiftieth greenlet only, counted on from turn to turn, however long each of
# them took. Of 45 greenlets that take 5 ms each, all run before a sleeper whose 10 ms are over long ago: it wakes after
# 225 ms. A shorter switch interval changes nothing: with 0.1 ms the sleeper wakes behind the same greenlet. It is a
# server with some tens of requests at once, each of which works for some ms between two waits, that is hit: nobody is
# accepted, no timeout fires and no heartbeat is sent for as long as fifty of them take.
# What helps: let each look itself at the time since the loop has last looked for events (a `check` watcher notes it),
# and wait where that is long ago.
#
# Seen with gevent 26.9.0, CPython 3.11, a new process for each row: greenlets before the sleeper of 10 ms, by interval:
#   greenlets of 5 ms    0.1 ms   5 ms   100 ms
#    10                    10      10      10
#    45                    45      45      45
#   500                    48      48      48
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check gevent==26.9.0
cat >"$folder/one.py" <<'PYTHON'
import sys
import time

import gevent

interval, count = float(sys.argv[1]), int(sys.argv[2])
gevent.setswitchinterval(interval)
done, before = [0], []


def work():
    end = time.perf_counter() + 0.005
    while time.perf_counter() < end:
        pass
    done[0] += 1


def sleep():
    gevent.sleep(0.01)
    before.append(done[0])


sleeper = gevent.spawn(sleep)
gevent.sleep(0)
gevent.joinall([sleeper, *(gevent.spawn(work) for _ in range(count))])
print(before[0])
PYTHON
cat >"$folder/seen.py" <<'PYTHON'
import subprocess
import sys
from importlib.metadata import version

print("gevent", version("gevent"))
print("greenlets of 5 ms: how many ran before a sleeper of 10 ms, by switch interval of 0.1, 5 and 100 ms")
same = True
for count in (10, 45, 500):
    row = [
        int(subprocess.check_output([sys.executable, sys.argv[1], interval, str(count)]))
        for interval in ("0.0001", "0.005", "0.1")
    ]
    print(count, row)
    same = same and len(set(row)) == 1 and min(count, 40) <= row[0] <= 50
if not same:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" "$folder/one.py"
