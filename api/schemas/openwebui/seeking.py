"""What somebody searches for among chats, as a line of text says it."""

import re
from collections.abc import Callable
from dataclasses import replace

from pydantic import Field

from api.schemas.base import Request, StorableText
from api.services.webui.folder_records import Sought

LONGEST = 500

FLAGS = {"true": True, "false": False}

NAMED = re.compile(r"(tag|folder|pinned|archived|shared):(\S+)", re.IGNORECASE)

Reading = Callable[[Sought, str], Sought]

READINGS: dict[str, Reading] = {
    "tag": lambda sought, value: replace(sought, tags=(*sought.tags, value)),
    "folder": lambda sought, value: replace(sought, folders=(*sought.folders, value)),
    "pinned": lambda sought, value: replace(sought, pinned=FLAGS.get(value.lower())),
    "archived": lambda sought, value: replace(sought, archived=FLAGS.get(value.lower())),
    "shared": lambda sought, value: replace(sought, shared=FLAGS.get(value.lower())),
}
"""What a word with a colon says; a flag that is neither true nor false says nothing."""


class SearchQuery(Request):
    """What is searched for, and which page of what is found."""

    text: StorableText = Field("", max_length=LONGEST)
    page: int = Field(1, ge=1, le=10_000_000)

    def sought(self) -> Sought:
        """Return what is searched for: words, and what the line names beside them."""
        return sought_in(self.text)


def sought_in(line: str) -> Sought:
    """Return what a line of text searches for."""
    found = Sought(text=" ".join(NAMED.sub(" ", line).split()))
    for name, value in NAMED.findall(line):
        found = READINGS[name.lower()](found, value)
    return found
