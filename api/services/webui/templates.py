"""Prompts of an administrator's own, filled in for who asks and what was said."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.config.frontend import FrontendSettings
from api.config.templates import VARIABLE
from api.services.accounts.records import Principal, ProfileRecord

Said = Mapping[str, str]
"""A message: its `role` and `content`, and the `type` of a field in which it is being typed."""

LONGEST_MESSAGE = 2000
"""Characters of a message that a model is told here: half of them from its end."""

GAP = "..."
"""What stands for messages, or for characters, that are left out of the middle."""


class TemplateService:
    """Fills prompts in: one pass, so that nothing is a variable that somebody has said."""

    def __init__(
        self,
        profile: Callable[[Principal], ProfileRecord],
        settings: Callable[[], FrontendSettings],
        voice: str,
    ) -> None:
        """Initialize with the parts; `voice` is told of spoken answers where no other is set."""
        self.profile = profile
        self.settings = settings
        self.voice = voice

    def filled(self, asker: Principal, template: str, said: Sequence[Said]) -> str:
        """Return a prompt with what stands for its variables; times are those of the asker."""
        found = set(VARIABLE.findall(template))
        if not found:
            return template
        person = self.profile(asker)
        zone = zone_of(person.timezone)
        plain = {
            **moment(datetime.now(UTC).astimezone(zone)),
            "CURRENT_TIMEZONE": zone.key,
            "USER_NAME": person.nickname,
            "TYPE": said[-1].get("type", "general") if said else "general",
            "prompt": asked_in(said),
        }
        return VARIABLE.sub(lambda match: value_of(match[1], plain, said), template)

    def spoken(self, asker: Principal, question: str) -> str:
        """Return what a model is told of an answer that is read out; empty where it is not told."""
        settings = self.settings()
        if settings.voice == "off":
            return ""
        said = [{"role": "user", "content": question}]
        return self.filled(asker, settings.voice_prompt or self.voice, said)


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name; UTC where the system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last is of a folder's name
        return ZoneInfo("UTC")


def moment(now: datetime) -> dict[str, str]:
    """Return what stands for a time."""
    return {
        "CURRENT_DATE": f"{now:%Y-%m-%d}",
        "CURRENT_TIME": f"{now:%H:%M:%S}",
        "CURRENT_DATETIME": f"{now:%Y-%m-%d %H:%M:%S}",
        "CURRENT_WEEKDAY": f"{now:%A}",
    }


def asked_in(said: Sequence[Said]) -> str:
    """Return what is being typed, or what a person has said last."""
    asked = (one["content"] for one in reversed(said) if "type" in one or one["role"] == "user")
    return next(asked, "")


def value_of(name: str, plain: Mapping[str, str], said: Sequence[Said]) -> str:
    """Return what stands for a variable, which settings have checked."""
    if name in plain:
        return plain[name]
    what, way, number = name.split(":")
    if what == "prompt":
        return part_of(plain["prompt"], way, int(number))
    told = lines_of([one for one in said if "type" not in one])
    return "\n\n".join(some_of(told, way.lower(), int(number)))


def part_of(text: str, way: str, count: int) -> str:
    """Return as many characters of a text, at most."""
    return "".join(some_of(list(text), way, count))


def some_of(items: list[str], way: str, count: int) -> list[str]:
    """Return as many items, at most: the first, the last, or all but those in the middle."""
    if len(items) <= count:
        return items
    if way == "start":
        return items[:count]
    if way == "end":
        return items[-count:]
    first = (count + 1) // 2
    return [*items[:first], GAP, *items[len(items) - (count - first) :]]


def lines_of(said: Sequence[Said]) -> list[str]:
    """Return messages as a model is told them, each without its middle where it is long."""
    return [f"{one['role'].upper()}: {cut(one['content'])}" for one in said]


def cut(text: str) -> str:
    """Return a text without its middle where it is long."""
    half = LONGEST_MESSAGE // 2
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:half]} ... {text[-half:]}"
