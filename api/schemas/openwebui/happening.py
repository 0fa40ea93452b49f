"""What the server tells other servers of as it happens, and where."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.tool import HIDDEN
from api.services.webhooks.catalogue import ALL, EVENTS, is_known, said
from api.services.webhooks.keeping import check_secret
from api.services.webhooks.records import Webhook, WebhookText

MOST = 100
LONGEST_URL = 2000


def as_pattern(given: str) -> str:
    """Return what is to be told; raises ValueError for what never happens here."""
    if not is_known(given):
        raise ValueError("this is nothing that is told here: GET /api/events lists what is")
    return given


def as_secret(given: str) -> str:
    """Return a secret, or what one is shown as; raises ValueError for what is none."""
    return given if given in {"", HIDDEN} else check_secret(given)


Name = Annotated[StorableText, Field(max_length=255)]
Url = Annotated[StorableText, Field(min_length=1, max_length=LONGEST_URL)]
Patterns = Annotated[
    list[Annotated[str, Field(max_length=64), AfterValidator(as_pattern)]], Field(max_length=MOST)
]
Secret = Annotated[str, Field(max_length=200), AfterValidator(as_secret)]


class PeopleGiven(Request):
    """Whose doings are told: of an account, or of the people in a group."""

    type: Literal["user", "group"]
    id: StorableText = Field(min_length=1, max_length=64)


class HookRequest(Request):
    """What is to be of an address; what is left out stays, or is as it is at first.

    No events are all of them, no `targets` everybody. Without a `secret` a new address gets one.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.org/hook", "events": ["auth.*"]}]}
    )

    name: Name | None = None
    url: Url | None = None
    enabled: bool | None = None
    events: Patterns | None = None
    targets: list[PeopleGiven] | None = Field(None, max_length=MOST)
    secret: Secret | None = None

    def text(self) -> WebhookText:
        """Return what is to change."""
        given = self.model_fields_set
        events = None if "events" not in given else tuple(self.events or (ALL,))
        people = [(one.type, one.id.replace("-", "")) for one in self.targets or ()]
        return WebhookText(
            name=self.name,
            url=self.url,
            secret=None if self.secret in {None, "", HIDDEN} else self.secret,
            is_enabled=self.enabled,
            events=events,
            people=tuple(people) or None,
            is_for_all="targets" in given and not people,
        )


class NewHookRequest(HookRequest):
    """An address that is to be told of what happens."""

    url: Url

    def text(self) -> WebhookText:
        """Return the address."""
        given = super().text()
        return WebhookText(
            name=self.name or "Webhook",
            url=given.url,
            secret=given.secret,
            is_enabled=given.is_enabled,
            events=given.events or (ALL,),
            people=given.people,
        )


class HappeningAnswer(TypedDict):
    """A kind of what happens."""

    event: str
    description: str
    message: str


class CatalogueAnswer(TypedDict):
    """Of what others can be told."""

    schema: str
    events: list[HappeningAnswer]


class PeopleAnswer(TypedDict):
    """Whose doings are told."""

    type: str
    id: str


class HookAnswer(TypedDict):
    """An address that is told of what happens; its secret is shown whole once, when it is made."""

    id: str
    name: str
    url: str
    enabled: bool
    events: list[str]
    targets: list[PeopleAnswer] | None
    secret: str
    created_at: int
    updated_at: int


class DeletedAnswer(TypedDict):
    """That something is deleted."""

    status: bool


def present_catalogue(version: str) -> CatalogueAnswer:
    """Return all that others can be told of."""
    return {
        "schema": version,
        "events": [
            {"event": event, "description": sentence, "message": said(event)}
            for event, sentence in EVENTS.items()
        ],
    }


def present_hook(hook: Webhook, *, is_new: bool = False) -> HookAnswer:
    """Return an address."""
    return {
        "id": dashed(hook.called),
        "name": hook.name,
        "url": hook.url,
        "enabled": hook.is_enabled,
        "events": list(hook.events),
        "targets": present_people(hook.people),
        "secret": hook.secret if is_new or not hook.secret else HIDDEN,
        "created_at": hook.create_time // 1000,
        "updated_at": hook.update_time // 1000,
    }


def present_people(people: Sequence[tuple[str, str]] | None) -> list[PeopleAnswer] | None:
    """Return whose doings are told; null for everybody's."""
    return None if people is None else [{"type": kind, "id": one} for kind, one in people]


def present_hooks(hooks: Sequence[Webhook]) -> list[HookAnswer]:
    """Return addresses."""
    return [present_hook(hook) for hook in hooks]


def present_deleted() -> DeletedAnswer:
    """Return that something is deleted."""
    return {"status": True}
