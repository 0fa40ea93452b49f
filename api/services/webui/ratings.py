"""What people say of answers: kept, listed for administrators, and how models do by it."""

from collections.abc import Iterator

from api.db.base import new_id, now_ms
from api.db.connection import Database, connected
from api.errors import NotFoundError, RuleError
from api.services.accounts.records import Principal
from api.services.people.people import PeopleService
from api.services.stores.queries.knowledge import people
from api.services.webui import rating_queries as queries
from api.services.webui.leaderboard import standings
from api.services.webui.rating_records import (
    OLDEST_FIRST,
    RatedBy,
    Rating,
    RatingsWanted,
    Said,
    Standing,
)
from api.things import Kind

MOST = 10_000
"""Ratings of a person."""

AT_ONCE = 20
"""Ratings that are read at once for an export: each has its chat."""


class RatingService:
    """Keeps ratings: their owners change them, administrators see and delete those of all."""

    def __init__(self, database: Database, administration: PeopleService) -> None:
        """Initialize with where they are kept, and who administers the server."""
        self.database = database
        self.administration = administration

    @connected
    def add(self, asker: Principal, said: Said) -> Rating:
        """Keep a rating and return it; raises RuleError where there are too many."""
        rating_id, now = new_id(), now_ms()
        with self.database.atomic():
            if queries.count(self.database, asker.user_id) >= MOST:
                raise RuleError(f"There are {MOST:,} ratings of yours, and no room for more.")
            queries.add(self.database, rating_id, asker.user_id, said, (now, now))
        return self.found(asker, rating_id)

    @connected
    def get(self, asker: Principal, rating_id: str) -> Rating:
        """Return a rating: one's own, or to an administrator any; raises NotFoundError."""
        return self.found(asker, rating_id)

    @connected
    def change(self, asker: Principal, rating_id: str, said: Said) -> Rating:
        """Change what a rating says and return it; raises NotFoundError."""
        self.found(asker, rating_id)
        queries.change(self.database, rating_id, said, now_ms())
        return self.found(asker, rating_id)

    @connected
    def delete(self, asker: Principal, rating_id: str) -> None:
        """Delete a rating; raises NotFoundError."""
        self.found(asker, rating_id)
        queries.delete(self.database, rating_id)

    @connected
    def delete_own(self, asker: Principal) -> bool:
        """Delete all ratings of the asker; return whether there were any."""
        return queries.delete_of(self.database, asker.user_id) > 0

    @connected
    def own(self, asker: Principal) -> list[RatedBy]:
        """Return the ratings of the asker, the newest first."""
        return self.listed(RatingsWanted(user_id=asker.user_id, page=None))[0]

    # For administrators.

    @connected
    def page(self, asker: Principal, wanted: RatingsWanted) -> tuple[list[RatedBy], int]:
        """Return some ratings of all people, and how many there are."""
        self.administration.check_administrator(asker)
        return self.listed(wanted)

    @connected
    def models(self, asker: Principal) -> list[str]:
        """Return the models that something is said of."""
        self.administration.check_administrator(asker)
        return queries.models(self.database)

    @connected
    def delete_all(self, asker: Principal) -> bool:
        """Delete the ratings of all people; return whether there were any."""
        self.administration.check_administrator(asker)
        return queries.delete_all(self.database) > 0

    @connected
    def standings(self, asker: Principal, query: str) -> list[Standing]:
        """Return how models do beside each other, the best first."""
        self.administration.check_administrator(asker)
        return standings(queries.page(self.database, OLDEST_FIRST)[0], query)

    def every(self, asker: Principal) -> Iterator[Rating]:
        """Yield the ratings of all people with their snapshots, the oldest first.

        No connection is held between them.
        """
        after = (0, "")
        while found := self.some(asker, after):
            yield from found
            after = (found[-1].create_time, found[-1].id)

    @connected
    def some(self, asker: Principal, after: tuple[int, str]) -> list[Rating]:
        """Return some ratings behind a time and an id."""
        self.administration.check_administrator(asker)
        return queries.following(self.database, after, AT_ONCE)

    # The rows.

    def listed(self, wanted: RatingsWanted) -> tuple[list[RatedBy], int]:
        """Return some ratings with who says so, and how many there are."""
        found, total = queries.page(self.database, wanted)
        known = people(self.database, [one.user_id for one in found])
        return [RatedBy(one, known.get(one.user_id)) for one in found], total

    def found(self, asker: Principal, rating_id: str) -> Rating:
        """Return a rating that the asker may see and change."""
        found = queries.find(self.database, rating_id)
        if found is None or (
            found.user_id != asker.user_id and not self.administration.administers(asker)
        ):
            raise NotFoundError(Kind.RATING, rating_id)
        return found
