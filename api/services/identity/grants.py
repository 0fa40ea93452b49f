"""What a provider gives with a session: it is asked again about people, and may end sessions."""

import logging
from collections.abc import Callable
from functools import partial

from api.config.settings import Settings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.errors import StartError
from api.federation.base import Arrival, FederationError, Identity, Problem, SignedOut
from api.federation.registry import Providers
from api.leases.fencing import Guard, unguarded
from api.secrets import Cipher, opened
from api.services.accounts.sessions import AccountSessions
from api.services.identity import queries
from api.services.identity.entry import Entry, digest
from api.services.identity.records import Entered, GrantRecord, Held

log = logging.getLogger(__name__)

AT_ONCE = 20
"""Grants that a round of renewing takes: a provider that is slow holds up no more."""

MINUTE_MS = 60_000

DAY_MS = 24 * 60 * MINUTE_MS

AGAIN_MS = MINUTE_MS
"""After which a provider that was away is asked again."""


class Grants:
    """Keeps, renews and ends; a refresh token is encrypted wherever it is kept."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        providers: Providers,
        entry: Entry,
        cipher: Cipher,
    ) -> None:
        """Initialize with the parts; `settings` returns those in force."""
        self.settings = settings
        self.providers = providers
        self.entry = entry
        self.cipher = cipher

    @property
    def sessions(self) -> AccountSessions:
        """Return what begins and ends sessions."""
        return self.entry.accounts.sessions

    @property
    def database(self) -> Database:
        """Return where sessions are kept."""
        return self.entry.database

    @connected
    def keep(self, session_id: str, entered: Entered, provider: str, arrival: Arrival) -> None:
        """Write what came with a session that has begun."""
        issuer, session = arrival.identity.issuer, arrival.session
        session_hash = digest(issuer, session) if session else ""
        refresh = self.cipher.encrypt(arrival.refresh_token) if self.renews else ""
        renew_time = self.next_time() if refresh else 0
        queries.add_session(session_id, entered, provider, session_hash, refresh, renew_time)

    @property
    def renews(self) -> bool:
        """Return whether providers are asked again."""
        return self.settings().identity.renew_minutes > 0

    def next_time(self) -> int:
        """Return when a provider is asked again, in ms."""
        return now_ms() + int(self.settings().identity.renew_minutes * MINUTE_MS)

    # Ending.

    def end(self, what: SignedOut) -> int:
        """End the sessions that a provider says have ended; return how many."""
        found = self.named(what)
        for one in found:
            self.end_one(one)
        return len(found)

    @connected
    def named(self, what: SignedOut) -> list[Held]:
        """Return the sessions that a provider names: one of its own, else all of a person."""
        if what.session:
            return queries.sessions_named(self.database, digest(what.issuer, what.session))
        return queries.sessions_of_person(self.database, digest(what.issuer, what.subject))

    def end_one(self, what: Held) -> None:
        """End a session, wherever it is kept, and forget what came with it."""
        self.sessions.end_one(what.user_id, what.session_id)
        self.forget(what.session_id)

    @connected
    def forget(self, session_id: str) -> None:
        """Forget what came with a session."""
        queries.forget(self.database, session_id)

    # Renewing.

    def renew(self, guard: Guard = unguarded) -> int:
        """Ask providers again about some people whose time has come; return how many."""
        found = self.due() if self.renews else []
        for grant in found:
            self.renew_one(grant, guard)
        return len(found)

    @connected
    def due(self) -> list[GrantRecord]:
        """Return whom to ask about, and forget what came with sessions of long ago."""
        days = self.entry.accounts.settings().session_days
        queries.forget_old(self.database, now_ms() - int(days * DAY_MS))
        return queries.due(self.database, AT_ONCE)

    def renew_one(self, grant: GrantRecord, guard: Guard) -> None:
        """Ask about a person; who may not be here any more is signed out."""
        write = partial(self.write, grant, guard=guard)
        rules = self.providers.rules(grant.provider)
        token = opened(self.cipher, grant.refresh_encrypted)
        held = Held(grant.user_id, grant.session_id)
        is_over = self.sessions.store.find_by_id(grant.session_id) is None
        if is_over or rules is None or token is None:
            self.end_one(held)
            return
        try:
            renewed = self.providers.named(grant.provider).renew(token, grant.subject)
            write(self.cipher.encrypt(renewed.refresh_token), self.next_time())
            if renewed.identity is not None:
                self.look_again(renewed.identity, grant)
        except (FederationError, StartError) as error:
            is_away = not isinstance(error, FederationError) or error.problem in LASTING
            log.warning("%s renews no session: %s", grant.provider, error)
            if is_away:
                write(grant.refresh_encrypted, now_ms() + AGAIN_MS)
            else:
                self.end_one(held)

    def look_again(self, identity: Identity, grant: GrantRecord) -> None:
        """Give somebody the role that they have by now; raises FederationError for who has none."""
        rules = self.providers.rules(grant.provider)
        if rules is not None:
            self.entry.enter(identity, grant.provider, rules)

    @connected
    def write(self, grant: GrantRecord, refresh: str, renew_time: int, guard: Guard) -> None:
        """Write what renews a grant the next time."""
        with self.database.atomic():
            guard()
            queries.write_grant(self.database, grant.id, refresh, renew_time)


LASTING = frozenset({Problem.AWAY, Problem.CLOCK, Problem.INVALID})
"""What says nothing of the person: the session goes on."""
