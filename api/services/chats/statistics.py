"""How much a tenant's assistants are used, day by day."""

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.chats.queries.statistics import used_by_day
from api.services.chats.records import DayOfUse

DAY = 86_400_000
MOST_DAYS = 366


class StatisticsService:
    """Counts sessions, those who ask, their questions, and answers that were found good."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def by_day(self, asker: Principal, first: int, last: int) -> list[DayOfUse]:
        """Return the days from one time to another (ms since the epoch) on which anything was.

        Days begin at midnight in UTC; the last MOST_DAYS of them count.
        """
        end = last - last % DAY
        begin = max(first - first % DAY, end - (MOST_DAYS - 1) * DAY)
        days = range(begin, end + 1, DAY)
        return used_by_day(self.database, asker.tenant_id, days) if days else []
