"""Putting together what signs people in."""

from dataclasses import dataclass

from api.secrets import Cipher, SecretKey
from api.services.accounts.build import AccountServices
from api.services.sign_in.passwords import Elsewhere, PasswordSignIn
from api.services.sign_in.second_factor import SecondFactors
from api.services.sign_in.signing import SigningKeys
from api.services.sign_in.tokens import TokenService


@dataclass(frozen=True, slots=True)
class SignInServices:
    """Signing in by a password and a code, tokens, and the keys that sign these."""

    passwords: PasswordSignIn
    factors: SecondFactors
    tokens: TokenService
    signing: SigningKeys


def build_sign_in(
    accounts: AccountServices, secret: SecretKey, elsewhere: Elsewhere
) -> SignInServices:
    """Compose the services of signing in; `elsewhere` tells what checks passwords beside us."""
    cipher = Cipher(secret)
    signing = SigningKeys(accounts.accounts.database, cipher)
    factors = SecondFactors(accounts.accounts, cipher, accounts.accounts.settings)
    passwords = PasswordSignIn(accounts.accounts, factors, elsewhere)
    tokens = TokenService(passwords, signing)
    return SignInServices(passwords, factors, tokens, signing)
