"""An Open WebUI that is read from its database and its folder of files."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg
from psycopg.rows import dict_row

from api.cli.importing.openwebui.records import (
    Base,
    BaseFile,
    Folder,
    Grant,
    Group,
    Memory,
    Person,
    PluginTold,
    Prompt,
    Rating,
    Talk,
    TalkRow,
)
from api.cli.importing.remote import SourceError
from api.cli.importing.source import told

Row = Mapping[str, Any]
Select = Callable[[str, Sequence[object]], Iterator[Row]]
"""Yields what a statement with `?` for values finds."""

SQLITE = "sqlite:///"
POSTGRESQL = ("postgresql", "postgres")
ROWS_AT_ONCE = 200

PEOPLE = (
    'SELECT u.id, u.email, u.name, u.role, u.settings, a.password, a.mfa FROM "user" u'
    " LEFT JOIN auth a ON a.id = u.id ORDER BY u.created_at, u.id"
)
TALKS = "SELECT id, user_id, title FROM chat ORDER BY updated_at, id"
TALK = (
    "SELECT id, user_id, title, chat, meta, folder_id, share_id, archived, pinned, created_at,"
    " updated_at, last_read_at FROM chat WHERE id = ?"
)
BASES = "SELECT id, user_id, name, description FROM knowledge ORDER BY created_at, id"
FILES = (
    "SELECT f.id, f.filename, f.path, f.meta, k.directory_id FROM knowledge_file k"
    " JOIN file f ON f.id = k.file_id WHERE k.knowledge_id = ? ORDER BY k.created_at, f.id"
)
DIRECTORIES = "SELECT id, parent_id, name FROM knowledge_directory WHERE knowledge_id = ?"
GRANTS = (
    "SELECT id, resource_id, principal_type, principal_id, permission FROM access_grant"
    " WHERE resource_type = ? AND resource_id = ?"
)

GROUPS = 'SELECT id, name, description, permissions FROM "group" ORDER BY name, id'
MEMBERS = "SELECT user_id FROM group_member WHERE group_id = ? ORDER BY created_at, user_id"
FOLDERS = (
    "SELECT id, parent_id, user_id, name, meta, data, is_expanded, created_at, updated_at"
    " FROM folder ORDER BY created_at, id"
)
TAGS = "SELECT id, name FROM tag WHERE user_id = ?"
PROMPTS = (
    "SELECT id, user_id, command, name, content, data, meta, tags, is_active FROM prompt"
    " ORDER BY created_at, id"
)
TOOLS = "SELECT id, name, content, meta FROM tool ORDER BY created_at, id"
FUNCTIONS = "SELECT id, name, content, meta FROM function ORDER BY created_at, id"
MEMORIES = (
    "SELECT id, user_id, type, path, content, created_at, updated_at FROM memory"
    " ORDER BY created_at, id"
)
RATINGS = (
    "SELECT id, user_id, type, data, meta, snapshot, created_at, updated_at FROM feedback"
    " ORDER BY created_at, id"
)

OTHERS = {
    "models of the workspace": "SELECT count(*) AS n FROM model WHERE base_model_id IS NOT NULL",
    "skills": "SELECT count(*) AS n FROM skill",
    "notes": "SELECT count(*) AS n FROM note",
    "channels": "SELECT count(*) AS n FROM channel",
}
"""What is not read, with the statements that tell how many there are."""

OLDER = (
    "This is no database of Open WebUI 0.12 ({}). Start that version on it once, which brings an"
    " older one up."
)


class StoredWebui:
    """Everything that a database has, read in one go; nothing is written to it."""

    def __init__(self, select: Select, files: Path | None) -> None:
        """Initialize with what reads the database, and the folder of files if it is there."""
        self.select = select
        self.folder = files
        for statement in (PEOPLE, TALKS, BASES):
            next(iter(self.rows(f"{statement} LIMIT 1")), None)
        next(iter(self.rows(FILES, "")), None)

    def rows(self, statement: str, *values: object) -> Iterator[Row]:
        """Yield rows; raises SourceError for a database of another version."""
        try:
            yield from self.select(statement, values)
        except (sqlite3.Error, psycopg.Error) as error:
            first = next(iter(str(error).splitlines()), type(error).__name__)
            raise SourceError(OLDER.format(first)) from error

    def people(self) -> Iterator[Person]:
        """Yield those who have an account, with the hashes of their passwords."""
        for row in self.rows(PEOPLE):
            yield told(Person, row)

    def talks(self) -> Iterator[TalkRow]:
        """Yield conversations without what was said in them."""
        for row in self.rows(TALKS):
            yield told(TalkRow, row)

    def talk(self, row: TalkRow) -> Talk:
        """Return a conversation with all that was said in it."""
        return told(Talk, next(self.rows(TALK, row.id), {"id": row.id}))

    def bases(self) -> Iterator[Base]:
        """Yield knowledge bases."""
        for row in self.rows(BASES):
            yield told(Base, {**row, "access_grants": self.grants("knowledge", row["id"])})

    def grants(self, kind: str, identity: str) -> list[Grant]:
        """Return who may use a thing."""
        return [told(Grant, row) for row in self.rows(GRANTS, kind, identity)]

    def files(self, base_id: str) -> Iterator[BaseFile]:
        """Yield the files of a knowledge base, with the directories that they lie in."""
        known = {row["id"]: row for row in self.rows(DIRECTORIES, base_id)}
        for row in self.rows(FILES, base_id):
            yield told(BaseFile, {**row, "directory_path": path_of(known, row["directory_id"])})

    @contextmanager
    def content(self, file: BaseFile) -> Iterator[IO[bytes]]:
        """Yield the bytes of a file, by the last part of the path that it has there."""
        name = PurePosixPath(file.path).name
        if self.folder is None or not name:
            raise SourceError("the folder of files was not given (--files)")
        for folder in (self.folder, self.folder / "uploads"):
            if (folder / name).is_file():
                with (folder / name).open("rb") as content:
                    yield content
                return
        raise SourceError(f"{name} is not in {self.folder}")

    def tag_names(self, person_id: str) -> Mapping[str, str]:
        """Return what the tags of somebody's conversations are called, by their ids."""
        return {row["id"]: row["name"] for row in self.rows(TAGS, person_id)}

    def groups(self) -> Iterator[Group]:
        """Yield groups with their members."""
        for row in self.rows(GROUPS):
            members = [one["user_id"] for one in self.rows(MEMBERS, row["id"])]
            yield told(Group, {**row, "user_ids": members})

    def folders(self) -> Iterator[Folder]:
        """Yield folders of conversations."""
        for row in self.rows(FOLDERS):
            yield told(Folder, row)

    def prompts(self) -> Iterator[Prompt]:
        """Yield prompts with who may use them."""
        for row in self.rows(PROMPTS):
            yield told(Prompt, {**row, "access_grants": self.grants("prompt", row["id"])})

    def tools(self) -> Iterator[PluginTold]:
        """Yield tools in Python."""
        return (told(PluginTold, row) for row in self.rows(TOOLS))

    def functions(self) -> Iterator[PluginTold]:
        """Yield functions in Python."""
        return (told(PluginTold, row) for row in self.rows(FUNCTIONS))

    def memories(self) -> Iterator[Memory]:
        """Yield memories."""
        for row in self.rows(MEMORIES):
            yield told(Memory, row)

    def ratings(self) -> Iterator[Rating]:
        """Yield what people have said of answers."""
        for row in self.rows(RATINGS):
            yield told(Rating, row)

    def others(self) -> Iterator[tuple[str, int]]:
        """Yield what there is beside all that, with how many there are."""
        for name, statement in OTHERS.items():
            yield name, next(row["n"] for row in self.rows(statement))


