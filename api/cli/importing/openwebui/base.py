"""Where an Open WebUI is read from: its API, or its database with its files."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import IO, Protocol

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


class OpenWebui(Protocol):
    """Tells of everything that it may tell of."""

    def people(self) -> Iterator[Person]:
        """Yield those who have an account; nobody where that is not told."""
        ...

    def talks(self) -> Iterator[TalkRow]:
        """Yield conversations without what was said in them."""
        ...

    def talk(self, row: TalkRow) -> Talk:
        """Return a conversation with all that was said in it."""
        ...

    def bases(self) -> Iterator[Base]:
        """Yield knowledge bases."""
        ...

    def files(self, base_id: str) -> Iterator[BaseFile]:
        """Yield the files of a knowledge base."""
        ...

    def content(self, file: BaseFile) -> AbstractContextManager[IO[bytes]]:
        """Return the bytes of a file; raises SourceError where they are not there."""
        ...

    def tag_names(self, person_id: str) -> Mapping[str, str]:
        """Return what the tags of somebody's conversations are called, by their ids."""
        ...

    def groups(self) -> Iterator[Group]:
        """Yield groups with their members."""
        ...

    def folders(self) -> Iterator[Folder]:
        """Yield folders of conversations."""
        ...

    def prompts(self) -> Iterator[Prompt]:
        """Yield prompts."""
        ...

    def tools(self) -> Iterator[PluginTold]:
        """Yield tools in Python."""
        ...

    def functions(self) -> Iterator[PluginTold]:
        """Yield functions in Python."""
        ...

    def memories(self) -> Iterator[Memory]:
        """Yield memories."""
        ...

    def ratings(self) -> Iterator[Rating]:
        """Yield what people have said of answers."""
        ...

    def others(self) -> Iterator[tuple[str, int]]:
        """Yield what there is beside all that, with how many there are."""
        ...
