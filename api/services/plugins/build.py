"""Putting together what keeps and runs code of administrators."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.fetching.calls import Caller
from api.plugins.process import PluginProcesses
from api.secrets import Cipher, SecretKey
from api.services.groups.build import GroupServices
from api.services.people.build import PeopleServices
from api.services.plugins.acting import ActionService
from api.services.plugins.filtering import FilterService
from api.services.plugins.functions import FunctionService
from api.services.plugins.loading import PluginLoader
from api.services.plugins.opening import PluginOpener
from api.services.plugins.piping import PipeService
from api.services.plugins.plugins import PluginService
from api.services.plugins.syncing import PluginSync


@dataclass(frozen=True, slots=True)
class PluginServices:
    """What keeps plugins, finds those of answers, and what answers do with each kind."""

    plugins: PluginService
    opener: PluginOpener
    filters: FilterService
    pipes: PipeService
    actions: ActionService
    loader: PluginLoader
    sync: PluginSync
    functions: FunctionService


def build_plugins(
    database: Database,
    secret: SecretKey,
    live: LiveSettings,
    people: PeopleServices,
    groups: GroupServices,
) -> PluginServices:
    """Compose the services; nothing is run."""
    processes = PluginProcesses(lambda: live.current.tools, live.current.data_path / "tmp")
    plugins = PluginService(
        database,
        Cipher(secret),
        people.people,
        groups.grants,
        processes,
        lambda: live.current.tools,
    )
    opener = PluginOpener(plugins)
    pipes = PipeService(opener)
    return PluginServices(
        plugins,
        opener,
        FilterService(opener),
        pipes,
        ActionService(opener),
        PluginLoader(plugins, Caller(lambda: live.current.fetching), lambda: live.current.tools),
        PluginSync(plugins),
        FunctionService(opener, pipes),
    )
