"""Putting together what knows who may ask."""

from dataclasses import dataclass

from api.attempts.base import Attempts
from api.config.live import LiveSettings
from api.db.connection import Database
from api.execution import Execution
from api.secrets import Cipher, SecretKey
from api.services.accounts.accounts import AccountService
from api.services.accounts.bootstrap import BootstrapService
from api.services.accounts.bots import BotTokens
from api.services.accounts.keys import ApiKeyService
from api.services.accounts.members import MemberService
from api.services.accounts.passwords import Passwords
from api.services.accounts.remembered import Remembered
from api.services.accounts.sealed import password_opener
from api.services.accounts.session_stores.base import SessionStore
from api.services.accounts.sessions import AccountSessions
from api.services.accounts.sign_in_limits import SignInLimits
from api.services.accounts.tenants import Models, TenantService


@dataclass(frozen=True, slots=True)
class AccountServices:
    """Accounts and their sessions, API keys, tenants and their members, and the first account."""

    accounts: AccountService
    sessions: AccountSessions
    keys: ApiKeyService
    bots: BotTokens
    tenants: TenantService
    members: MemberService
    bootstrap: BootstrapService
    remembered: Remembered


def build_accounts(
    database: Database,
    live: LiveSettings,
    secret: SecretKey,
    attempts: Attempts,
    models: Models,
    execution: Execution,
    sessions_in: SessionStore,
) -> AccountServices:
    """Compose the services of accounts; `models` knows which models a tenant may choose.

    `sessions_in` is where sessions are kept.
    """
    opened = password_opener(live.current.auth)
    passwords = Passwords(
        execution,
        lambda: live.current.auth.passwords_at_once,
        opened,
        lambda: live.current.auth.refuse_common_passwords,
    )
    limits = SignInLimits(attempts, lambda: live.current.auth)
    remembered = Remembered()
    sessions = AccountSessions(database, secret, lambda: live.current.auth, sessions_in, remembered)
    accounts = AccountService(database, passwords, sessions, lambda: live.current.auth, limits)
    keys = ApiKeyService(database, Cipher(secret), lambda: live.current.auth, remembered)
    return AccountServices(
        accounts=accounts,
        sessions=sessions,
        keys=keys,
        bots=BotTokens(database, secret),
        tenants=TenantService(database, models),
        members=MemberService(database),
        bootstrap=BootstrapService(accounts, keys, live.current.bootstrap),
        remembered=remembered,
    )
