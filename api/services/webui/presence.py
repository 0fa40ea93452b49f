"""Who is there in the front end, and what people say of themselves."""

from collections.abc import Mapping, Sequence

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.webui import presence_queries as queries
from api.services.webui.bodies import as_json
from api.services.webui.presence_records import Presence, Status

NEAR_MS = 180_000
"""Who was there so long ago is there."""

WRITTEN_EVERY_MS = 30_000
"""How old a time gets before a further sign of a person is written down."""


class PresenceService:
    """Keeps what people say of themselves, and when they were there last."""

    def __init__(self, database: Database) -> None:
        """Initialize with where it is kept."""
        self.database = database

    @connected
    def see(self, user_id: str) -> None:
        """Note that a person is there."""
        now = now_ms()
        if now - self.of(user_id).seen_time > WRITTEN_EVERY_MS:
            with self.database.atomic():
                queries.change(self.database, user_id, {"seen_time": now})

    @connected
    def people(self) -> int:
        """Return how many people are there."""
        return queries.seen_since(self.database, now_ms() - NEAR_MS)

    @connected
    def models(self) -> list[str]:
        """Return which models make answers now in chats that are kept."""
        return queries.models_answering(self.database)

    @connected
    def of(self, user_id: str) -> Presence:
        """Return how a person is."""
        return next(iter(queries.of_people(self.database, [user_id])), Presence(user_id))

    @connected
    def of_people(self, ids: Sequence[str]) -> Mapping[str, Presence]:
        """Return how people are, of whom that is known."""
        return {one.id: one for one in queries.of_people(self.database, ids)}

    def keep_info(self, asker: Principal, info: Mapping[str, object]) -> Presence:
        """Keep what the asker's client knows of them, in place of what it was."""
        return self.keep(asker, {"info": as_json(info)})

    def keep_variables(self, asker: Principal, variables: Mapping[str, object]) -> Presence:
        """Keep the variables of the asker, in place of what they were."""
        return self.keep(asker, {"variables": as_json(variables)})

    def say(self, asker: Principal, status: Status) -> Presence:
        """Keep how the asker is."""
        columns = {"emoji": status.emoji, "message": status.message, "message_ends": status.ends}
        return self.keep(asker, columns)

    @connected
    def keep(self, asker: Principal, columns: Mapping[str, object]) -> Presence:
        """Write columns of the asker, and return how they are then."""
        with self.database.atomic():
            queries.change(self.database, asker.user_id, columns)
        return self.of(asker.user_id)


def is_there(presence: Presence | None) -> bool:
    """Return whether a person is there."""
    return presence is not None and now_ms() - presence.seen_time < NEAR_MS
