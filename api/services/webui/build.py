"""Putting together what Open WebUI's clients need beside the rest of the server."""

from dataclasses import dataclass

from api.db.connection import Database
from api.services.accounts.keys import ApiKeyService
from api.services.people.sign_up import SignUpService
from api.services.sign_in.tokens import TokenService
from api.services.webui.conversations import ConversationService
from api.services.webui.entrance import EntranceService


@dataclass(frozen=True, slots=True)
class WebuiServices:
    """Signing in for weeks, and conversations as trees."""

    entrance: EntranceService
    conversations: ConversationService


def build_webui(
    database: Database, tokens: TokenService, sign_up: SignUpService, keys: ApiKeyService
) -> WebuiServices:
    """Compose the services."""
    return WebuiServices(EntranceService(tokens, sign_up, keys), ConversationService(database))
