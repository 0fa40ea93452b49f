"""How much is asked and answered in the front end: counted when somebody looks, and not kept."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.groups.groups import GroupService
from api.services.people.people import PeopleService
from api.services.stores.knowledge_records import PersonRecord
from api.services.stores.queries.knowledge import people
from api.services.webui import analytics_queries as queries
from api.services.webui.analytics_records import Count, Day, Period, Told

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOST_STEPS = 1000
"""Days or hours that are told, the last ones."""


class AnalyticsService:
    """Counts messages of chats, for administrators, and for everybody those of their own."""

    def __init__(
        self, database: Database, administration: PeopleService, groups: GroupService
    ) -> None:
        """Initialize with the parts."""
        self.database = database
        self.administration = administration
        self.groups = groups

    def answers(self, asker: Principal, period: Period, group_id: str = "") -> list[Told]:
        """Return the answers of all people in a period, or of those in a group.

        Raises NotAllowedError, and NotFoundError for the group.
        """
        self.administration.check_administrator(asker)
        members = self.members(asker, group_id) if group_id else None
        found = self.said(period)
        return [
            one for one in found if one.is_answer and (members is None or one.user_id in members)
        ]

    def members(self, asker: Principal, group_id: str) -> set[str]:
        """Return who is in a group; raises NotFoundError."""
        return {one.user_id for one in self.groups.list_members(asker, group_id)[1]}

    def own(self, asker: Principal, period: Period) -> list[Told]:
        """Return the messages of the asker's chats in a period."""
        return list(self.said(period, asker.user_id))

    def said(self, period: Period, user_id: str = "") -> Iterator[Told]:
        """Yield messages that were said in a period; none was kept before it was said."""
        for one in queries.messages(self.database, period.start * 1000, user_id):
            if period.has(one.moment):
                yield one

    @connected
    def named(self, ids: Sequence[str]) -> dict[str, PersonRecord]:
        """Return people by their ids, as far as they are there."""
        return dict(people(self.database, ids))


def by_model(found: Iterable[Told]) -> list[Count]:
    """Return how much there is of each model, most answers first."""
    return counted(found, lambda one: one.model_id)


def by_person(found: Iterable[Told]) -> list[Count]:
    """Return how much there is of each person, most answers first."""
    return counted(found, lambda one: one.user_id)


def counted(found: Iterable[Told], name_of: Callable[[Told], str]) -> list[Count]:
    """Return how much there is by what answers are counted for."""
    parted: dict[str, list[Told]] = defaultdict(list)
    for one in found:
        parted[name_of(one)].append(one)
    counts = [
        Count(
            name,
            len(many),
            sum(one.input_tokens for one in many),
            sum(one.output_tokens for one in many),
            len({one.user_id for one in many}),
            len({one.chat_id for one in many}),
        )
        for name, many in parted.items()
    ]
    return sorted(counts, key=lambda one: (-one.answers, one.name))


def by_day(found: Sequence[Told], period: Period, *, hourly: bool) -> list[Day]:
    """Return how many answers each model made on each day, or in each hour, of a period.

    A period without a beginning begins with the first answer, one without an end ends with the
    last; there are days without any. Of very many the last ones are told.
    """
    if not found and not (period.start and period.end):
        return []
    step, form = (HOUR, "%Y-%m-%d %H:00") if hourly else (DAY, "%Y-%m-%d")
    moments = [one.moment for one in found]
    first = moment_of(period.start or min(moments), hourly=hourly)
    last = moment_of(period.end or max(moments), hourly=hourly)
    first = max(first, last - (MOST_STEPS - 1) * step)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        counts[moment_of(one.moment, hourly=hourly).strftime(form)][one.model_id] += 1
    days = (last - first) // step + 1
    dates = ((first + number * step).strftime(form) for number in range(max(days, 0)))
    return [Day(date, dict(counts[date])) for date in dates]


def moment_of(seconds: int, *, hourly: bool) -> datetime:
    """Return the beginning of a day, or of an hour, in UTC."""
    found = datetime.fromtimestamp(seconds, UTC).replace(minute=0, second=0, microsecond=0)
    return found if hourly else found.replace(hour=0)
