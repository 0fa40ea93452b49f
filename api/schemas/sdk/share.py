"""Shares of assistants on the wire."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StringConstraints
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, without_nul
from api.schemas.sdk.chat import given
from api.schemas.times import http_date
from api.services.chats.share_records import ShareChanges, TokenOfShare
from api.services.unset import UNSET

ORIGIN = re.compile(
    r"\*|https?://(\*\.)?[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?"
    r"|https?://\[[0-9a-f:.]{2,45}\](:[0-9]{1,5})?"
)
"""A source of `frame-ancestors` (CSP Level 3) that is a site, all below one, or every one."""

MOST_ORIGINS = 50
MOST_HOURLY = 100_000


def origin(text: str) -> str:
    """Return a site as it is compared: in lower case, without a path."""
    found = text.strip().lower().rstrip("/")
    if not ORIGIN.fullmatch(found):
        raise ValueError("Give a site such as https://www.example.org, without a path, or *")
    return found


ShareName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=255),
    AfterValidator(without_nul),
]
Origins = Annotated[
    list[Annotated[str, Field(max_length=300), AfterValidator(origin)]],
    Field(max_length=MOST_ORIGINS),
]
End = Annotated[int, Field(ge=0, lt=2**62)]
Hourly = Annotated[int, Field(ge=1, le=MOST_HOURLY)]


class ShareChange(NullFreeRequest):
    """What to change of a share; `expires_time` in ms since 1970, 0 for no end.

    `origins` are the sites that may show it in a frame, `questions_per_hour` how many it answers.
    """

    name: ShareName | None = None
    origins: Origins | None = None
    expires_time: End | None = None
    questions_per_hour: Hourly | None = None
    is_on: StrictBool | None = None

    def changes(self) -> ShareChanges:
        """Return what to change."""
        return ShareChanges(
            name=given(self.name),
            origins=UNSET if self.origins is None else tuple(dict.fromkeys(self.origins)),
            expires_time=given(self.expires_time),
            hourly=given(self.questions_per_hour),
            is_on=given(self.is_on),
        )


class NewShare(ShareChange):
    """A share to make: no site shows it, it has no end, and it is on, unless something is given."""

    name: ShareName


class ShareAnswer(TypedDict):
    """A share; its page is at `path` of the server. Times in ms, 0 for no end."""

    id: str
    chat_id: str
    name: str
    token: str
    path: str
    origins: Sequence[str]
    expires_time: int
    questions_per_hour: int
    is_on: bool
    create_time: int
    create_date: str
    update_time: int
    update_date: str


def present_share(found: TokenOfShare) -> ShareAnswer:
    """Return a share as it goes out."""
    share = found.share
    return {
        "id": share.id,
        "chat_id": share.chat_id,
        "name": share.name,
        "token": found.token,
        "path": f"/share/{found.token}",
        "origins": share.origins,
        "expires_time": share.expires_time,
        "questions_per_hour": share.hourly,
        "is_on": share.is_on,
        "create_time": share.create_time,
        "create_date": http_date(share.create_time),
        "update_time": share.update_time,
        "update_date": http_date(share.update_time),
    }


def present_shares(found: Sequence[TokenOfShare]) -> list[ShareAnswer]:
    """Return shares as they go out."""
    return [present_share(one) for one in found]
