"""How much somebody has asked, as Open WebUI's clients show it to them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request
from api.schemas.openwebui.analytics import LATEST
from api.services.webui.analytics import by_model
from api.services.webui.analytics_records import Period, Told

DAY = 86_400
MOST_DAYS = 730
MOST_MODELS = 10


class UsageQuery(Request):
    """Some days up to now, or from a time to another one in seconds since 1970."""

    days: int = Field(MOST_DAYS, ge=7, le=MOST_DAYS)
    start_date: int = Field(0, ge=0, le=LATEST)
    end_date: int = Field(0, ge=0, le=LATEST)

    def period(self, now: int) -> Period:
        """Return the period, of two years at most."""
        end = self.end_date or now
        return Period(max(self.start_date or end - self.days * DAY, end - MOST_DAYS * DAY, 0), end)


class TotalsAnswer(TypedDict):
    """How much it is in all."""

    lifetime_tokens: int
    input_tokens: int
    output_tokens: int
    peak_daily_tokens: int
    longest_chat_seconds: int
    current_streak: int
    longest_streak: int
    total_chats: int
    active_days: int
    models_used: int
    messages: int
    user_messages: int
    assistant_messages: int


class UsedDayAnswer(TypedDict):
    """How much it is on a day, in a week, or up to a day."""

    date: str
    messages: int
    chats: int
    tokens: int
    models: Mapping[str, int]


class InsightsAnswer(TypedDict):
    """What that comes to."""

    most_used_model: str | None
    average_tokens_per_chat: float
    average_messages_per_active_day: float
    user_message_share: float
    assistant_message_share: float


class UsedModelAnswer(TypedDict):
    """How much it is of a model."""

    model_id: str
    messages: int
    input_tokens: int
    output_tokens: int
    total_tokens: int


class PeriodAnswer(TypedDict):
    """From when to when, in seconds since 1970."""

    start_date: int
    end_date: int
    days: int


class OwnUsageAnswer(TypedDict):
    """How much somebody has asked: in all, and by days of a period."""

    totals: TotalsAnswer
    heatmap: list[UsedDayAnswer]
    weekly_heatmap: list[UsedDayAnswer]
    cumulative_heatmap: list[UsedDayAnswer]
    insights: InsightsAnswer
    top_models: list[UsedModelAnswer]
    top_tools: list[str]
    period: PeriodAnswer


def present_own_usage(found: Sequence[Told], query: UsageQuery, now: int) -> OwnUsageAnswer:
    """Return how much somebody has asked, of all that was said in their chats."""
    period = query.period(now)
    by_date: dict[date, list[Told]] = defaultdict(list)
    for one in found:
        by_date[day_of(one.moment)].append(one)
    first, last = day_of(period.start), day_of(period.end)
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    totals = totals_of(found, by_date, day_of(now))
    return {
        "totals": totals,
        "heatmap": [used(one, by_date.get(one, ())) for one in dates],
        "weekly_heatmap": weekly(dates, by_date),
        "cumulative_heatmap": cumulative(dates, by_date),
        "insights": insights(found, totals),
        "top_models": top_models(found),
        "top_tools": [],
        "period": {"start_date": period.start, "end_date": period.end, "days": len(dates)},
    }


def day_of(moment: int) -> date:
    """Return the day of a moment, in UTC."""
    return datetime.fromtimestamp(moment, UTC).date()


def tokens_of(found: Sequence[Told]) -> int:
    """Return how many tokens messages took."""
    return sum(one.input_tokens + one.output_tokens for one in found)


def used(day: date, found: Sequence[Told]) -> UsedDayAnswer:
    """Return how much it is on a day."""
    return {
        "date": day.isoformat(),
        "messages": len(found),
        "chats": len({one.chat_id for one in found}),
        "tokens": tokens_of(found),
        "models": dict(Counter(one.model_id for one in found if one.is_answer)),
    }


def weekly(dates: Sequence[date], by_date: Mapping[date, Sequence[Told]]) -> list[UsedDayAnswer]:
    """Return how much it is in each week, which begins on Monday."""
    weeks: dict[date, list[Told]] = {}
    for one in dates:
        begin = one - timedelta(days=one.weekday())
        weeks.setdefault(begin, []).extend(by_date.get(one, ()))
    return [used(begin, found) for begin, found in weeks.items()]


def cumulative(
    dates: Sequence[date], by_date: Mapping[date, Sequence[Told]]
) -> list[UsedDayAnswer]:
    """Return how much it is from the first of some days up to each."""
    told: list[UsedDayAnswer] = []
    chats: set[str] = set()
    models: Counter[str] = Counter()
    messages = tokens = 0
    for one in dates:
        found = by_date.get(one, ())
        messages, tokens = messages + len(found), tokens + tokens_of(found)
        chats |= {each.chat_id for each in found}
        models.update(each.model_id for each in found if each.is_answer)
        told.append(
            {
                "date": one.isoformat(),
                "messages": messages,
                "chats": len(chats),
                "tokens": tokens,
                "models": dict(models),
            }
        )
    return told


def totals_of(
    found: Sequence[Told], by_date: Mapping[date, Sequence[Told]], today: date
) -> TotalsAnswer:
    """Return how much it is in all."""
    times: dict[str, list[int]] = defaultdict(list)
    for one in found:
        times[one.chat_id].append(one.moment)
    longest, current = streaks(sorted(by_date), today)
    asked = sum(one.role == "user" for one in found)
    answered = sum(one.role == "assistant" for one in found)
    return {
        "lifetime_tokens": tokens_of(found),
        "input_tokens": sum(one.input_tokens for one in found),
        "output_tokens": sum(one.output_tokens for one in found),
        "peak_daily_tokens": max(map(tokens_of, by_date.values()), default=0),
        "longest_chat_seconds": max((max(one) - min(one) for one in times.values()), default=0),
        "current_streak": current,
        "longest_streak": longest,
        "total_chats": len(times),
        "active_days": len(by_date),
        "models_used": len({one.model_id for one in found if one.is_answer}),
        "messages": len(found),
        "user_messages": asked,
        "assistant_messages": answered,
    }


def streaks(days: Sequence[date], today: date) -> tuple[int, int]:
    """Return how many days in a row there were at most, and how many up to today or yesterday."""
    if not days:
        return 0, 0
    longest = running = 1
    for before, after in pairwise(days):
        running = running + 1 if (after - before).days == 1 else 1
        longest = max(longest, running)
    return longest, running if (today - days[-1]).days <= 1 else 0


def insights(found: Sequence[Told], totals: TotalsAnswer) -> InsightsAnswer:
    """Return what that comes to."""
    models = by_model(one for one in found if one.is_answer)
    messages = totals["messages"] or 1
    return {
        "most_used_model": models[0].name if models else None,
        "average_tokens_per_chat": totals["lifetime_tokens"] / (totals["total_chats"] or 1),
        "average_messages_per_active_day": totals["messages"] / (totals["active_days"] or 1),
        "user_message_share": 100 * totals["user_messages"] / messages,
        "assistant_message_share": 100 * totals["assistant_messages"] / messages,
    }


def top_models(found: Sequence[Told]) -> list[UsedModelAnswer]:
    """Return how much it is of those models that answered most."""
    return [
        {
            "model_id": one.name,
            "messages": one.answers,
            "input_tokens": one.input_tokens,
            "output_tokens": one.output_tokens,
            "total_tokens": one.input_tokens + one.output_tokens,
        }
        for one in by_model(each for each in found if each.is_answer)[:MOST_MODELS]
    ]
