"""The statements about assistants as models of the front end."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.sql import rows, run
from api.services.accounts.access import listed
from api.services.accounts.records import Principal
from api.services.library.names import name_key
from api.services.stores.knowledge_values import Whose
from api.services.webui.bodies import as_json
from api.services.webui.filters import PAGE, WorkspaceFilter
from api.services.webui.model_records import ModelExtra
from api.things import Kind

COLUMNS = ModelExtra._fields

CALLED = "id IN (SELECT id FROM webui_model WHERE model_key = ?)"

TAGGED = "id IN (SELECT id FROM webui_model WHERE tag_keys LIKE ? ESCAPE '!')"

TAKEN = (
    f"SELECT COUNT(*) FROM chat WHERE tenant_id = ? AND ({CALLED}"  # noqa: S608 - a clause of ours
    " OR name_key = ? AND id NOT IN (SELECT id FROM webui_model))"
)

ADD = (
    "INSERT INTO webui_model (id, create_time, update_time, model_id, model_key, is_active, params,"
    " meta, tag_keys) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

CHANGE = (
    "UPDATE webui_model SET update_time = ?, is_active = ?, params = ?, meta = ?, tag_keys = ?"
    " WHERE id = ?"
)


def readable(database: Database, asker: Principal) -> Listing:
    """Return the list of the assistants that an asker may read, by their ids."""
    clause, values = listed(database, asker, Kind.CHAT)
    return Listing(database, "chat", ("id",)).where(clause, *values)


def page(database: Database, asker: Principal, wanted: WorkspaceFilter) -> tuple[list[str], int]:
    """Return the ids of some assistants that an asker may read, and how many there are."""
    listing = readable(database, asker)
    if wanted.keywords:
        like = containing(name_key(wanted.keywords))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", like)
    if wanted.tag:
        listing.where(TAGGED, containing(orjson.dumps(name_key(wanted.tag)).decode()))
    if wanted.whose is not Whose.EVERYBODY:
        sign = "=" if wanted.whose is Whose.OWN else "<>"
        listing.where(f"tenant_id {sign} ?", asker.tenant_id)
    found = listing.page_tuples(
        wanted.order, desc=wanted.descending, limit=PAGE, offset=wanted.offset
    )
    total = listing.total(found, limit=PAGE, offset=wanted.offset)
    return [chat_id for (chat_id,) in found], total


def called(database: Database, asker: Principal, model_id: str) -> str | None:
    """Return the id of the assistant that clients call so: of the asker's own first."""
    listing = readable(database, asker).where(CALLED, name_key(model_id))
    first = "ORDER BY CASE WHEN tenant_id = ? THEN 0 ELSE 1 END, create_time, id LIMIT 1"
    found = listing.tuples(first, asker.tenant_id)
    return found[0][0] if found else None


def is_taken(database: Database, tenant_id: str, model_id: str) -> bool:
    """Return whether clients call an assistant of a tenant so, be it by its name."""
    key = name_key(model_id)
    return bool(rows(database, TAKEN, tenant_id, key, key)[0][0])


def extras(database: Database, ids: Sequence[str]) -> Mapping[str, ModelExtra]:
    """Return what is kept beside some assistants, by their ids; others are left out."""
    found = Listing(database, "webui_model", COLUMNS).where_in("id", ids).tuples()
    return {row[0]: extra_of(row) for row in found}


def extra_of(row: Sequence[Any]) -> ModelExtra:
    """Return what is kept beside an assistant; MariaDB and SQLite have numbers for truth values."""
    chat_id, model_id, is_active, params, meta = row
    return ModelExtra(chat_id, model_id, bool(is_active), orjson.loads(params), orjson.loads(meta))


def put(database: Database, extra: ModelExtra) -> None:
    """Keep something beside an assistant, in place of what was there; within a transaction."""
    now, keys = now_ms(), as_json([name_key(tag) for tag in tags_in(extra.meta)])
    told = (extra.is_active, as_json(extra.params), as_json(extra.meta), keys)
    if extras(database, [extra.id]):
        run(database, CHANGE, now, *told, extra.id)
        return
    called_so = (extra.model_id, name_key(extra.model_id))
    run(database, ADD, extra.id, now, now, *called_so, *told)


def tags_in(meta: Mapping[str, object]) -> list[str]:
    """Return the tags that a client has written."""
    tags = meta.get("tags")
    found = tags if isinstance(tags, list) else []
    named = [one.get("name") for one in found if isinstance(one, Mapping)]
    return [str(name) for name in named if name]
