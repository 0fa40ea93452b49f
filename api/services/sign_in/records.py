"""What comes of signing in."""

from dataclasses import dataclass, field

from api.services.accounts.records import ProfileRecord


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, the refresh token that makes the next one, and their seconds."""

    user: ProfileRecord
    access: str = field(repr=False)
    access_seconds: int
    refresh: str = field(repr=False)
    refresh_seconds: int
