"""The audit log on the wire: which entries to list, and how they look."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import orjson
from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.services.auditing.records import AuditFilter, AuditRecord, Kind, Outcome

Time = Annotated[int, Field(ge=0, le=1 << 53)]


class AuditQuery(Request):
    """Which entries to list; `after` is the id of the entry that they follow; times in ms."""

    page_size: int = Field(50, ge=1, le=200)
    kind: list[Kind] = Field(default=[], max_length=len(Kind))
    outcome: Outcome | Literal[""] = ""
    action: StorableText = Field("", max_length=128)
    user: StorableText = Field("", max_length=255)
    address: StorableText = Field("", max_length=64)
    begin: Time = 0
    end: Time = 0
    after: Annotated[int, Field(ge=0, le=(1 << 63) - 1)] = 0

    def wanted(self) -> AuditFilter:
        """Return which entries to list."""
        return AuditFilter(
            kinds=tuple(self.kind),
            outcome=self.outcome,
            action=self.action,
            who=self.user.strip(),
            address=self.address.strip(),
            begin=self.begin,
            end=self.end,
            before=self.after,
            limit=self.page_size,
        )

    def next_after(self, found: Sequence[AuditRecord]) -> str:
        """Return the cursor of what follows; empty for nothing."""
        return str(found[-1].id) if len(found) == self.page_size else ""


class AuditAnswer(TypedDict):
    """An entry; `user` is the e-mail address of who has asked, or with which they signed in.

    `kind` is request, sign_in, people, permissions, keys, settings, models or sharing, `outcome`
    done, refused or failed. `detail` is what is kept of the request and its answer.
    """

    id: int
    time: int
    kind: str
    action: str
    outcome: str
    status: int
    user: str
    user_id: str
    tenant_id: str
    credential: str
    address: str
    agent: str
    method: str
    path: str
    request_id: str
    milliseconds: int
    detail: Mapping[str, object]


class AuditPage(TypedDict):
    """Entries, the newest first."""

    entries: list[AuditAnswer]


def present_audit(found: Sequence[AuditRecord]) -> AuditPage:
    """Return entries as they go out."""
    return {"entries": [present_entry(record) for record in found]}


def present_entry(record: AuditRecord) -> AuditAnswer:
    """Return an entry as it goes out."""
    entry = record.entry
    return {
        "id": record.id,
        "time": entry.time,
        "kind": entry.kind,
        "action": entry.action,
        "outcome": entry.outcome,
        "status": entry.status,
        "user": record.email or entry.account,
        "user_id": entry.user_id,
        "tenant_id": entry.tenant_id,
        "credential": entry.credential,
        "address": entry.address,
        "agent": entry.agent,
        "method": entry.method,
        "path": entry.path,
        "request_id": entry.request_id,
        "milliseconds": entry.milliseconds,
        "detail": orjson.loads(entry.detail),
    }
