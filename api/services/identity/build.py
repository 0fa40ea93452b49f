"""Putting together what signs people in by way of other places."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.federation.registry import Providers, open_directory
from api.secrets import Cipher, SecretKey
from api.services.accounts.accounts import AccountService
from api.services.groups.groups import GroupService
from api.services.identity.attempts import Attempts
from api.services.identity.directory import DirectorySignIn
from api.services.identity.entry import Entry
from api.services.identity.grants import Grants
from api.services.identity.proxied import ProxySignIn
from api.services.identity.signing import ProviderSignIn
from api.services.identity.tokens import ProviderTokens
from api.services.people.build import PeopleServices


@dataclass(frozen=True, slots=True)
class IdentityServices:
    """Signing in at providers, a directory and by a proxy; what providers gave with sessions."""

    providers: ProviderSignIn
    directory: DirectorySignIn
    proxy: ProxySignIn
    grants: Grants
    tokens: ProviderTokens


def build_identity(
    live: LiveSettings,
    secret: SecretKey,
    accounts: AccountService,
    people: PeopleServices,
    groups: GroupService,
) -> IdentityServices:
    """Compose the services of identity; raises StartError where a library is missing."""
    cipher = Cipher(secret)
    providers = Providers(lambda: live.current)
    for name in providers.names():
        providers.named(name)  # its library is imported before the fork
    open_directory(live.current)
    entry = Entry(accounts, people.people, people.sign_up, groups)
    grants = Grants(lambda: live.current, providers, entry, cipher)
    return IdentityServices(
        providers=ProviderSignIn(providers, entry, grants, Attempts(cipher)),
        directory=DirectorySignIn(entry, lambda: live.current),
        proxy=ProxySignIn(entry, lambda: live.current.proxy),
        grants=grants,
        tokens=ProviderTokens(providers, accounts.database, lambda: live.current),
    )
