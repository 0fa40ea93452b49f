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
from api.services.tools.calling import CallingService
from api.services.tools.chat import models_with
from api.services.tools.servers import ToolServerService
from api.services.tools.toolbox import Toolbox
from rag.llm.base import ChatModel


@dataclass(frozen=True, slots=True)
class ToolServices:
    """Servers of tools, the answers in which models call these, and these models."""

    servers: ToolServerService
    calling: CallingService
    models: ModelServices

    def equipped(self, toolbox: Toolbox) -> Callable[[str, str], ChatModel]:
        """Return what finds models that use tools, for a tenant by their names."""
        return models_with(self.models.models, self.calling, toolbox)


def build_tools(
    database: Database,
    secret: SecretKey,
    live: LiveSettings,
    people: PeopleServices,
    groups: GroupServices,
    models: ModelServices,
) -> ToolServices:
    """Compose the services."""
    caller = Caller(lambda: live.current.fetching)
    servers = ToolServerService(
        database,
        Cipher(secret),
        caller,
        people.people,
        groups.grants,
        lambda: live.current.tools,
    )
    return ToolServices(servers, CallingService(lambda: live.current.tools), models)
