"""All functions at once, as they were exported."""

from collections.abc import Sequence

from api.db.connection import connected
from api.errors import RuleError
from api.services.accounts.records import Principal
from api.services.plugins import queries
from api.services.plugins.plugins import PluginService
from api.services.plugins.records import Family, Json, Plugin, Switched


class PluginSync:
    """Lets there be these functions, and no others."""

    def __init__(self, plugins: PluginService) -> None:
        """Initialize with what keeps plugins."""
        self.plugins = plugins
        self.database = plugins.database

    def sync(self, asker: Principal, wanted: Sequence[Switched]) -> list[Plugin]:
        """Let there be these functions and no others, all or none; each is run once for that.

        Raises NotAllowedError, NotConfiguredError, PluginError, and RuleError.
        """
        self.plugins.people.check_administrator(asker)
        ids = [one.plugin.text.called for one in wanted]
        if repeated := sorted({one for one in ids if ids.count(one) > 1}):
            raise RuleError(f"functions: {repeated[0]} is there twice.")
        described = [self.plugins.described(one.plugin) for one in wanted]
        self.write(asker, wanted, described)
        return self.plugins.exported(asker, Family.FUNCTION)

    @connected
    def write(
        self, asker: Principal, wanted: Sequence[Switched], described: Sequence[Json]
    ) -> None:
        """Write functions, and remove those that are not among them."""
        with self.database.atomic():
            known = {row.text.called: row for row in queries.every(self.database, Family.FUNCTION)}
            for called in known.keys() - {one.plugin.text.called for one in wanted}:
                queries.delete(self.database, known[called].id)
            for one, found in zip(wanted, described, strict=True):
                called = one.plugin.text.called
                if called in known:
                    self.plugins.change(asker, known[called], one.plugin, found)
                else:
                    self.plugins.add(asker, one.plugin, found)
                self.switch(called, one)

    def switch(self, called: str, wanted: Switched) -> None:
        """Switch a function on or off; within a transaction."""
        row = queries.find(self.database, Family.FUNCTION, called)
        if row is not None:
            is_global = wanted.is_global and row.kind != "pipe"
            columns = {"is_active": wanted.is_active, "is_global": is_global}
            queries.change(self.database, row.id, columns)
