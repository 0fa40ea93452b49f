"""Putting together what signs people in."""

from dataclasses import dataclass

from api.config.live import LiveSettings
from api.db.connection import Database
from api.secrets import Cipher, SecretKey
from api.services.accounts.build import AccountServices
from api.services.sign_in.mailing import MailServer
from api.services.sign_in.outbox import Outbox
from api.services.sign_in.passwords import Elsewhere, PasswordSignIn
from api.services.sign_in.resets import PasswordResets
from api.services.sign_in.second_factor import SecondFactors
from api.services.sign_in.signing import SigningKeys
from api.services.sign_in.tokens import TokenService


@dataclass(frozen=True, slots=True)
class SignInServices:
    """Signing in by a password and a code, tokens, the keys that sign these, and mail."""

    passwords: PasswordSignIn
    factors: SecondFactors
    tokens: TokenService
    signing: SigningKeys
    outbox: Outbox
    resets: PasswordResets


def build_sign_in(
    accounts: AccountServices, secret: SecretKey, elsewhere: Elsewhere, outbox: Outbox
) -> SignInServices:
    """Compose the services of signing in; `elsewhere` tells what checks passwords beside us."""
    cipher = Cipher(secret)
    signing = SigningKeys(accounts.accounts.database, cipher)
    factors = SecondFactors(accounts.accounts, cipher, accounts.accounts.settings)
    passwords = PasswordSignIn(accounts.accounts, factors, elsewhere)
    tokens = TokenService(passwords, signing)
    resets = PasswordResets(accounts.accounts, outbox)
    return SignInServices(passwords, factors, tokens, signing, outbox, resets)


def build_outbox(database: Database, live: LiveSettings, secret: SecretKey) -> Outbox:
    """Compose what queues and sends mail."""
    server = MailServer(lambda: live.current.smtp)
    return Outbox(database, Cipher(secret), lambda: live.current, server)
