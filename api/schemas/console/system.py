"""API keys on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from api.config.kinds import Contract
from api.schemas.base import PageQuery, Request, without_nul
from api.schemas.times import http_date
from api.services.accounts.records import KeyRecord


class KeyQuery(Request):
    """What a new API key is called, for its owner to tell it from others, and how it is answered.

    Without a `contract` it is answered in that of the settings.
    """

    name: Annotated[str, Field(max_length=100), AfterValidator(without_nul)] = ""
    contract: Contract | None = None


class KeysQuery(PageQuery):
    """Which API keys to list: all, unless a page is asked for."""

    @property
    def limit(self) -> int | None:
        """Return how many keys a page has; None for all."""
        return self.page_size if self.model_fields_set else None


class KeyAnswer(TypedDict):
    """An API key; times in ms, and as text."""

    id: str
    tenant_id: str
    name: str
    contract: str | None
    token: str
    beta: str
    last_used_time: int | None
    last_used_date: str | None
    create_time: int
    create_date: str
    update_time: int
    update_date: str


def present_key(key: KeyRecord, beta: str, whole: str = "") -> KeyAnswer:
    """Return an API key as clients see it: the `whole` of it where it is new or readable.

    `beta` is the token that opens the tenant's bots, and nothing else.
    """
    used = key.last_used_time
    return {
        "id": key.id,
        "tenant_id": key.tenant_id,
        "name": key.name,
        "contract": key.contract or None,
        "token": whole or key.hint,
        "beta": beta,
        "last_used_time": used or None,
        "last_used_date": http_date(used) if used else None,
        "create_time": key.create_time,
        "create_date": http_date(key.create_time),
        "update_time": key.update_time,
        "update_date": http_date(key.update_time),
    }
