"""API keys on the console's older pages, where they are made for an assistant."""

from pydantic import Field

from api.schemas.base import NullFreeRequest, Request, Unbuilt
from api.schemas.console.requests import ConsoleRequest


class NewKeyRequest(NullFreeRequest):
    """A key to make; one for an assistant is called by its id."""

    dialog_id: str = ""
    canvas_id: Unbuilt = ""


class KeysOfQuery(Request):
    """Which keys to list: all, or those that were made for an assistant."""

    dialog_id: str = ""
    canvas_id: Unbuilt = ""


class RevokedKeys(ConsoleRequest):
    """Keys to revoke."""

    tokens: list[str] = Field(max_length=1000)
