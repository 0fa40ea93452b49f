"""A process that has loaded the web server's code, and is forked for each server of the tests.

To load it takes two thirds of what a start costs. A fork goes on where `python -m gunicorn` has
loaded as much: it reads its settings, its configuration and its arguments itself, and is a child
of this process, which tells how it ends. Usage: -m tests.service.zygote SOCKET ARGUMENTS, of which
the latter are gunicorn's, so that all processes of a server show them.
"""

import gc
import json
import os
import select
import socket
import sys
from importlib import import_module
from pathlib import Path

from gevent import events, monkey
from gunicorn.app.wsgiapp import run

from api.signals import leave_out, let_in

MOST_BYTES = 1 << 20
"""Of an environment and the name of a file."""

fork, waitpid, Poll = os.fork, os.waitpid, select.poll


def load() -> None:
    """Load what gunicorn_config.py and the application load, in the same order."""
    events.notify_and_call_entry_points = events.notify
    monkey.patch_all()
    gc.disable()
    leave_out()
    import_module("api.lifecycle.hooks")
    import_module("api.apps")
    del sys.modules["api.apps"]  # a server makes its application itself, with what it shares
    let_in()


class Zygote:
    """Forks a server for each line that it is asked for, until nobody can ask any more."""

    def __init__(self, asked: socket.socket) -> None:
        """Begin with no children."""
        self.asked = asked
        self.lines: dict[int, tuple[int, socket.socket]] = {}
        self.poll = Poll()
        self.poll.register(asked, select.POLLIN)

    def serve(self) -> dict[str, object] | None:
        """Return what is asked for in a child, and None in this process at its end."""
        while True:
            for number, _ in self.poll.poll():
                if number != self.asked.fileno():
                    self.tell(number)
                    continue
                message, descriptors, _, _ = socket.recv_fds(self.asked, MOST_BYTES, 1)
                if not message:
                    return None
                if (child := fork()) == 0:
                    self.forget(descriptors)
                    return json.loads(message)  # type: ignore[no-any-return]
                line = socket.socket(fileno=descriptors[0])
                handle = os.pidfd_open(child)
                self.lines[handle] = (child, line)
                self.poll.register(handle, select.POLLIN)
                line.send(b"%d" % child)

    def tell(self, handle: int) -> None:
        """Say how a child has ended."""
        child, line = self.lines.pop(handle)
        self.poll.unregister(handle)
        os.close(handle)
        _, status = waitpid(child, 0)
        with line:
            line.send(b"%d" % os.waitstatus_to_exitcode(status))

    def forget(self, descriptors: list[int]) -> None:
        """Close in a child what is not its own."""
        self.asked.close()
        for handle, (_, line) in self.lines.items():
            os.close(handle)
            line.close()
        for descriptor in descriptors:
            os.close(descriptor)


def become(asked: dict[str, object]) -> None:
    """Be a process that was started with an environment, and writes to a file."""
    os.setsid()
    with Path(os.devnull).open("rb") as nothing, Path(str(asked["log"])).open("ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(asked["environment"])  # type: ignore[call-overload]
    sys.argv[1:] = sys.argv[2:]
    run(prog="gunicorn")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as begun:
        load()
        wanted = Zygote(begun).serve()
    if wanted is not None:
        become(wanted)