def path_of(known: Mapping[str, Row], directory: str | None) -> str:
    """Return the path of a directory; a circle ends where it closes."""
    names: list[str] = []
    left = dict(known)
    while directory in left:
        row = left.pop(directory)
        names.append(row["name"])
        directory = row["parent_id"]
    return "/".join(names[::-1])


@contextmanager
def opened(address: str, files: Path | None) -> Iterator[StoredWebui]:
    """Yield what a database has; raises SourceError for one that cannot be read."""
    kind = address.partition(":")[0].partition("+")[0]
    try:
        if kind in POSTGRESQL:
            with psycopg.connect(f"postgresql:{address.partition(':')[2]}") as connection:
                connection.read_only = True
                yield StoredWebui(from_postgresql(connection), files)
        else:
            path = Path(address.removeprefix(SQLITE)).absolute()
            if not path.is_file():
                raise SourceError(f"There is no database {path}.")
            connection_ = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            connection_.row_factory = sqlite3.Row
            try:
                yield StoredWebui(from_sqlite(connection_), files)
            finally:
                connection_.close()
    except psycopg.OperationalError as error:
        raise SourceError(f"The database cannot be reached: {error}") from error


def from_sqlite(connection: sqlite3.Connection) -> Select:
    """Return what reads an SQLite database."""

    def select(statement: str, values: Sequence[object]) -> Iterator[Row]:
        cursor = connection.execute(statement, tuple(values))
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield dict(zip(names, row, strict=True))

    return select


def from_postgresql(connection: "psycopg.Connection[Any]") -> Select:
    """Return what reads a PostgreSQL database, some rows at a time."""

    def select(statement: str, values: Sequence[object]) -> Iterator[Row]:
        told = statement.replace("?", "%s").encode()
        with connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(told, tuple(values))
            while found := cursor.fetchmany(ROWS_AT_ONCE):
                yield from found

    return select
