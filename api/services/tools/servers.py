"""Servers of tools, which administrators connect for those to whom they are granted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import orjson
from cryptography.fernet import InvalidToken

from api.config.tools import ToolSettings
from api.db.base import new_id
from api.db.connection import Database, connected
from api.errors import RuleError
from api.fetching.calls import Caller
from api.secrets import Cipher
from api.services.accounts.access import granted
from api.services.accounts.grant_queries import list_grants, replace_grants
from api.services.accounts.records import Principal
from api.services.groups.grants import GrantService
from api.services.people.people import PeopleService
from api.services.plugins.opening import NOWHERE, OpenPlugin, Place, PluginOpener
from api.services.tools import queries
from api.services.tools.opening import OpenServer, listing
from api.services.tools.records import (
    NewServer,
    Secrets,
    ServerRow,
    Tool,
    ToolServer,
)
from api.services.tools.remembering import Remembered
from api.services.tools.toolbox import Server, Toolbox
from api.things import Kind

MOST = 100
"""Servers of tools."""

MOST_OF_AN_ANSWER = 32
"""Servers whose tools an answer may use."""

PREFIXES = ("server:mcp:", "server:")
"""What is before the id of a server where clients name tools."""


class ToolServerService:
    """Keeps servers of tools, and opens them for answers."""

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        caller: Caller,
        people: PeopleService,
        grants: GrantService,
        plugins: PluginOpener,
        settings: Callable[[], ToolSettings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.cipher = cipher
        self.caller = caller
        self.people = people
        self.grants = grants
        self.plugins = plugins
        self.settings = settings
        self.remembered = Remembered()

    # For administrators.

    @connected
    def every(self, asker: Principal) -> list[ToolServer]:
        """Return all servers, in their order; raises NotAllowedError."""
        self.people.check_administrator(asker)
        return [
            ToolServer(
                row,
                self.secrets(row),
                tuple(list_grants(self.database, Kind.TOOL_SERVER, row.id)),
            )
            for row in queries.every(self.database)
        ]

    @connected
    def replace(self, asker: Principal, servers: Sequence[NewServer]) -> list[ToolServer]:
        """Let there be these servers, in this order, and no others, and return them.

        What has the id of a server that was there is that server. Raises NotAllowedError, RuleError
        for an id that two have, and what is raised of whom grants name.
        """
        self.people.check_administrator(asker)
        check(servers)
        with self.database.atomic():
            known = {row.text.called: row for row in queries.every(self.database)}
            gone = known.keys() - {one.text.called for one in servers}
            queries.delete(self.database, [known[called].id for called in gone])
            for place, one in enumerate(servers):
                self.put(asker, place, one, known.get(one.text.called))
        return self.every(asker)

    def put(self, asker: Principal, place: int, new: NewServer, known: ServerRow | None) -> None:
        """Write a server with its grants; within a transaction."""
        server_id = known.id if known else new_id()
        secrets = self.whole(new, known)
        sealed = self.cipher.encrypt(orjson.dumps(asdict(secrets)).decode())
        queries.put(self.database, server_id, place, new.text, sealed)
        if new.grants is not None:
            kept = list_grants(self.database, Kind.TOOL_SERVER, server_id)
            wanted = self.grants.checked_all(asker, new.grants, kept)
            replace_grants(self.database, Kind.TOOL_SERVER, server_id, wanted, asker.user_id)

    def whole(self, new: NewServer, known: ServerRow | None) -> Secrets:
        """Return the secrets of a server with those that are to stay what they are."""
        before = self.secrets(known) if known else Secrets()
        kept = {name: before.headers.get(name, "") for name in new.kept_headers}
        key = before.key if new.keeps_key else new.secrets.key
        return Secrets(key, {**new.secrets.headers, **kept})

    def verify(self, asker: Principal, new: NewServer) -> list[Tool]:
        """Return the tools of a server that need not be kept; raises NotAllowedError, FetchError.

        The settings are read before the server is asked: no connection is held meanwhile.
        """
        secrets = self.known(asker, new)
        return listing(self.caller, new.text, secrets, self.settings().timeout)

    @connected
    def known(self, asker: Principal, new: NewServer) -> Secrets:
        """Return the secrets of a server, also of those that stay; raises NotAllowedError."""
        self.people.check_administrator(asker)
        rows = queries.every(self.database)
        kept = next((row for row in rows if row.text.called == new.text.called), None)
        return self.whole(new, kept)

    def secrets(self, row: ServerRow) -> Secrets:
        """Return the secrets of a server; none where the secret key has changed since."""
        try:
            found = orjson.loads(self.cipher.decrypt(row.secrets))
        except InvalidToken:
            return Secrets()
        return Secrets(**found)

    # For everybody.

    @connected
    def offered(self, asker: Principal) -> list[ServerRow]:
        """Return the servers that are on and that the asker may use: administrators all."""
        found = [row for row in queries.every(self.database) if row.text.is_on]
        if not found or self.people.administers(asker):
            return found
        given = granted(self.database, asker, Kind.TOOL_SERVER, [row.id for row in found])
        return [row for row in found if row.id in given]

    @contextmanager
    def opened(
        self, asker: Principal, tool_ids: Iterable[str], place: Place = NOWHERE
    ) -> Iterator[Toolbox | None]:
        """Lend the tools that are named for an answer, as `open` does."""
        toolbox = self.open(asker, tool_ids, place)
        try:
            yield toolbox
        finally:
            if toolbox:
                toolbox.close()

    @contextmanager
    def lent(self, asker: Principal, tool_ids: Iterable[str]) -> Iterator[Toolbox | None]:
        """Lend the tools that are named; raises RuleError where some of these cannot be had."""
        with self.opened(asker, tool_ids) as toolbox:
            if toolbox and toolbox.remarks:
                raise RuleError(" ".join(toolbox.remarks))
            yield toolbox

    def open(
        self, asker: Principal, tool_ids: Iterable[str], place: Place = NOWHERE
    ) -> Toolbox | None:
        """Return the tools that are named, for an answer; None where none are named.

        What cannot be had is a remark of the toolbox. No connection of the database is held while
        servers are asked. Raises RuleError for more than an answer may use.
        """
        ids = list(dict.fromkeys(tool_ids))
        if not ids:
            return None
        if len(ids) > MOST_OF_AN_ANSWER:
            raise RuleError(f"tool_ids: name {MOST_OF_AN_ANSWER} at most.")
        known = {row.text.called: row for row in self.offered(asker)}
        here = self.plugins.tools(asker, place)
        found: list[tuple[Server, Sequence[Tool]]] = []
        remarks = []
        for tool_id in ids:
            if tool_id in here:
                found.append((here[tool_id], tools_in(here[tool_id])))
                continue
            called = called_of(tool_id)
            if called not in known:
                remarks.append(f"There are no tools {called}.")
                continue
            row = known[called]
            server = OpenServer(self.caller, row.text, self.secrets(row), self.settings().timeout)
            tools, remark = self.remembered.tools(row, server)
            found.append((server, tools))
            remarks += [remark] if remark else []
        return Toolbox(found, remarks, self.settings)


def called_of(tool_id: str) -> str:
    """Return what a server is called that clients name among tools."""
    for prefix in PREFIXES:
        if tool_id.startswith(prefix):
            return tool_id.removeprefix(prefix)
    return tool_id


def tools_in(plugin: OpenPlugin) -> list[Tool]:
    """Return the tools of code, as it was described when it was kept."""
    specs = plugin.row.described.get("specs")
    return [
        Tool(one["name"], one["description"], one["parameters"])
        for one in (specs if isinstance(specs, list) else [])
    ]


def check(servers: Sequence[NewServer]) -> None:
    """Raise RuleError for too many servers, and for an id that two have."""
    if len(servers) > MOST:
        raise RuleError(f"There may be {MOST} servers of tools.")
    ids = [one.text.called for one in servers]
    if repeated := sorted({one for one in ids if ids.count(one) > 1}):
        raise RuleError(f"Two servers of tools have the id {repeated[0]}: give each its own.")
