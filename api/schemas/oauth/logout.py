"""What providers send to end sessions."""

from pydantic import Field

from api.schemas.base import Request


class LogoutRequest(Request):
    """A signed token that names a session or a person."""

    logout_token: str = Field(min_length=1, max_length=16_384)
