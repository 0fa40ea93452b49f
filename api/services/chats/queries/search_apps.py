"""The statements of search apps."""

from collections.abc import Sequence
from typing import Any

import orjson
from peewee import IntegrityError

from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.models.chat import SearchApp
from api.db.rows import delete_rows
from api.db.sql import rows
from api.services.chats.queries.chats import generation_in
from api.services.chats.records import SearchAppRecord, SearchSettings, generation_values
from api.services.chats.values import ChatFilter
from api.services.library.names import name_key
from api.services.library.queries.paging import page_rows, total
from api.services.library.values import Page
from api.services.search.values import Steps


def find_app(database: Database, app_id: str) -> SearchAppRecord | None:
    """Return a search app."""
    listing = Listing(database, "search_app", SearchAppRecord._fields)
    found = listing.where("id = ?", app_id).tuples()
    return app_record(found[0]) if found else None


def list_apps(
    database: Database, tenant_id: str, wanted: ChatFilter, page: Page
) -> tuple[list[SearchAppRecord], int]:
    """Return a page of a tenant's search apps, and how many there are in all."""
    listing = Listing(database, "search_app", SearchAppRecord._fields)
    listing.where("tenant_id = ?", tenant_id)
    if wanted.keywords:
        pattern = containing(name_key(wanted.keywords))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    if wanted.owner_ids:
        listing.where_in("tenant_id", wanted.owner_ids)
    found = page_rows(listing, page)
    return [app_record(row) for row in found], total(listing, found, page)


def taken_app_names(database: Database, tenant_id: str) -> set[str]:
    """Return the names of a tenant's search apps as they are compared."""
    found = rows(database, "SELECT name_key FROM search_app WHERE tenant_id = ?", tenant_id)
    return {name for (name,) in found}


def insert_app(database: Database, app: SearchAppRecord) -> bool:
    """Store a new search app; False if another of the tenant has its name."""
    try:
        with database.atomic():
            SearchApp.insert(columns_of(app)).execute()
    except IntegrityError:
        return False
    return True


def save_app(database: Database, app: SearchAppRecord) -> bool:
    """Store a search app that has changed; False if another of the tenant has its name."""
    try:
        with database.atomic():
            SearchApp.update(columns_of(app)).where(SearchApp.id == app.id).execute()
    except IntegrityError:
        return False
    return True


def delete_app(app_id: str) -> None:
    """Delete a search app."""
    delete_rows(SearchApp, SearchApp.id == app_id)


def app_record(row: Sequence[Any]) -> SearchAppRecord:
    """Return the record of a row, its settings read."""
    return SearchAppRecord._make((*row[:6], settings_of(row[6]), *row[7:]))


def settings_of(text: str) -> SearchSettings:
    """Return what the column `settings` holds."""
    stored = orjson.loads(text)
    generation = generation_in(stored.pop("generation"))
    dataset_ids = tuple(stored.pop("dataset_ids"))
    known = stored.pop("steps", {})
    steps = Steps(known.get("keyword", False), tuple(known.get("languages", ())))
    return SearchSettings(**stored, generation=generation, dataset_ids=dataset_ids, steps=steps)


def columns_of(app: SearchAppRecord) -> dict[Any, object]:
    """Return the columns of a record."""
    steps = app.settings.steps
    settings = {
        **app.settings._asdict(),
        "generation": generation_values(app.settings.generation),
        "meta_filter": dict(app.settings.meta_filter),
        "steps": {"keyword": steps.keyword, "languages": list(steps.languages)},
    }
    own = {**app._asdict(), "name_key": name_key(app.name), "settings": settings}
    return {getattr(SearchApp, name): value for name, value in own.items()}
