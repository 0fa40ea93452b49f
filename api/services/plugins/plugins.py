"""Code of administrators: kept, described, switched, and set to what they and people say."""

from collections.abc import Callable, Sequence

import orjson
from cryptography.fernet import InvalidToken

from api.config.tools import ToolSettings
from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotConfiguredError, NotFoundError, RuleError, TakenError
from api.plugins.process import Code, PluginProcesses
from api.secrets import Cipher
from api.services.accounts.access import granted
from api.services.accounts.grant_queries import list_grants, replace_grants
from api.services.accounts.records import Principal
from api.services.groups.grants import GrantService
from api.services.groups.records import WantedGrant
from api.services.people.people import PeopleService
from api.services.plugins import queries
from api.services.plugins.records import Family, Json, NewPlugin, Plugin, PluginRow, Which
from api.services.unset import UNSET
from api.things import Kind

MOST = 500
"""Tools and functions."""

OFF = "Tools and functions in Python are switched off: the setting tools.python switches them on."

KINDS = {Family.TOOL: Kind.TOOL, Family.FUNCTION: Kind.FUNCTION}


class PluginService:
    """Keeps plugins; only administrators write code, and what it is set to for everybody."""

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        people: PeopleService,
        grants: GrantService,
        processes: PluginProcesses,
        settings: Callable[[], ToolSettings],
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.cipher = cipher
        self.people = people
        self.grants = grants
        self.processes = processes
        self.settings = settings

    @property
    def is_on(self) -> bool:
        """Return whether code of administrators is run at all."""
        return self.settings().python

    def check_on(self) -> None:
        """Raise NotConfiguredError where code of administrators is not run."""
        if not self.is_on:
            raise NotConfiguredError(OFF)

    # Reading.

    @connected
    def listed(self, asker: Principal, family: Family) -> list[Plugin]:
        """Return the plugins that the asker may use, by name.

        Those are all to administrators; to others what is on, and of tools what is granted. There
        are none where code is not run.
        """
        if not self.is_on:
            return []
        found = queries.every(self.database, family)
        if self.people.administers(asker):
            known = queries.authors(self.database, [row.author_id for row in found])
            return [Plugin(row, is_writable=True, author=known.get(row.author_id)) for row in found]
        return [Plugin(row, is_writable=False) for row in self.usable(asker, found)]

    def usable(self, asker: Principal, found: Sequence[PluginRow]) -> list[PluginRow]:
        """Within a connection: return those plugins that somebody without a role may use."""
        tools = [row.id for row in found if row.family == Family.TOOL]
        given = granted(self.database, asker, Kind.TOOL, tools)
        return [
            row for row in found if row.is_active and (row.family != Family.TOOL or row.id in given)
        ]

    @connected
    def get(self, asker: Principal, family: Family, called: str) -> Plugin:
        """Return a plugin; raises NotConfiguredError, and NotFoundError."""
        row = self.found(asker, family, called)
        if not self.people.administers(asker):
            return Plugin(row, is_writable=False)
        known = queries.authors(self.database, [row.author_id])
        return Plugin(
            row,
            is_writable=True,
            author=known.get(row.author_id),
            grants=tuple(list_grants(self.database, Kind.TOOL, row.id)),
        )

    @connected
    def exported(self, asker: Principal, family: Family) -> list[Plugin]:
        """Return all plugins with their code; raises NotAllowedError, and NotConfiguredError."""
        self.people.check_administrator(asker)
        self.check_on()
        return [Plugin(row, is_writable=True) for row in queries.every(self.database, family)]

    def found(self, asker: Principal, family: Family, called: str) -> PluginRow:
        """Within a connection: return a plugin that the asker may use; raises what `get` does."""
        self.check_on()
        row = queries.find(self.database, family, called)
        usable = row is not None and (
            self.people.administers(asker) or bool(self.usable(asker, [row]))
        )
        if row is None or not usable:
            raise NotFoundError(KINDS[family], called)
        return row

    def administered(self, asker: Principal, family: Family, called: str) -> PluginRow:
        """Within a connection: return a plugin to an administrator; raises what `get` does."""
        self.people.check_administrator(asker)
        return self.found(asker, family, called)

    # Changing.

    def create(self, asker: Principal, new: NewPlugin) -> Plugin:
        """Keep a plugin whose code was run once; raises TakenError, PluginError, and RuleError.

        No connection of the database is held while the code runs.
        """
        self.begin(asker, new)
        described = self.described(new)
        self.add(asker, new, described)
        return self.get(asker, new.family, new.text.called)

    @connected
    def begin(self, asker: Principal, new: NewPlugin) -> None:
        """Raise what forbids that a plugin is made, before its code is run."""
        self.people.check_administrator(asker)
        self.check_on()
        if queries.find(self.database, new.family, new.text.called):
            raise TakenError(KINDS[new.family], new.text.called)

    def described(self, new: NewPlugin, valves: Json | None = None) -> Json:
        """Return what code has, which is run for that; raises PluginError, and RuleError."""
        found = self.ran(Code(new.text.called, new.text.content, valves or {}), {"do": "describe"})
        is_tool = found.get("kind") == "tool"
        if is_tool is not (new.family is Family.TOOL):
            wanted = "Tools" if new.family is Family.TOOL else "Pipe, Filter or Action"
            raise RuleError(f"content: this is kept on another page. Here a class {wanted} is.")
        return found

    def ran(self, code: Code, told: Json) -> Json:
        """Return what comes of code that is run for one thing; raises PluginError."""
        self.check_on()
        with self.processes.running_one(code) as process:
            found = process.whole(told, self.settings().timeout)
        return found if isinstance(found, dict) else {}

    @connected
    def add(self, asker: Principal, new: NewPlugin, described: Json) -> None:
        """Write a new plugin with its grants; functions begin switched off."""
        now = now_ms()
        row = PluginRow(
            id=new_id(),
            family=new.family,
            author_id=asker.user_id,
            is_active=new.family is Family.TOOL,
            is_global=False,
            create_time=now,
            update_time=now,
            text=new.text,
            described=described,
            valves="",
        )
        with self.database.atomic():
            if queries.count(self.database) >= MOST:
                raise RuleError(f"There are {MOST:,} tools and functions, and no room for more.")
            if not queries.add(self.database, row):
                raise TakenError(KINDS[new.family], new.text.called)
            if new.grants is not UNSET:
                self.grant(asker, row, new.grants)

    def grant(self, asker: Principal, row: PluginRow, grants: Sequence[WantedGrant]) -> None:
        """Write to whom a tool is granted; within a transaction."""
        kept = list_grants(self.database, Kind.TOOL, row.id)
        wanted = self.grants.checked_all(asker, grants, kept)
        replace_grants(self.database, Kind.TOOL, row.id, wanted, asker.user_id)

    def update(self, asker: Principal, called: str, new: NewPlugin) -> Plugin:
        """Let a plugin be what is given, whose code is run once; raises what `create` does."""
        before = self.known(asker, new.family, called)
        described = self.described(new, self.valves_in(before.valves))
        self.change(asker, before, new, described)
        return self.get(asker, new.family, new.text.called)

    @connected
    def known(self, asker: Principal, family: Family, called: str) -> PluginRow:
        """Return a plugin to an administrator; raises NotAllowedError, and what `get` does."""
        return self.administered(asker, family, called)

    @connected
    def change(self, asker: Principal, before: PluginRow, new: NewPlugin, described: Json) -> None:
        """Write what a plugin is from now on."""
        if new.text.called != before.text.called:
            raise RuleError("id: this stays what it is. Make another one of this id instead.")
        columns = {
            "author_id": asker.user_id,
            "name": new.text.name,
            "content": new.text.content,
            "meta": queries.as_json(new.text.meta),
            "described": queries.as_json(described),
        }
        with self.database.atomic():
            queries.change(self.database, before.id, columns)
            if new.grants is not UNSET:
                self.grant(asker, before, new.grants)

    @connected
    def share(self, asker: Principal, called: str, grants: Sequence[WantedGrant]) -> Plugin:
        """Say to whom a tool is granted: to these, and to nobody else; raises what `get` does."""
        row = self.administered(asker, Family.TOOL, called)
        with self.database.atomic():
            self.grant(asker, row, grants)
        return self.get(asker, Family.TOOL, called)

    @connected
    def switch(self, asker: Principal, called: str, name: str) -> Plugin:
        """Switch a function on or off, by the `name` of the column; raises what `get` does."""
        row = self.administered(asker, Family.FUNCTION, called)
        if name == "is_global" and row.kind == "pipe":
            raise RuleError("A pipe is a model by itself: it cannot be in all answers.")
        queries.change(self.database, row.id, {name: not getattr(row, name)})
        return self.get(asker, Family.FUNCTION, called)

    @connected
    def delete(self, asker: Principal, family: Family, called: str) -> None:
        """Delete a plugin with all that it is set to; raises what `get` does."""
        row = self.administered(asker, family, called)
        with self.database.atomic():
            queries.delete(self.database, row.id)

    # What they are set to.

    @connected
    def valves(self, asker: Principal, family: Family, called: str, which: Which) -> Json:
        """Return what a plugin is set to, for everybody or by the asker; raises what `get` does."""
        if which is Which.SERVER:
            return self.valves_in(self.administered(asker, family, called).valves)
        row = self.found(asker, family, called)
        return self.valves_in(queries.valves_of(self.database, row.id, asker.user_id))

    @connected
    def row_for(self, asker: Principal, family: Family, called: str, which: Which) -> PluginRow:
        """Return a plugin to who may set it so; raises what `get` does."""
        own = which is Which.PERSON
        return (self.found if own else self.administered)(asker, family, called)

    def set_valves(
        self, asker: Principal, family: Family, called: str, which: Which, values: Json
    ) -> Json:
        """Set a plugin to values that its code takes; raises PluginError, and what `get` does."""
        row = self.row_for(asker, family, called, which)
        if row.schema(which) is None:
            raise RuleError(f"{called} has no class {which}: there is nothing to be set.")
        code = Code(called, row.text.content)
        checked = self.ran(code, {"do": "check", "which": which, "values": values})
        self.keep_valves(asker, row, which, checked)
        return checked

    @connected
    def keep_valves(self, asker: Principal, row: PluginRow, which: Which, values: Json) -> None:
        """Write what a plugin is set to."""
        sealed = self.cipher.encrypt(queries.as_json(values))
        with self.database.atomic():
            if which is Which.SERVER:
                queries.change(self.database, row.id, {"valves": sealed})
            else:
                queries.put_valves(self.database, row.id, asker.user_id, sealed)

    def valves_in(self, sealed: str) -> Json:
        """Return what a plugin is set to; nothing where the secret key has changed since."""
        try:
            found = orjson.loads(self.cipher.decrypt(sealed)) if sealed else {}
        except InvalidToken:
            return {}
        return found if isinstance(found, dict) else {}

    def code(self, row: PluginRow) -> Code:
        """Return what is run of a plugin."""
        return Code(row.text.name, row.text.content, self.valves_in(row.valves))

    @connected
    def own_valves(self, asker: Principal, row: PluginRow) -> Json:
        """Return what an asker has set a plugin to."""
        return self.valves_in(queries.valves_of(self.database, row.id, asker.user_id))
