"""Addresses at which people are told that an answer is there."""

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import ArgumentError, NotBuiltError
from api.schemas.base import Request, StorableText
from api.services.webhooks.catalogue import EVENTS, PERSONAL, TEST, said
from api.services.webhooks.records import Webhook, WebhookText

LONGEST_URL = 2000
LONGEST_EXTRA = 4000
"""Bytes of what clients keep with an address beside it."""

MASKED = 4
"""Letters of the end of an address that are shown."""


def as_event(given: str) -> str:
    """Return what a person is to be told; raises ValueError for what nobody is."""
    if given not in PERSONAL:
        raise ValueError(f"people are told of {' and '.join(PERSONAL)} here")
    return given


class TargetRequest(Request):
    """What is to be of an address; what is left out stays, or is as it is at first.

    No events are none: the address is told nothing then but tests.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "webhook",
                    "events": ["chat.finished"],
                    "config": {"url": "https://example.org/hook"},
                }
            ]
        }
    )

    id: StorableText | None = Field(None, max_length=64)
    type: str | None = Field(None, max_length=32)
    enabled: bool | None = None
    events: list[Annotated[str, Field(max_length=64), AfterValidator(as_event)]] | None = Field(
        None, max_length=10
    )
    delivery: Literal["away", "always"] | None = None
    config: dict[str, object] | None = Field(None, max_length=20)

    def text(self) -> WebhookText:
        """Return what is to change; raises ArgumentError, and NotBuiltError for another type."""
        if self.type not in {None, "", "webhook"}:
            raise NotBuiltError("Another `type` than webhook")
        url = self.url()
        extra = {
            name: value
            for name, value in (self.config or {}).items()
            if name not in {"url", "url_masked"}
        }
        if len(orjson.dumps(extra)) > LONGEST_EXTRA:
            raise ArgumentError(f"config: it is longer than {LONGEST_EXTRA} bytes.")
        return WebhookText(
            called=self.id,
            url=url,
            is_enabled=self.enabled,
            only_away=None if self.delivery is None else self.delivery == "away",
            events=None if self.events is None else tuple(dict.fromkeys(self.events)),
            extra=extra or None,
        )

    def url(self) -> str | None:
        """Return the address, if one is given; raises ArgumentError for what is none."""
        found = (self.config or {}).get("url")
        if found in {None, ""}:
            return None
        if not isinstance(found, str) or len(found) > LONGEST_URL:
            raise ArgumentError(f"config.url: give an address of {LONGEST_URL} letters at most.")
        return found.strip()


class NewTargetRequest(TargetRequest):
    """An address that is to be told."""

    def text(self) -> WebhookText:
        """Return the address; raises what a change does, and ArgumentError where there is none."""
        found = super().text()
        if not found.url:
            raise ArgumentError("config.url: give the address that is to be told.")
        return found


class ToldAnswer(TypedDict):
    """What people can be told of."""

    event: str
    label: str
    description: str


class ToldListAnswer(TypedDict):
    """All that people can be told of."""

    events: list[ToldAnswer]


class TargetAnswer(TypedDict):
    """An address, of which the place and the end are shown."""

    id: str
    type: str
    enabled: bool
    events: list[str]
    delivery: str
    config: dict[str, object]
    created_at: int
    updated_at: int
    is_default: bool


class TargetsAnswer(TypedDict):
    """The addresses of a person."""

    targets: list[TargetAnswer]


class OkAnswer(TypedDict):
    """That something is done."""

    ok: bool


def present_told() -> ToldListAnswer:
    """Return all that people can be told of."""
    return {
        "events": [
            {"event": event, "label": said(event), "description": EVENTS[event]}
            for event in PERSONAL
        ]
    }


def present_target(target: Webhook) -> TargetAnswer:
    """Return an address."""
    return {
        "id": target.called,
        "type": "webhook",
        "enabled": target.is_enabled,
        "events": list(target.events),
        "delivery": "away" if target.only_away else "always",
        "config": {**target.extra, "url_masked": masked(target.url)},
        "created_at": target.create_time // 1000,
        "updated_at": target.update_time // 1000,
        "is_default": target.is_default,
    }


def present_targets(targets: Sequence[Webhook]) -> TargetsAnswer:
    """Return the addresses of a person."""
    return {"targets": [present_target(target) for target in targets]}


def present_ok() -> OkAnswer:
    """Return that something is done."""
    return {"ok": True}


def masked(url: str) -> str:
    """Return an address without what may open something.

    >>> masked("https://hooks.example.org/services/T0/abcdefgh?token=ijkl")
    'https://hooks.example.org/...efgh'
    """
    parts = urlsplit(url)
    end = parts.path.rpartition("/")[2]
    return f"{parts.scheme}://{parts.hostname or ''}/...{end[-MASKED:]}"


def trial(user_id: str) -> bytes:
    """Return what an address is told as a test."""
    sentence = "This address is told of answers."
    told = {"action": "test", "event": TEST, "user_id": user_id}
    return orjson.dumps({**told, "text": sentence, "content": sentence})
