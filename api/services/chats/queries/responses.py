"""The statements of responses that are kept."""

from typing import Any

import orjson

from api.db.connection import Database
from api.db.models.response import KeptResponse
from api.db.sql import rows, run
from api.services.chats.response_records import ResponseRecord
from api.services.library.names import is_id
from api.services.search.records import Source
from rag.llm.base import Usage
from rag.types import Message, Role

_FIND = (
    "SELECT id, tenant_id, model, create_time, request, conversation, answer"
    " FROM kept_response WHERE id = ?"
)


def find(database: Database, response_id: str) -> ResponseRecord | None:
    """Return a response, whosever it is."""
    found = rows(database, _FIND, response_id) if is_id(response_id) else []
    return record_of(found[0]) if found else None


def record_of(row: tuple[Any, ...]) -> ResponseRecord:
    """Return the record of a row, whose JSON is read."""
    response_id, tenant_id, model, create_time, request, conversation, answer = row
    said = orjson.loads(answer)
    return ResponseRecord(
        response_id,
        tenant_id,
        model,
        create_time,
        request=orjson.loads(request),
        conversation=tuple(
            Message(Role(role), content) for role, content in orjson.loads(conversation)
        ),
        text=said["text"],
        sources=tuple(Source(**source) for source in said["sources"]),
        usage=Usage(**said["usage"]),
    )


def insert(made: ResponseRecord) -> None:
    """Write a response."""
    usage = {
        "prompt_tokens": made.usage.prompt_tokens,
        "completion_tokens": made.usage.completion_tokens,
    }
    sources = [source._asdict() for source in made.sources]
    KeptResponse.create(
        id=made.id,
        tenant_id=made.tenant_id,
        model=made.model,
        create_time=made.create_time,
        update_time=made.create_time,
        request=dict(made.request),
        conversation=[[message.role.value, message.content] for message in made.conversation],
        answer={"text": made.text, "sources": sources, "usage": usage},
    )


def delete(database: Database, response_id: str) -> None:
    """Delete a response."""
    run(database, "DELETE FROM kept_response WHERE id = ?", response_id)
