"""The statement about notes that questions name."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from api.db.connection import Database
from api.db.listing import Listing
from api.services.accounts.access import listed
from api.services.accounts.records import Principal
from api.things import Kind

CONTENT, TEXT = "content", "md"
"""Where in the data of a note its text is: `data.content.md`, beside the forms that editors use."""


class Written(NamedTuple):
    """A note: what it is called, and what it says."""

    title: str
    text: str


def texts(database: Database, asker: Principal, ids: Sequence[str]) -> Mapping[str, Written]:
    """Return those of some notes that an asker may read, by their ids."""
    if not ids:
        return {}
    clause, values = listed(database, asker, Kind.NOTE)
    listing = Listing(database, "webui_note", ("id", "title", "data")).where(clause, *values)
    found = listing.where_in("id", ids).tuples()
    return {note_id: Written(title, text_of(orjson.loads(data))) for note_id, title, data in found}


def text_of(data: Mapping[str, object]) -> str:
    """Return the text in the data of a note."""
    content = data.get(CONTENT)
    text = content.get(TEXT) if isinstance(content, Mapping) else ""
    return text if isinstance(text, str) else ""
