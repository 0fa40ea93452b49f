"""Grants of things on the wire."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from api.schemas.base import StrictRequest, without_nul
from api.services.accounts.grant_records import GrantRecord, Level, Subject
from api.services.groups.grants import MOST
from api.services.groups.records import WantedGrant
from rag.llm.base import ModelType

Name = Annotated[str, Field(max_length=200), AfterValidator(without_nul)]


class GrantRequest(StrictRequest):
    """What to grant to whom: `name` is an address, the name of a group, or an id of either."""

    subject: Subject
    name: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""
    level: Level = Level.READ

    @model_validator(mode="after")
    def somebody_is_named(self) -> Self:
        """Refuse a person or a group without a name, and everybody with one."""
        if bool(self.name) is (self.subject is Subject.EVERYBODY):
            raise ValueError("Give the `name` of a user or group, and none with everybody")
        return self


class GrantsRequest(StrictRequest):
    """To whom a thing is granted from now on: to these, and to nobody else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"grants": [{"subject": "everybody", "level": "read"}]}],
        }
    )

    grants: Annotated[list[GrantRequest], Field(max_length=MOST)]

    def wanted(self) -> list[WantedGrant]:
        """Return what the service takes."""
        return [WantedGrant(grant.subject, grant.level, grant.name) for grant in self.grants]


class ModelGrantsQuery(StrictRequest):
    """A model that the tenant has added."""

    provider: Name
    name: Name
    type: ModelType


class ModelGrantsRequest(GrantsRequest):
    """To whom a model that the tenant has added is granted from now on, to be used."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "provider": "OpenAI-API-Compatible",
                    "name": "a model",
                    "type": "chat",
                    "grants": [{"subject": "everybody"}],
                }
            ],
        }
    )

    provider: Name
    name: Name
    type: ModelType


class GrantAnswer(TypedDict):
    """A grant: to whom (`id` is `*` for everybody), and what; `create_time` in ms."""

    subject: str
    id: str
    name: str
    email: str
    level: str
    create_time: int


def present_grants(grants: Sequence[GrantRecord]) -> list[GrantAnswer]:
    """Return grants as they go out."""
    return [
        {
            "subject": grant.subject_kind,
            "id": grant.subject_id,
            "name": grant.name,
            "email": grant.email,
            "level": grant.level.value,
            "create_time": grant.create_time,
        }
        for grant in grants
    ]
