"""A running Open WebUI that is read through its API."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import IO, Any

from api.cli.importing.openwebui.records import (
    Base,
    BaseFile,
    Folder,
    Group,
    Memory,
    Person,
    PluginTold,
    Prompt,
    Rating,
    Talk,
    TalkRow,
)
from api.cli.importing.remote import Remote, SourceError
from api.cli.importing.source import BLOCK, IN_MEMORY, told

OTHERS = {
    "models of the workspace": "/models/export",
    "skills": "/skills/",
    "notes": "/notes/",
}
"""What is not read, with the lists that tell how many there are."""

Told = Mapping[str, Any]

CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class ServedWebui:
    """The things of a server, as far as the owner of a key may see them.

    Of other people an administrator's key tells the accounts and conversations, while folders and
    tags are told of the owner alone.
    """

    def __init__(self, url: str, key: str) -> None:
        """Initialize with the server's address; one request tells whether it is one."""
        self.remote = Remote(url, key)
        self.own_tags: list[Told] | None = None
        found = self.read("/chats/?page=1")
        if not isinstance(found, list):
            raise SourceError(f"{self.remote.url} answers, but not as an Open WebUI does.")

    def people(self) -> Iterator[Person]:
        """Yield those who have an account, to an administrator."""
        for item in self.pages("/users/"):
            yield told(Person, item)

    def talks(self) -> Iterator[TalkRow]:
        """Yield conversations, of everybody to an administrator."""
        owners = [person.id for person in self.people()]
        for owner in owners:
            for item in self.pages(f"/chats/list/user/{owner}"):
                yield told(TalkRow, {**item, "user_id": owner})
        if not owners:
            for path in ("/chats/?include_pinned=true&include_folders=true", "/chats/archived"):
                for item in self.pages(path):
                    yield told(TalkRow, item)

    def talk(self, row: TalkRow) -> Talk:
        """Return a conversation with all that was said in it."""
        return told(Talk, self.read(f"/chats/{row.id}") or {"id": row.id})

    def bases(self) -> Iterator[Base]:
        """Yield knowledge bases."""
        for item in self.pages("/knowledge/"):
            yield told(Base, item)

    def files(self, base_id: str) -> Iterator[BaseFile]:
        """Yield the files of a knowledge base."""
        for item in self.pages(f"/knowledge/{base_id}/files"):
            yield told(BaseFile, item)

    @contextmanager
    def content(self, file: BaseFile) -> Iterator[IO[bytes]]:
        """Yield the bytes of a file, which are on the disk if they are many."""
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as kept:
            with self.remote.send(f"/files/{file.id}/content", stream=True) as response:
                if not response.ok:
                    raise SourceError("that server does not have its content")
                for block in response.iter_content(BLOCK):
                    kept.write(block)
            kept.seek(0)
            yield kept

    def tag_names(self, person_id: str) -> Mapping[str, str]:
        """Return what tags are called: those of the key's owner."""
        if self.own_tags is None:
            self.own_tags = listed(self.read("/chats/all/tags"))
        own = [one for one in self.own_tags if one.get("user_id") == person_id]
        return {str(one.get("id")): str(one.get("name")) for one in own}

    def groups(self) -> Iterator[Group]:
        """Yield groups with their members, to an administrator."""
        for item in listed(self.read("/groups/")):
            found = self.read(f"/groups/id/{item.get('id')}/export")
            if isinstance(found, dict):
                yield told(Group, found)

    def folders(self) -> Iterator[Folder]:
        """Yield the folders of the key's owner."""
        for item in listed(self.read("/folders/")):
            yield told(Folder, self.read(f"/folders/{item.get('id')}") or item)

    def prompts(self) -> Iterator[Prompt]:
        """Yield those prompts that the key opens."""
        for item in listed(self.read("/prompts/")):
            yield told(Prompt, item)

    def tools(self) -> Iterator[PluginTold]:
        """Yield tools in Python, to an administrator."""
        return (told(PluginTold, item) for item in listed(self.read("/tools/export")))

    def functions(self) -> Iterator[PluginTold]:
        """Yield functions in Python, to an administrator."""
        return (told(PluginTold, item) for item in listed(self.read("/functions/export")))

    def memories(self) -> Iterator[Memory]:
        """Yield the memories of the key's owner."""
        for item in listed(self.read("/memories/")):
            yield told(Memory, item)

    def ratings(self) -> Iterator[Rating]:
        """Yield what people have said of answers: all of them to an administrator."""
        found = self.read("/evaluations/feedbacks/all/export")
        for item in listed(self.read("/evaluations/feedbacks/user") if found is None else found):
            yield told(Rating, item)

    def others(self) -> Iterator[tuple[str, int]]:
        """Yield what there is beside all that, with how many there are."""
        for name, path in OTHERS.items():
            yield name, len(listed(self.read(path)))

    def pages(self, path: str) -> Iterator[Told]:
        """Yield the items of a list, page by page; none where the key does not open it."""
        page, seen = 1, set[str]()
        while True:
            mark = "&" if "?" in path else "?"
            fresh = [
                item
                for item in listed(self.read(f"{path}{mark}page={page}"))
                if item.get("id") not in seen
            ]
            if not fresh:
                return
            yield from fresh
            seen.update(str(item.get("id")) for item in fresh)
            page += 1

    def read(self, path: str) -> Any:
        """Return what the server tells at an address; None where the key does not open it.

        Raises SourceError where the key opens nothing, or the server fails.
        """
        with self.remote.send(path) as response:
            if response.status_code == HTTPStatus.UNAUTHORIZED and path.startswith("/chats/?"):
                raise SourceError(f"{self.remote.url} refuses the key.")
            if response.status_code in CLOSED:
                return None
            if not response.ok:
                raise SourceError(f"{self.remote.url} answers {path} with {response.status_code}.")
            try:
                return response.json()
            except ValueError as error:
                wrong = f"{self.remote.url} answers, but not as an Open WebUI does."
                raise SourceError(wrong) from error


def listed(found: Any) -> list[Told]:
    """Return the items of a list, of which there are three forms."""
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [])
    return [item for item in found or [] if isinstance(item, dict)]
