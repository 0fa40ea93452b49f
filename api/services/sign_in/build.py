"""Putting together what signs people in."""

from dataclasses import dataclass

from api.secrets import Cipher, SecretKey
from api.services.accounts.build import AccountServices
from api.services.sign_in.passwords import PasswordSignIn
from api.services.sign_in.signing import SigningKeys
from api.services.sign_in.tokens import TokenService


@dataclass(frozen=True, slots=True)
class SignInServices:
    """Signing in by a password, tokens, and the keys that sign these."""

    passwords: PasswordSignIn
    tokens: TokenService
    signing: SigningKeys


def build_sign_in(accounts: AccountServices, secret: SecretKey) -> SignInServices:
    """Compose the services of signing in."""
    signing = SigningKeys(accounts.accounts.database, Cipher(secret))
    passwords = PasswordSignIn(accounts.accounts)
    return SignInServices(
        passwords=passwords, tokens=TokenService(passwords, signing), signing=signing
    )
