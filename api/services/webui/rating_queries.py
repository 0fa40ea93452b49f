"""The statements about what people say of answers."""

from collections.abc import Sequence

import orjson

from api.db.connection import Database
from api.db.listing import Listing, ordered
from api.db.sql import rows, run
from api.services.webui.bodies import as_json
from api.services.webui.rating_records import Rating, RatingsWanted, Said

TABLE = "webui_rating"
LEAN = Rating._fields[:-1]
PAGE = 30

ADD = (
    "INSERT INTO webui_rating (id, user_id, create_time, update_time, kind, model_id, value, data,"
    " meta, snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

CHANGE = (
    "UPDATE webui_rating SET update_time = ?, kind = ?, model_id = ?, value = ?, data = ?,"
    " meta = ?, snapshot = ? WHERE id = ?"
)


def page(database: Database, wanted: RatingsWanted) -> tuple[list[Rating], int]:
    """Return some ratings without snapshots, and how many there are in all."""
    listing = Listing(database, TABLE, LEAN)
    for column, value in (("model_id", wanted.model_id), ("user_id", wanted.user_id)):
        if value:
            listing.where(f"{column} = ?", value)
    if wanted.page is None:
        found = listing.tuples(ordered(wanted.order, desc=wanted.descending))
        return [rating_of(row) for row in found], len(found)
    limit, offset = PAGE, wanted.page * PAGE
    found = listing.page_tuples(wanted.order, desc=wanted.descending, limit=limit, offset=offset)
    return [rating_of(row) for row in found], listing.total(found, limit=limit, offset=offset)


def following(database: Database, after: tuple[int, str], limit: int) -> list[Rating]:
    """Return some ratings, the oldest first, from behind a time and an id on."""
    listing = Listing(database, TABLE, Rating._fields)
    listing.where("(create_time > ? OR create_time = ? AND id > ?)", after[0], *after)
    found = listing.tuples(f"{ordered('create_time', desc=False)} LIMIT {int(limit)}")
    return [rating_of(row) for row in found]


def find(database: Database, rating_id: str) -> Rating | None:
    """Return a rating, whosever it is."""
    found = Listing(database, TABLE, Rating._fields).where("id = ?", rating_id).tuples()
    return rating_of(found[0]) if found else None


def rating_of(row: Sequence[object]) -> Rating:
    """Return a rating from its row."""
    made = Rating._make((*row, "{}")[: len(Rating._fields)])
    data, meta = orjson.loads(str(made.data)), orjson.loads(str(made.meta))
    return made._replace(data=data, meta=meta, snapshot=orjson.loads(str(made.snapshot)))


def models(database: Database) -> list[str]:
    """Return the models that something is said of."""
    statement = "SELECT DISTINCT model_id FROM webui_rating WHERE model_id <> '' ORDER BY model_id"
    return [model_id for (model_id,) in rows(database, statement)]


def count(database: Database, user_id: str) -> int:
    """Return how many ratings a person has."""
    statement = "SELECT COUNT(*) FROM webui_rating WHERE user_id = ?"
    return int(rows(database, statement, user_id)[0][0])


def columns(said: Said) -> tuple[object, ...]:
    """Return what is said as the values of columns."""
    texts = (as_json(said.data), as_json(said.meta), as_json(said.snapshot))
    return said.kind, said.model_id, said.value, *texts


def add(
    database: Database, rating_id: str, user_id: str, said: Said, times: tuple[int, int]
) -> None:
    """Write a rating, with when it was made and changed."""
    run(database, ADD, rating_id, user_id, *times, *columns(said))


def change(database: Database, rating_id: str, said: Said, now: int) -> None:
    """Write what a rating says now."""
    run(database, CHANGE, now, *columns(said), rating_id)


def delete(database: Database, rating_id: str) -> None:
    """Delete a rating."""
    run(database, "DELETE FROM webui_rating WHERE id = ?", rating_id)


def delete_of(database: Database, user_id: str) -> int:
    """Delete the ratings of a person."""
    return run(database, "DELETE FROM webui_rating WHERE user_id = ?", user_id)


def delete_all(database: Database) -> int:
    """Delete all ratings."""
    return run(database, "DELETE FROM webui_rating")
