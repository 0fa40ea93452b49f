"""Putting together what tells addresses of what happens."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.fetching.calls import Caller
from api.secrets import Cipher
from api.services.webhooks.deliveries import DeliveryService
from api.services.webhooks.happenings import HappeningService
from api.services.webhooks.keeping import WebhookKeeper


@dataclass(frozen=True, slots=True)
class WebhookServices:
    """Addresses, what they are told, and what they are still to be told."""

    keeper: WebhookKeeper
    happenings: HappeningService
    deliveries: DeliveryService


def build_webhooks(database: Database, live: LiveSettings, cipher: Cipher) -> WebhookServices:
    """Compose the services."""
    caller = Caller(lambda: live.current.fetching)
    deliveries = DeliveryService(database, cipher, caller)
    keeper = WebhookKeeper(database, cipher, deliveries, lambda: live.current.fetching)
    happenings = HappeningService(database, keeper, deliveries, lambda: live.current)
    return WebhookServices(keeper, happenings, deliveries)
