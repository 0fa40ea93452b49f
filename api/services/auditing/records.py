"""What the audit log has: entries, and which of them are asked for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What an entry is about; all but the first concern who may do what."""

    REQUEST = "request"
    SIGN_IN = "sign_in"
    PEOPLE = "people"
    PERMISSIONS = "permissions"
    KEYS = "keys"
    SETTINGS = "settings"
    MODELS = "models"
    SHARING = "sharing"


class Outcome(StrEnum):
    """How it ended: done, refused as a request may be, or failed by a fault of the server."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Entry(NamedTuple):
    """Something that was asked of the server; `time` in ms, `milliseconds` what it took.

    `action` is the page, as `rest_people.change`. `account` is what somebody signs in with who is
    not known yet, `credential` by what those are known who are: `key:ID` or `session:ID`. `detail`
    is JSON text: what of the request and its answer is kept.
    """

    time: int
    kind: str
    action: str
    outcome: str
    status: int
    tenant_id: str = ""
    user_id: str = ""
    account: str = ""
    credential: str = ""
    address: str = ""
    agent: str = ""
    method: str = ""
    path: str = ""
    request_id: str = ""
    milliseconds: int = 0
    detail: str = "{}"


class AuditRecord(NamedTuple):
    """An entry with its number, and the e-mail address that its user has now."""

    id: int
    entry: Entry
    email: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted: what is empty or 0 leaves none out; times in ms.

    `who` is the id or address of an account, `before` the number of the entry that they precede.
    """

    kinds: tuple[str, ...] = ()
    outcome: str = ""
    action: str = ""
    who: str = ""
    address: str = ""
    begin: int = 0
    end: int = 0
    before: int = 0
    limit: int = 50
