"""What small services are asked, and what they answer."""

from pydantic import Field

from api.schemas.base import Request, StorableText

GRAVATAR = "https://www.gravatar.com/avatar/{}?d=mp"
"""Where a picture is, by the SHA-256 of an address; who has none is a figure."""


class GravatarQuery(Request):
    """An e-mail address."""

    email: StorableText = Field(max_length=255)


def present_gravatar(digest: str) -> str:
    """Return where the picture is."""
    return GRAVATAR.format(digest)
