"""Addresses that are told of what happens, and what they are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class WebhookRow(NamedTuple):
    """An address of a person, or of the server where `user_id` is empty; times in ms.

    `events` and `people` are JSON, and so is `extra`: what clients keep with it. `people` is null
    for everybody.
    """

    id: str
    create_time: int
    update_time: int
    user_id: str
    called: str
    name: str
    url_encrypted: str
    secret_encrypted: str
    is_enabled: bool
    is_default: bool
    only_away: bool
    events: str
    people: str
    extra: str


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address as its owner sees it; `secret` signs what it is told, empty for no signature.

    `people` are pairs of `user` or `group` and an id; None for everybody.
    """

    id: str
    called: str
    name: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    is_enabled: bool
    is_default: bool
    only_away: bool
    events: tuple[str, ...]
    people: tuple[tuple[str, str], ...] | None
    extra: Mapping[str, object]
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class WebhookText:
    """What is to change of an address; None stays as it is."""

    called: str | None = None
    name: str | None = None
    url: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    is_enabled: bool | None = None
    only_away: bool | None = None
    events: tuple[str, ...] | None = None
    people: tuple[tuple[str, str], ...] | None = None
    is_for_all: bool = False
    extra: Mapping[str, object] | None = None


class Actor(NamedTuple):
    """Who has done something; times in ms."""

    id: str
    name: str
    email: str
    is_administrator: bool
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that has happened: `subject` is a kind of thing, `id` which one."""

    event: str
    subject: str
    id: str = ""
    user_id: str = ""
    source: str = "api"
    data: Mapping[str, object] = field(default_factory=dict)


class DeliveryRow(NamedTuple):
    """What an address is still to be told."""

    id: str
    create_time: int
    webhook_id: str
    user_id: str
    url_encrypted: str
    body: str
    attempts: int
