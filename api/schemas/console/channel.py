"""Other ways to sign in, on the wire."""

from collections.abc import Sequence

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request
from api.services.identity.records import Callback, Channel


class ChannelAnswer(TypedDict):
    """A provider, as RAGFlow's page to sign in shows it."""

    channel: str
    display_name: str
    icon: str


class CallbackQuery(Request):
    """With what a browser comes back from a provider."""

    state: str = Field("", max_length=255)
    code: str = Field("", max_length=8192)
    error: str = Field("", max_length=1024)
    iss: str = Field("", max_length=1024)

    def values(self) -> Callback:
        """Return what the service takes."""
        return Callback(self.state, self.code, self.error, self.iss)


def present_channels(found: Sequence[Channel]) -> list[ChannelAnswer]:
    """Return the providers; RAGFlow's pages have an icon of the name, or one for all."""
    return [
        {"channel": channel.name, "display_name": channel.title, "icon": "sso"} for channel in found
    ]
