"""Sessions of an assistant on the wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from api.errors import RuleError
from api.schemas.base import LenientFlag, PageQuery, Request, StorableText, without_nul
from api.schemas.times import timestamps

NAME_LIMIT = 255
UNCHANGEABLE = ("message", "messages", "reference")

UserId = Annotated[str, Field(max_length=NAME_LIMIT), AfterValidator(without_nul)]


def session_name(name: Any) -> str:
    """Return the name of a session, stripped and cut to its limit."""
    if not isinstance(name, str) or not name.strip():
        raise RuleError("`name` can not be empty.")
    return name.strip().replace("\0", "")[:NAME_LIMIT]


class SessionRequest(Request):
    """A new session."""

    name: str = "New session"
    user_id: UserId | None = None

    _name = field_validator("name", mode="before")(session_name)


class SessionChange(Request):
    """What to change of a session: its name, where one is given."""

    name: str | None = None

    _name = field_validator("name", mode="before")(session_name)

    @model_validator(mode="before")
    @classmethod
    def content_stays(cls, values: Any) -> Any:
        """Refuse a change of what was said."""
        for key in UNCHANGEABLE:
            if isinstance(values, dict) and key in values:
                raise RuleError(f"`{key}` can not be change")
        return values


class SessionQuery(PageQuery):
    """Which sessions to list."""

    orderby: Literal["create_time", "update_time"] = "create_time"
    desc: LenientFlag = True
    id: StorableText | None = None
    name: StorableText | None = None
    user_id: StorableText | None = None


def session_object(row: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a session with its messages."""
    return {
        **{key: row[key] for key in ("id", "name", "chat_id", "user_id")},
        **timestamps(row),
        "messages": messages,
    }


def message_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message; an answer to a question carries the passages that it drew on."""
    message = {"role": row["role"], "content": row["content"]}
    if row["role"] == "assistant" and row["ordinal"]:
        message["reference"] = (row["reference"] or {}).get("chunks", [])
    return message
