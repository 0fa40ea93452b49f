"""Putting together what lets models call tools."""

from collections.abc import Callable
from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.fetching.calls import Caller
from api.secrets import Cipher, SecretKey
from api.services.groups.build import GroupServices
from api.services.models.build import ModelServices
from api.services.people.build import PeopleServices
from api.services.plugins.build import PluginServices, build_plugins
from api.services.plugins.filtering import Filters
from api.services.tools.calling import CallingService
from api.services.tools.chat import models_with
from api.services.tools.servers import ToolServerService
from api.services.tools.toolbox import Toolbox
from rag.llm.base import ChatModel


@dataclass(frozen=True, slots=True)
class ToolServices:
    """Servers of tools, the answers in which models call these, these models, and plugins."""

    servers: ToolServerService
    calling: CallingService
    models: ModelServices
    plugins: PluginServices

    def equipped(
        self, toolbox: Toolbox | None, filters: Filters | None = None
    ) -> Callable[[str, str], ChatModel]:
        """Return what finds models that use tools and filters, for a tenant by their names."""
        return models_with(self.models.models, self.calling, toolbox, filters)


def build_tools(
    database: Database,
    secret: SecretKey,
    live: LiveSettings,
    people: PeopleServices,
    groups: GroupServices,
    models: ModelServices,
) -> ToolServices:
    """Compose the services."""
    plugins = build_plugins(database, secret, live, people, groups)
    caller = Caller(lambda: live.current.fetching)
    servers = ToolServerService(
        database,
        Cipher(secret),
        caller,
        people.people,
        groups.grants,
        plugins.opener,
        lambda: live.current.tools,
    )
    return ToolServices(servers, CallingService(lambda: live.current.tools), models, plugins)
