"""How people are in the front end."""

from collections.abc import Mapping
from typing import NamedTuple


class Presence(NamedTuple):
    """What a person says of themselves there; `message_ends` in seconds, `seen_time` in ms."""

    id: str
    info: Mapping[str, object] = {}
    variables: Mapping[str, object] = {}
    emoji: str = ""
    message: str = ""
    message_ends: int = 0
    seen_time: int = 0


class Status(NamedTuple):
    """How somebody is, until a time in seconds; 0 is no end, and empty texts are nothing."""

    emoji: str
    message: str
    ends: int = 0
