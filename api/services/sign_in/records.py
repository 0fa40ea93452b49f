"""What comes of signing in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from api.services.accounts.records import ProfileRecord, SignedIn


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, the refresh token that makes the next one, and their seconds."""

    user: ProfileRecord
    access: str = field(repr=False)
    access_seconds: int
    refresh: str = field(repr=False)
    refresh_seconds: int


class FactorRecord(NamedTuple):
    """A second factor; `confirmed_time` (ms) is 0 before its first code has come."""

    user_id: str
    secret_encrypted: str
    confirmed_time: int


class FactorState(NamedTuple):
    """Since when an account has a factor (ms, 0 for none), and whether it has to."""

    since: int
    codes_left: int
    is_required: bool


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A secret in base32, and the address that apps read from a picture."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A password was right, and a code is needed; `token` says so for some minutes.

    `enrolment` is there where the account has no factor yet and has to have one.
    """

    token: str = field(repr=False)
    enrolment: NewFactor | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who has signed in with the first code of a factor, and its recovery codes."""

    signed_in: SignedIn
    recovery_codes: Sequence[str] = field(repr=False)


class MailKind(StrEnum):
    """What a message is about."""

    RESET = "reset"
    INVITATION = "invitation"


class MailRecord(NamedTuple):
    """A message that waits; `attempts` is how often it was tried in vain."""

    id: str
    kind: str
    recipient: str
    content_encrypted: str
    attempts: int
