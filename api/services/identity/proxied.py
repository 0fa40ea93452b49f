"""Signing in whom a proxy in front of the server names."""

import logging
from collections.abc import Callable

from api.config.identity import ProxySettings
from api.db.connection import Database, connected
from api.federation.base import FederationError, Identity
from api.services.accounts.records import Principal
from api.services.accounts.remembered import Found
from api.services.accounts.values import Origin
from api.services.identity import queries
from api.services.identity.entry import Entry, digest
from api.services.identity.records import Landing, ProviderState, Vouched

log = logging.getLogger(__name__)

PLACE = "proxy"
"""The section of its settings, and what its people are known under."""


class ProxySignIn:
    """Begins sessions of people whom a proxy has signed in already."""

    def __init__(self, entry: Entry, settings: Callable[[], ProxySettings]) -> None:
        """Initialize with the parts; `settings` returns those in force."""
        self.entry = entry
        self.settings = settings

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.entry.database

    def check(self) -> list[ProviderState]:
        """Return whose word counts, if anybody's does."""
        rules = self.settings()
        found = f"{rules.addresses} name people in {rules.email_header}"
        return [ProviderState(PLACE, found=found)] if rules.email_header else []

    @connected
    def sign_in(self, person: Vouched, target: str, origin: Origin) -> Landing:
        """Begin a session of a person, on their way to an address of the server."""
        identity = Identity(
            issuer=PLACE,
            subject=person.email,
            email=person.email,
            is_verified=True,
            name=person.name,
            groups=person.groups,
        )
        try:
            entered = self.entry.enter(identity, PLACE, self.settings())
            return Landing(target, self.entry.begin(entered, origin))
        except FederationError as error:
            log.warning("Nobody is signed in by the proxy (%s): %s", error.problem, error)
            return Landing(target, problem=error.problem)

    def is_of(self, asker: Principal, person: Vouched | None) -> bool:
        """Return whether a session is that of the person, or nobody is named."""
        return person is None or self.user_of(person) == asker.user_id

    def user_of(self, person: Vouched) -> str:
        """Return whose account a person has; empty where they have none yet."""
        name = digest(PLACE, person.email)
        remembered = self.entry.accounts.sessions.remembered
        found = remembered.find(name, lambda: self.look_up(name))
        return found.asker.user_id if found else ""

    @connected
    def look_up(self, name: str) -> Found | None:
        """Look for the account of a person."""
        found = queries.find_identity(self.database, name)
        return Found(Principal(found.user_id, found.user_id)) if found else None
