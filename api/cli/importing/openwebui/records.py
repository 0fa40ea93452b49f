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


def as_names(value: Any) -> Any:
    """Return a list of names, an empty one for what is none."""
    found = unpacked(value)
    return [str(one) for one in found] if isinstance(found, list) else []


Names = Annotated[list[str], BeforeValidator(as_names)]
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


class Group(Told):
    """A group with those who are in it."""

    name: Text = ""
    description: Text = ""
    permissions: Object = Field({})
    user_ids: list[str] = Field([])


class Folder(Told):
    """A folder of conversations; times in seconds, as in what follows."""

    user_id: Text = ""
    parent_id: Text = ""
    name: Text = ""
    is_expanded: Flag = False
    data: Object = Field({})
    meta: Object = Field({})
    created_at: Seconds = 0
    updated_at: Seconds = 0


class Prompt(Told):
    """A prompt as it is now."""

    user_id: Text = ""
    command: Text = ""
    name: Text = ""
    content: Text = ""
    data: Object = Field({})
    meta: Object = Field({})
    tags: Names = Field([])
    is_active: Annotated[bool, BeforeValidator(lambda value: value is None or bool(value))] = True
    access_grants: list[Grant] = Field([])


class PluginTold(Told):
    """A tool or a function in Python."""

    name: Text = ""
    content: Text = ""
    meta: Object = Field({})


class Memory(Told):
    """What somebody wants remembered."""

    user_id: Text = ""
    type: Text = ""
    path: Text = ""
    content: Text = ""
    created_at: Seconds = 0
    updated_at: Seconds = 0


class Rating(Told):
    """What somebody says of an answer."""

    user_id: Text = ""
    type: Text = ""
    data: Object = Field({})
    meta: Object = Field({})
    snapshot: Object = Field({})
    created_at: Seconds = 0
    updated_at: Seconds = 0


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
