"""How many files a process may have open, and what is said where that is too few."""

import subprocess
import sys

from tests.running import ROOT

FEW = """
import logging, resource
from api.processes.descriptors import allow_connections
logging.basicConfig(format="%(levelname)s %(message)s")
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 1000))
allow_connections(800)
allow_connections(801)
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""

CROWDED = """
import logging, resource, socket
import gevent
from gevent.server import StreamServer
from api.http.accepting import log_refusals_briefly

logging.basicConfig(format="%(levelname)s %(message)s")
log_refusals_briefly()
taken = []
server = StreamServer(("127.0.0.1", 0), lambda client, _: taken.append(client) or gevent.sleep(60))
server.start()
gevent.sleep(0)
clients = [socket.socket() for _ in range(20)]
resource.setrlimit(resource.RLIMIT_NOFILE, (clients[-1].fileno() + 8, 1000))
for client in clients:
    client.connect(server.address)
gevent.sleep(1)
resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))
while len(taken) < len(clients):
    gevent.sleep(0.05)
gevent.spawn(lambda: 1 / 0).join()
print(len(taken))
"""


def ran(script: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip(), done.stderr.strip()


def test_the_limit_is_raised_as_far_as_it_goes_and_too_low_a_one_is_told() -> None:
    out, err = ran(FEW)
    assert out == "(1000, 1000)"
    assert err.count("\n") == 0
    assert err.startswith("WARNING A process may have 1000 files open, which is too few")
    assert "Raise it to 1001" in err


def test_connections_that_cannot_be_taken_wait_and_are_told_in_a_line() -> None:
    out, err = ran(CROWDED)
    assert out == "20"
    first, *others = err.splitlines()
    assert first.startswith("WARNING Connections wait, as none could be taken 1 times")
    assert "Too many open files" in first
    assert "ZeroDivisionError" in "\n".join(others), "other errors are told as ever"
    assert "Too many open files" not in "\n".join(others)
