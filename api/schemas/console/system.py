"""API keys on the wire."""

from typing import Annotated

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from api.config.kinds import Contract
from api.permissions import DOORS
from api.schemas.base import PageQuery, Request, without_nul
from api.schemas.times import http_date
from api.services.accounts.records import KeyRecord
from api.services.accounts.scopes import MOST_DATASETS, Noun, Reach, Scope
from api.services.accounts.values import KeyChange, WantedKey
from api.services.unset import UNSET

KeyName = Annotated[str, Field(max_length=100), AfterValidator(without_nul)]

IdOfDataset = Annotated[str, Field(min_length=1, max_length=32), AfterValidator(without_nul)]
DatasetIds = Annotated[list[IdOfDataset], Field(max_length=MOST_DATASETS)]

EndOfKey = Annotated[int | None, Field(ge=0, lt=2**62)]
NoteOfKey = Annotated[str, Field(max_length=500), AfterValidator(without_nul)]


def known_door(name: str) -> str:
    """Refuse a door that is not there, or takes no keys."""
    if name not in DOORS:
        raise ValueError(f"there is no such door for keys: choose of {', '.join(DOORS)}")
    return name


NamesOfDoors = Annotated[
    list[Annotated[str, AfterValidator(known_door)]],
    Field(max_length=len(DOORS), json_schema_extra={"examples": [["rest", "mcp"]]}),
]
Nouns = Annotated[list[Noun], Field(max_length=len(Noun))]


class KeyQuery(Request):
    """What a new API key is called, how it is answered, what it is for, and until when.

    Without a `contract` it is answered in that of the settings, without `dataset_ids` it reaches
    everything, and without an `expires_time` (ms since 1970) it does not end. `doors` and `nouns`
    leave out all others.
    """

    name: KeyName = ""
    contract: Contract | None = None
    scope: Reach = Reach.WRITE
    dataset_ids: DatasetIds = Field(default=[])
    doors: NamesOfDoors = Field(default=[])
    nouns: Nouns = Field(default=[])
    expires_time: EndOfKey = None
    note: NoteOfKey = ""

    def wanted(self) -> WantedKey:
        """Return what the key is to be."""
        scope = Scope(
            self.scope, frozenset(self.dataset_ids), frozenset(self.doors), frozenset(self.nouns)
        )
        return WantedKey(self.name, self.contract or "", scope, self.expires_time or 0, self.note)


class KeyChangeRequest(Request):
    """What to change of an API key; `expires_time` 0 takes away the end.

    A `scope` is given whole: one without `dataset_ids` reaches everything.
    """

    name: KeyName | None = None
    scope: Reach | None = None
    dataset_ids: DatasetIds | None = None
    doors: NamesOfDoors | None = None
    nouns: Nouns | None = None
    expires_time: EndOfKey = None
    note: NoteOfKey | None = None

    def change(self) -> KeyChange:
        """Return what to change."""
        parts = (self.dataset_ids, self.doors, self.nouns)
        scoped = any(part is not None for part in (self.scope, *parts))
        scope = Scope(self.scope or Reach.WRITE, *(frozenset(part or ()) for part in parts))
        return KeyChange(
            name=UNSET if self.name is None else self.name,
            scope=scope if scoped else UNSET,
            expires_time=UNSET if self.expires_time is None else self.expires_time,
            note=UNSET if self.note is None else self.note,
        )


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
    scope: str
    dataset_ids: list[str]
    doors: list[str]
    nouns: list[str]
    note: str
    expires_time: int | None
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
        "scope": key.scope.reach.value,
        "dataset_ids": sorted(key.scope.dataset_ids),
        "doors": sorted(key.scope.doors),
        "nouns": sorted(key.scope.nouns),
        "note": key.note,
        "expires_time": key.expires_time or None,
        "token": whole or key.hint,
        "beta": beta,
        "last_used_time": used or None,
        "last_used_date": http_date(used) if used else None,
        "create_time": key.create_time,
        "create_date": http_date(key.create_time),
        "update_time": key.update_time,
        "update_date": http_date(key.update_time),
    }
