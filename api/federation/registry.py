"""The providers and the directory that settings name; what is not named is not imported."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from api.config.identity import ProviderSettings
from api.config.settings import Settings
from api.errors import StartError
from api.federation.base import Directory, Provider
from rag.loading import loaded

OPENID = "api.federation.openid:OpenIdProvider"

PROVIDERS: Mapping[str, str] = {
    "oidc": OPENID,
    "google": OPENID,
    "microsoft": OPENID,
    "github": "api.federation.github:GitHubProvider",
}
"""By the section of their settings, in the order in which people see them."""

DIRECTORY = "api.federation.ldap:LdapDirectory"

LACKING = "What it needs is not installed: pip install 'raglan[identity]'."


def provider_settings(settings: Settings, name: str) -> ProviderSettings | None:
    """Return the settings of a provider; None where there is none of the name."""
    section: ProviderSettings | None = getattr(settings, name) if name in PROVIDERS else None
    return section if section is not None and section.client_id else None


def provider_names(settings: Settings) -> list[str]:
    """Return the names of the providers at which people can sign in."""
    return [name for name in PROVIDERS if provider_settings(settings, name) is not None]


def open_provider(settings: Settings, name: str) -> Provider:
    """Return a provider that the settings name; raises StartError where its library is missing."""
    opener: Callable[..., Provider] = installed(PROVIDERS[name])
    return opener(provider_settings(settings, name), settings.identity)


def open_directory(settings: Settings) -> Directory | None:
    """Return the directory, None where there is none; raises StartError."""
    if not settings.ldap.is_on:
        return None
    opener: Callable[..., Directory] = installed(DIRECTORY)
    return opener(settings.ldap, settings.identity)


def installed(name: str) -> Callable[..., Any]:
    """Return what a table names; raises StartError where a package is missing."""
    try:
        found: Callable[..., Any] = loaded(name)
    except ModuleNotFoundError as error:
        raise StartError(LACKING) from error
    return found


class Kept(NamedTuple):
    """A provider with the settings that it was made by."""

    made_by: tuple[object, ...]
    provider: Provider


class Providers:
    """The providers of the settings in force, each made anew when its settings change."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        """Initialize with what returns the settings in force."""
        self.settings = settings
        self._kept: dict[str, Kept] = {}

    def names(self) -> list[str]:
        """Return the names of those that people can sign in at."""
        return provider_names(self.settings())

    def rules(self, name: str) -> ProviderSettings | None:
        """Return the settings of a provider; None where there is none."""
        return provider_settings(self.settings(), name)

    def named(self, name: str) -> Provider:
        """Return a provider that there is."""
        current = self.settings()
        made_by = (provider_settings(current, name), current.identity)
        kept = self._kept.get(name)
        if kept is None or kept.made_by != made_by:
            kept = Kept(made_by, open_provider(current, name))
            self._kept[name] = kept
        return kept.provider
