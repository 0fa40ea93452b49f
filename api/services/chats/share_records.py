"""Shares of assistants, and those who come by one."""

from dataclasses import dataclass
from typing import NamedTuple

from api.services.accounts.records import Principal
from api.services.unset import UNSET, Unset

MOST_SHARES = 100
"""How many an assistant has at most: each is a page that somebody has to look after."""


class ShareRecord(NamedTuple):
    """A page with an assistant, for whoever has its token; times in ms, 0 for no end.

    `origins` are the sites that may show it in a frame of theirs, `hourly` is how many questions
    it answers in an hour.
    """

    id: str
    tenant_id: str
    created_by: str
    chat_id: str
    name: str
    origins: tuple[str, ...]
    expires_time: int
    hourly: int
    is_on: bool
    create_time: int
    update_time: int

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""
        return False


@dataclass(frozen=True, slots=True)
class ShareChanges:
    """What to change of a share, or what a new one is to be."""

    name: str | Unset = UNSET
    origins: tuple[str, ...] | Unset = UNSET
    expires_time: int | Unset = UNSET
    hourly: int | Unset = UNSET
    is_on: bool | Unset = UNSET


class TokenOfShare(NamedTuple):
    """A share with the token that opens it."""

    share: ShareRecord
    token: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who has come by a share, and in whose name they ask."""

    share: ShareRecord
    asker: Principal
