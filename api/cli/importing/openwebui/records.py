"""What Open WebUI has, as it tells it or as its database holds it, as far as it is read."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from api.cli.importing.records import Text, Told


def unpacked(value: Any) -> Any:
    """Return what a text of JSON holds: SQLite has no other form for it."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def as_object(value: Any) -> Any:
    """Return an object, an empty one for what is none."""
    found = unpacked(value)
    return found if isinstance(found, dict) else {}


Object = Annotated[Mapping[str, Any], BeforeValidator(as_object)]
Flag = Annotated[bool, BeforeValidator(bool)]
Seconds = Annotated[int, BeforeValidator(lambda value: value or 0)]


class Person(Told):
    """Somebody with an account; only the database tells of the password and the factor."""

    email: Text = ""
    name: Text = ""
    role: Text = ""
    settings: Object = Field({})
    password: Text = Field("", repr=False)
    mfa: Object = Field({}, repr=False)


class TalkRow(Told):
    """A conversation without what was said in it."""

    user_id: Text = ""
    title: Text = ""


class Talk(TalkRow):
    """A conversation with all that was said in it; times in seconds."""

    chat: Object = Field({})
    meta: Object = Field({})
    folder_id: Text = ""
    share_id: Text = ""
    archived: Flag = False
    pinned: Flag = False
    created_at: Seconds = 0
    updated_at: Seconds = 0
    last_read_at: Seconds = 0


class Grant(Told):
    """That a person, a group or everybody (`*`) may read or write something."""

    resource_id: Text = ""
    principal_type: Text = ""
    principal_id: Text = ""
    permission: Text = ""


class Base(Told):
    """A knowledge base."""

    user_id: Text = ""
    name: Text = ""
    description: Text = ""
    access_grants: list[Grant] = Field([])


class BaseFile(Told):
    """A file of a knowledge base; `path` is where it lies on that server's disk."""

    filename: Text = ""
    path: Text = ""
    directory_path: Text = ""
    meta: Object = Field({})

    @property
    def name(self) -> str:
        """Return the name that its sender gave it."""
        return str(self.meta.get("name") or self.filename)
