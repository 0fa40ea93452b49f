"""How much is asked and answered, as Open WebUI's clients have it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.schemas.openwebui.conversation import key_of
from api.services.stores.knowledge_records import PersonRecord
from api.services.webui.analytics import by_day, by_model, by_person
from api.services.webui.analytics_records import Count, Period, Told

LATEST = 1 << 37
"""The last second that there can be a day of."""


class PeriodQuery(Request):
    """A period, in seconds since 1970, and a group of people; without it, all."""

    start_date: int = Field(0, ge=0, le=LATEST)
    end_date: int = Field(0, ge=0, le=LATEST)
    group_id: StorableText = Field("", max_length=64)

    def asked(self) -> tuple[Period, str]:
        """Return the period, and the group."""
        return Period(self.start_date, self.end_date), key_of(self.group_id)


class PeopleQuery(PeriodQuery):
    """How many people are to be told, and by what: answers, or tokens."""

    limit: int = Field(50, ge=1, le=1000)
    metric: Literal["messages", "tokens", ""] = ""


class DaysQuery(PeriodQuery):
    """Days, or hours."""

    granularity: Literal["daily", "hourly"] = "daily"


class SummaryAnswer(TypedDict):
    """How much there is in all; `total_messages` are answers."""

    total_messages: int
    total_chats: int
    total_models: int
    total_users: int


class ModelCountAnswer(TypedDict):
    """How many answers a model made, to how many people, in how many chats."""

    model_id: str
    count: int
    unique_users: int
    unique_chats: int


class ModelCountsAnswer(TypedDict):
    """That of all models."""

    models: list[ModelCountAnswer]


class UserCountAnswer(TypedDict):
    """How many answers a person got; null for an account that is no more."""

    user_id: str
    name: str | None
    email: str | None
    count: int
    input_tokens: int
    output_tokens: int
    total_tokens: int


class UserCountsAnswer(TypedDict):
    """That of all people."""

    users: list[UserCountAnswer]


class ModelTokensAnswer(TypedDict):
    """How many tokens the answers of a model took."""

    model_id: str
    input_tokens: int
    output_tokens: int
    total_tokens: int
    message_count: int


class TokensAnswer(TypedDict):
    """That of all models, and in all."""

    models: list[ModelTokensAnswer]
    total_input_tokens: int
    total_output_tokens: int
    total_tokens: int


class DayAnswer(TypedDict):
    """How many answers each model made on a day, or in an hour."""

    date: str
    models: Mapping[str, int]
    start: None
    end: None
    previous: None


class DaysAnswer(TypedDict):
    """That of all days."""

    data: list[DayAnswer]


def present_summary(found: Sequence[Told]) -> SummaryAnswer:
    """Return how much there is in all."""
    return {
        "total_messages": len(found),
        "total_chats": len({one.chat_id for one in found}),
        "total_models": len({one.model_id for one in found}),
        "total_users": len({one.user_id for one in found}),
    }


def present_model_counts(found: Sequence[Told]) -> ModelCountsAnswer:
    """Return how many answers each model made."""
    return {
        "models": [
            {
                "model_id": one.name,
                "count": one.answers,
                "unique_users": one.people,
                "unique_chats": one.chats,
            }
            for one in by_model(found)
        ]
    }


def most(found: Sequence[Told], query: PeopleQuery) -> list[Count]:
    """Return those people who got most."""
    counts = by_person(found)
    if query.metric == "tokens":
        counts.sort(key=lambda one: -(one.input_tokens + one.output_tokens))
    return counts[: query.limit]


def present_user_counts(
    counts: Sequence[Count], known: Mapping[str, PersonRecord]
) -> UserCountsAnswer:
    """Return how many answers people got."""
    return {"users": [present_user_count(one, known.get(one.name)) for one in counts]}


def present_user_count(one: Count, person: PersonRecord | None) -> UserCountAnswer:
    """Return how many answers a person got."""
    return {
        "user_id": one.name,
        "name": person.name if person else None,
        "email": person.email if person else None,
        "count": one.answers,
        "input_tokens": one.input_tokens,
        "output_tokens": one.output_tokens,
        "total_tokens": one.input_tokens + one.output_tokens,
    }


def present_tokens(found: Sequence[Told]) -> TokensAnswer:
    """Return how many tokens the answers of each model took."""
    counts = by_model(found)
    put, got = (
        sum(getattr(one, name) for one in counts) for name in ("input_tokens", "output_tokens")
    )
    return {
        "models": [
            {
                "model_id": one.name,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "total_tokens": one.input_tokens + one.output_tokens,
                "message_count": one.answers,
            }
            for one in counts
        ],
        "total_input_tokens": put,
        "total_output_tokens": got,
        "total_tokens": put + got,
    }


def present_days(found: Sequence[Told], query: DaysQuery) -> DaysAnswer:
    """Return how many answers each model made on each day, or in each hour."""
    days = by_day(found, query.asked()[0], hourly=query.granularity == "hourly")
    return {
        "data": [
            {"date": one.date, "models": one.answers, "start": None, "end": None, "previous": None}
            for one in days
        ]
    }
