"""Putting together what keeps channels."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.secrets import Cipher, SecretKey
from api.services.channels.answers import ChannelAnswerService
from api.services.channels.channels import ChannelService
from api.services.channels.members import ChannelMemberService
from api.services.channels.messages import MessageService
from api.services.channels.rights import ChannelRights
from api.services.channels.tasks import AnswerTaskService
from api.services.channels.webhooks import WebhookService
from api.services.groups.build import GroupServices
from api.services.groups.grants import Finder
from api.services.models.prompts import read_prompt
from api.services.people.build import PeopleServices
from api.services.webui.build import WebuiServices
from api.services.webui.build import grantable as grantable_beside
from api.things import Kind


@dataclass(frozen=True, slots=True)
class ChannelServices:
    """Channels, who is in them, what is said there, and what models answer."""

    channels: ChannelService
    members: ChannelMemberService
    messages: MessageService
    webhooks: WebhookService
    answers: ChannelAnswerService
    tasks: AnswerTaskService


def grantable(database: Database, people: PeopleServices) -> Mapping[Kind, Finder]:
    """Return what finds that of which an asker may say who uses it, by kind."""
    channels = ChannelRights(database, people.people)
    return {**grantable_beside(database), Kind.CHANNEL: channels.grantable}


def build_channels(
    database: Database,
    live: LiveSettings,
    secret: SecretKey,
    groups: GroupServices,
    webui: WebuiServices,
) -> ChannelServices:
    """Compose the services; raises StartError where a prompt's file is missing."""
    channels = ChannelService(
        database, groups.groups, groups.permissions, lambda: live.current.frontend
    )
    messages = MessageService(channels)
    prompt = read_prompt("webui_channel")
    return ChannelServices(
        channels,
        ChannelMemberService(channels),
        messages,
        WebhookService(channels, messages, Cipher(secret)),
        ChannelAnswerService(channels, messages, webui.tasks, prompt),
        AnswerTaskService(channels, webui.tasks),
    )
