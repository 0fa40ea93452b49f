"""Signing in at a provider: going there, coming back, and the provider's word that it is over."""

import logging

from api.config.identity import ProviderSettings
from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.federation.base import Arrival, Attempt, FederationError, Problem
from api.federation.registry import Providers
from api.services.accounts.records import Principal
from api.services.accounts.values import Origin
from api.services.identity import queries
from api.services.identity.attempts import Attempts
from api.services.identity.entry import Entry
from api.services.identity.grants import Grants
from api.services.identity.records import (
    Callback,
    Channel,
    Departure,
    Landing,
    ProviderState,
)
from api.things import Kind

log = logging.getLogger(__name__)


class ProviderSignIn:
    """Signs people in whom a provider sends; what keeps them out is told to their browser."""

    def __init__(
        self, providers: Providers, entry: Entry, grants: Grants, attempts: Attempts
    ) -> None:
        """Initialize with the parts."""
        self.providers = providers
        self.entry = entry
        self.grants = grants
        self.attempts = attempts

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.entry.database

    def channels(self) -> list[Channel]:
        """Return the providers at which people can sign in."""
        found = ((name, self.providers.rules(name)) for name in self.providers.names())
        return [Channel(name, rules.title or name) for name, rules in found if rules]

    def check(self) -> list[ProviderState]:
        """Ask all providers for what is needed to sign in there."""
        return [self.state_of(name) for name in self.providers.names()]

    def state_of(self, name: str) -> ProviderState:
        """Ask a provider."""
        try:
            return ProviderState(name, found=self.providers.named(name).check())
        except FederationError as error:
            return ProviderState(name, error=error.message)

    def begin(self, name: str, target: str, redirect: str, sealed: str) -> Departure:
        """Return where to sign in; `sealed` is what the browser has of other attempts.

        Raises NotFoundError for a provider that there is not.
        """
        self.rules(name)
        attempt = Attempt(name, target, redirect)
        try:
            address = self.providers.named(name).begin(attempt)
        except FederationError as error:
            return Departure(problem=told(name, error))
        return Departure(address, self.attempts.with_one(sealed, attempt))

    def finish(self, name: str, callback: Callback, sealed: str, origin: Origin) -> Landing:
        """Sign in who comes back; raises NotFoundError for a provider that there is not."""
        rules = self.rules(name)
        attempt, rest = self.attempts.take(sealed, callback.state)
        if attempt is None or attempt.provider != name:
            return Landing(sealed=rest, problem=Problem.STALE)
        try:
            arrival = self.arrival(attempt, callback)
            token = self.admit(name, rules, arrival, origin)
        except FederationError as error:
            return Landing(attempt.target, sealed=rest, problem=told(name, error))
        return Landing(attempt.target, token, rest)

    def arrival(self, attempt: Attempt, callback: Callback) -> Arrival:
        """Return who comes back; raises FederationError."""
        if callback.error or not callback.code:
            said = f"{attempt.provider} refuses: {callback.error[:200] or 'it sends no code'}."
            raise FederationError(Problem.REFUSED, said)
        provider = self.providers.named(attempt.provider)
        return provider.finish(attempt, callback.code, callback.issuer)

    @connected
    def admit(self, name: str, rules: ProviderSettings, arrival: Arrival, origin: Origin) -> str:
        """Return the token of a session that begins; raises FederationError."""
        entered = self.entry.enter(arrival.identity, name, rules)
        token = self.entry.begin(entered, origin)
        asker = self.entry.accounts.sessions.authenticate(token)
        if asker is not None:
            self.grants.keep(asker.session_id, entered, name, arrival)
        return token

    def sign_out(self, name: str, token: str) -> int:
        """End what a provider says has ended; return how many sessions.

        Raises NotFoundError, and FederationError for what is not the provider's word.
        """
        self.rules(name)
        return self.grants.end(self.providers.named(name).signed_out(token))

    def farewell(self, asker: Principal, back: str) -> str:
        """Return where the asker's browser ends its session at the provider, to come `back`.

        Empty where the session began at none, or that says no address.
        """
        name = self.provider_of(asker.session_id)
        if not name or self.providers.rules(name) is None:
            return ""
        try:
            return self.providers.named(name).farewell(back)
        except FederationError as error:
            told(name, error)
            return ""

    @connected
    def provider_of(self, session_id: str) -> str:
        """Return at which provider a session began; empty for none."""
        return queries.provider_of(self.database, session_id)

    def end_told(self, token: str) -> int:
        """End what whichever provider says has ended; return how many sessions.

        Raises FederationError for what is the word of none.
        """
        refused = FederationError(Problem.INVALID, "There is no provider here.")
        for name in self.providers.names():
            try:
                return self.sign_out(name, token)
            except FederationError as error:
                refused = error
        raise refused

    def rules(self, name: str) -> ProviderSettings:
        """Return the settings of a provider; raises NotFoundError."""
        found = self.providers.rules(name)
        if found is None:
            raise NotFoundError(Kind.CHANNEL, name)
        return found


def told(name: str, error: FederationError) -> Problem:
    """Log what is the matter, and return what people are told."""
    log.warning("Nobody is signed in by %s (%s): %s", name, error.problem, error)
    return error.problem
