"""Constant load by clients that keep their connections and try nothing twice."""

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.running import KEY, Server, wait_until

CLIENTS = 8
IDLERS = 3
MODEL = "wordllama@Builtin"
LONGEST_REST = 3.0
"""Seconds; the server closes a connection that rests for five."""

HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}


class Load:
    """What clients ask all the time, and what went wrong; most hurry, some rest in between."""

    def __init__(self, server: Server) -> None:
        """Begin with no request."""
        self.server = server
        self.failures: list[str] = []
        self.requests = 0
        self.longest = 0.0
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def wait_for(self, requests: int) -> None:
        """Wait until so many requests more have been answered."""
        goal = self.requests + requests
        wait_until(lambda: self.requests >= goal, f"{requests} requests")

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Send requests for a `with` block."""
        clients = [
            threading.Thread(target=self._client, args=(number,))
            for number in range(CLIENTS + IDLERS)
        ]
        for client in clients:
            client.start()
        try:
            yield self
        finally:
            self._stop.set()
            for client in clients:
                client.join()

    def _client(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        rest = LONGEST_REST if number >= CLIENTS else 0.03
        for turn in itertools.count():
            begun = time.perf_counter()
            why = self._ask(connection, f"{number}-{turn}", turn)
            with self._lock:
                self.requests += 1
                self.longest = max(self.longest, time.perf_counter() - begun)
                if why:
                    self.failures.append(why)
            if self._stop.wait(random.uniform(0, rest)):  # noqa: S311 - no secret
                break
        connection.close()

    @staticmethod
    def _ask(connection: http.client.HTTPConnection, name: str, turn: int) -> str:
        """Read, and every third time write what must not be written twice; tell what failed."""
        try:
            if turn % 3 == 2:
                body = json.dumps({"name": f"load {name}", "embedding_model": MODEL})
                connection.request("POST", "/api/v1/datasets", body, HEADERS)
            else:
                path = ("/api/v1/datasets?page_size=1", "/v1/system/version")[turn % 3]
                connection.request("GET", path, headers=HEADERS)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return repr(error)
        return "" if answer.status == 200 else f"{answer.status} {content[:200]!r}"
