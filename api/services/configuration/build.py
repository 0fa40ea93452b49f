"""Putting together what shows, keeps and follows settings."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.execution import Execution
from api.news.base import News
from api.secrets import Cipher, SecretKey
from api.services.configuration.choices import ChoiceService
from api.services.configuration.history import SettingsHistory
from api.services.configuration.settings import Check, SettingsService
from api.services.configuration.standing import StandingService
from api.services.configuration.stored import StoredSettings


@dataclass(frozen=True, slots=True)
class ConfigurationServices:
    """Settings: shown, changed in the database, with their history, and followed."""

    settings: SettingsService
    history: SettingsHistory
    stored: StoredSettings
    standing: StandingService
    choices: ChoiceService
    news: News


def build_configuration(
    database: Database,
    live: LiveSettings,
    secret: SecretKey,
    news: News,
    execution: Execution,
    check: Check,
) -> ConfigurationServices:
    """Compose the services of settings; `check` yields why a server could not start with some."""
    stored = StoredSettings(database, Cipher(secret), live.current)
    settings = SettingsService(live, stored, news, execution, check)
    return ConfigurationServices(
        settings=settings,
        history=SettingsHistory(settings),
        stored=stored,
        standing=StandingService(settings),
        choices=ChoiceService(settings),
        news=news,
    )
