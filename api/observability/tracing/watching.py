"""Where statements and HTTP requests leave the process, so that a tracer can stand around them."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse, HTTPConnectionPool

Headers = Mapping[str, str]

Statement = Callable[[str, Callable[[], Any]], Any]
"""Executes a statement by calling a function, with whatever it does around that."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request on its way out: `address` has no query, which may hold secrets."""

    method: str
    address: str
    peer: str
    path: str


Request = Callable[[Outgoing, Callable[[Headers], BaseHTTPResponse]], BaseHTTPResponse]
"""Sends a request by calling a function with the headers to add, and returns the answer."""

Command = Callable[[str, str, Callable[[], Any]], Any]
"""Sends a command to Redis at an address by calling a function."""


def around_statements(database: Any, traced: Statement) -> None:
    """Let a function execute all statements of a database from now on."""
    execute = database.execute_sql

    def execute_sql(sql: str, *arguments: Any, **named: Any) -> Any:
        return traced(sql, lambda: execute(sql, *arguments, **named))

    database.execute_sql = execute_sql


def around_requests(traced: Request) -> None:
    """Let a function send all HTTP requests of this process from now on.

    Below `requests`, where those go too that are sent by urllib3 alone.
    """
    send = HTTPConnectionPool.urlopen

    def urlopen(
        pool: HTTPConnectionPool,
        method: str,
        url: str,
        body: Any = None,
        headers: Headers | None = None,
        **named: Any,
    ) -> BaseHTTPResponse:
        def sent(added: Headers) -> BaseHTTPResponse:
            carried = {**(headers or pool.headers), **added} if added else headers
            return send(pool, method, url, body, carried, **named)

        return traced(outgoing(pool, method, url), sent)

    HTTPConnectionPool.urlopen = urlopen  # type: ignore[assignment, method-assign]  # as agents' plugins do


def around_commands(traced: Command) -> None:
    """Let a function send all commands to Redis, in a process that has its client."""
    module = sys.modules.get("redis.client")
    if module is None:
        return
    execute = module.Redis.execute_command

    def execute_command(client: Any, *arguments: Any, **named: Any) -> Any:
        place = client.connection_pool.connection_kwargs
        peer = f"{place.get('host', 'localhost')}:{place.get('port', '')}"
        return traced(str(arguments[0]), peer, lambda: execute(client, *arguments, **named))

    module.Redis.execute_command = execute_command


def outgoing(pool: HTTPConnectionPool, method: str, url: str) -> Outgoing:
    """Return what may be told of a request."""
    address = urlsplit(url)
    peer = address.netloc.rpartition("@")[2] or f"{pool.host}:{pool.port}"
    return Outgoing(method, f"{pool.scheme}://{peer}{address.path}", peer, address.path)
