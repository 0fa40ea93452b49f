"""An Open WebUI 0.12 to be moved: its database with files, and the part of its API that tells it.

The tables and answers are as those of 0.12.4, with the columns that matter.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

ADMIN, ADA, WIM, GIL = (f"00000000-0000-4000-8000-{number:012}" for number in (1, 2, 3, 4))
PASSWORD = "ada's old password"
HASH = "$2b$04$5mmN7RoaLt/myg9v/aQun.0iU0spT5qLodasdxrDuU6VK/ZR6fZui"
TALK, ARCHIVED, THEIRS = (f"00000000-0000-4000-8000-{number:012}" for number in (11, 12, 13))
BASE = "00000000-0000-4000-8000-000000000021"
SECOND_BASE = "00000000-0000-4000-8000-000000000022"
LAMP = "00000000-0000-4000-8000-000000000031"
LOST = "00000000-0000-4000-8000-000000000032"
TOOL = "class Tools:\n    def now(self):\n        return 1\n"
FILTER = "class Filter:\n    def inlet(self, body):\n        return body\n"
TEXT = b"The keeper lights the lamp at dusk."
ADMIN_KEY, ADA_KEY = "sk-" + "a" * 32, "sk-" + "b" * 32

SCHEMA = """
CREATE TABLE "user" (id text, name text, email text, role text, settings json, created_at bigint);
CREATE TABLE auth (id text, email text, password text, active boolean, mfa json);
CREATE TABLE chat (id text, user_id text, title text, created_at bigint, updated_at bigint,
    share_id text, archived boolean, chat json, pinned boolean, meta json, folder_id text,
    last_read_at bigint);
CREATE TABLE folder (id text, parent_id text, user_id text, name text, meta json,
    is_expanded boolean, created_at bigint, updated_at bigint, data json);
CREATE TABLE tag (id text, name text, user_id text, meta json);
CREATE TABLE prompt (id text, command text, user_id text, name text, content text, tags json,
    data json, meta json, is_active boolean, created_at bigint);
CREATE TABLE knowledge (id text, user_id text, name text, description text, created_at bigint);
CREATE TABLE knowledge_directory (id text, knowledge_id text, parent_id text, name text);
CREATE TABLE knowledge_file (knowledge_id text, file_id text, directory_id text,
    created_at bigint);
CREATE TABLE file (id text, user_id text, filename text, path text, meta json);
CREATE TABLE access_grant (id text, resource_type text, resource_id text, principal_type text,
    principal_id text, permission text);
CREATE TABLE model (id text, base_model_id text);
CREATE TABLE tool (id text, name text, content text, meta json, created_at bigint);
CREATE TABLE function (id text, name text, content text, meta json, created_at bigint);
CREATE TABLE skill (id text);
CREATE TABLE "group" (id text, name text, description text, permissions json);
CREATE TABLE group_member (group_id text, user_id text, created_at bigint);
CREATE TABLE memory (id text, user_id text, type text, path text, content text,
    created_at bigint, updated_at bigint);
CREATE TABLE feedback (id text, user_id text, type text, data json, meta json, snapshot json,
    created_at bigint, updated_at bigint);
CREATE TABLE note (id text); CREATE TABLE channel (id text);
"""
"""As both of its databases take it."""

Json = dict[str, Any]


def message(name: str, parent: str | None, role: str, content: str, owner: str) -> Json:
    """Return a message of a conversation."""
    who = {"user_id": owner, "user": {"id": owner, "name": "Somebody"}}
    place = {"id": name, "parentId": parent, "childrenIds": []}
    return {**place, "role": role, "content": content, "timestamp": 1_700_000_000, **who}


def talk(identity: str, owner: str, title: str, **fields: object) -> Json:
    """Return a conversation with a question that was answered twice."""
    messages = [
        message("q-1", None, "user", f"What is {title}?", owner),
        message("a-1", "q-1", "assistant", "One answer.", owner),
        message("a-2", "q-1", "assistant", "Another answer.", owner),
    ]
    messages[0]["childrenIds"] = ["a-1", "a-2"]
    messages[1]["sources"] = [{"source": {"name": "lamp.txt"}, "document": ["dusk"]}]
    history = {"currentId": "a-2", "messages": {one["id"]: one for one in messages}}
    chat = {"title": title, "models": ["guide"], "history": history, "params": {"seed": 7}}
    times = {"created_at": 1_700_000_000, "updated_at": 1_700_000_100, "last_read_at": None}
    rest = {"archived": False, "pinned": False, "folder_id": None, "share_id": None, "meta": {}}
    return {
        "id": identity,
        "user_id": owner,
        "title": title,
        "chat": chat,
        **rest,
        **times,
        **fields,
    }


TABLES: dict[str, list[Json]] = {
    "user": [
        {"id": ADMIN, "name": "Admin", "email": "chief@example.org", "role": "admin"},
        {"id": ADA, "name": "Ada", "email": "ada@example.org", "role": "user"}
        | {"settings": {"ui": {"theme": "dark"}}},
        {"id": GIL, "name": "Gil", "email": "Gil@Example.org", "role": "user"},
        {"id": WIM, "name": "Wim", "email": "wim@localhost", "role": "pending"},
    ],
    "auth": [
        {"id": ADMIN, "email": "chief@example.org", "password": HASH, "mfa": {"enabled": True}},
        {"id": ADA, "email": "ada@example.org", "password": HASH},
        {"id": GIL, "email": "gil@example.org", "password": HASH},
    ],
    "chat": [
        talk(TALK, ADA, "lamps", pinned=True, share_id="s-1", folder_id="f-2")
        | {"meta": {"tags": ["sea_lights", "to_do"]}},
        talk(ARCHIVED, ADA, "tides", archived=True),
        talk(THEIRS, ADMIN, "oil", chat={"messages": [{"role": "user", "content": "Oil?"}]}),
    ],
    "folder": [
        {"id": "f-2", "user_id": ADA, "name": "Below", "parent_id": "f-1"},
        {"id": "f-1", "user_id": ADA, "name": "Sea", "is_expanded": True}
        | {"data": {"system_prompt": "Be brief."}},
    ],
    "group": [
        {"id": "crew", "name": "Crew", "description": "On watch."}
        | {"permissions": {"features": {"api_keys": True}}},
    ],
    "group_member": [{"group_id": "crew", "user_id": one} for one in (ADMIN, ADA, WIM)],
    "memory": [{"id": "m-1", "user_id": ADA, "type": "user", "content": "Likes tea."}],
    "feedback": [
        {"id": "r-1", "user_id": ADA, "type": "rating", "created_at": 1_700_000_000}
        | {"data": {"rating": 1, "model_id": "guide", "sibling_model_ids": ["other"]}},
    ],
    "tag": [{"id": "sea_lights", "user_id": ADA, "name": "Sea Lights"}],
    "prompt": [
        {"id": "p-1", "user_id": ADA, "command": "brief", "name": "B", "content": "c"}
        | {"is_active": False},
    ],
    "tool": [{"id": "lamps", "name": "Lamps", "content": TOOL, "meta": {}}],
    "function": [{"id": "polite", "name": "Polite", "content": FILTER, "meta": {}}],
    "knowledge": [
        {"id": BASE, "user_id": ADMIN, "name": "Handbook", "description": "For keepers."},
        {"id": SECOND_BASE, "user_id": ADMIN, "name": "Copies", "description": ""},
    ],
    "knowledge_directory": [{"id": "d-1", "knowledge_id": BASE, "name": "deep"}],
    "knowledge_file": [
        {"knowledge_id": BASE, "file_id": LAMP, "directory_id": "d-1"},
        {"knowledge_id": SECOND_BASE, "file_id": LAMP},
        {"knowledge_id": SECOND_BASE, "file_id": LOST},
    ],
    "file": [
        {"id": LAMP, "user_id": ADMIN, "filename": "lamp.txt", "path": f"/there/{LAMP}_lamp.txt"}
        | {"meta": {"name": "lamp.txt", "size": len(TEXT)}},
        {"id": LOST, "user_id": ADMIN, "filename": "lost.txt", "path": f"/there/{LOST}_lost.txt"}
        | {"meta": {"name": "lost.txt", "size": 1}},
    ],
    "access_grant": [
        {"id": "g-1", "resource_type": "knowledge", "resource_id": BASE}
        | {"principal_type": "user", "principal_id": ADA, "permission": "read"},
        {"id": "g-2", "resource_type": "knowledge", "resource_id": BASE}
        | {"principal_type": "group", "principal_id": "crew", "permission": "read"},
    ],
    "note": [{"id": "n-1"}],
    "model": [{"id": "keeper", "base_model_id": "guide"}],
}


def fill(folder: Path) -> Path:
    """Write a database with its files into a folder, and return its path."""
    write_files(folder)
    with closing(sqlite3.connect(folder / "webui.db")) as database:
        database.executescript(SCHEMA)
        for statement, values in statements("?"):
            database.execute(statement, values)
        database.commit()
    return folder / "webui.db"


def fill_postgresql(url: str, folder: Path) -> None:
    """Write the same into an empty database of PostgreSQL, and the files into a folder."""
    write_files(folder)
    with psycopg.connect(url) as database:
        database.execute(SCHEMA.encode())
        for statement, values in statements("%s"):
            database.execute(statement.encode(), values)


def write_files(folder: Path) -> None:
    """Write those files that are there into a folder."""
    (folder / "uploads").mkdir(parents=True)
    (folder / "uploads" / f"{LAMP}_lamp.txt").write_bytes(TEXT)


def statements(mark: str) -> Iterator[tuple[str, list[object]]]:
    """Yield the statements that write all rows, with `mark` for a value."""
    for table, rows in TABLES.items():
        for row in rows:
            values = [json.dumps(one) if isinstance(one, dict) else one for one in row.values()]
            places = ", ".join([mark] * len(row))
            yield f'INSERT INTO "{table}" ({", ".join(row)}) VALUES ({places})', values  # noqa: S608 - names of ours


Answer = Callable[[str, bool, str], object]
"""What is told to somebody, who may be an administrator, of the thing that is named."""


def told_talk(owner: str, is_admin: bool, name: str) -> object:  # noqa: FBT001 - as all of these
    """Return a conversation to who may read it."""
    return next(
        (x for x in TABLES["chat"] if x["id"] == name and (is_admin or x["user_id"] == owner)),
        None,
    )


def told_bases(_: str, is_admin: bool, __: str) -> object:  # noqa: FBT001 - as all of these
    """Return the knowledge bases with their grants."""
    grants = TABLES["access_grant"]
    found = [
        {**base, "access_grants": [one for one in grants if one["resource_id"] == base["id"]]}
        for base in TABLES["knowledge"]
    ]
    return {"items": found if is_admin else [], "total": 2}


def told_files(_: str, __: bool, name: str) -> object:  # noqa: FBT001 - as all of these
    """Return the files of a knowledge base, without where they lie."""
    held = [one["file_id"] for one in TABLES["knowledge_file"] if one["knowledge_id"] == name]
    files = [{**one, "path": None} for one in TABLES["file"] if one["id"] in held]
    return {"items": files, "directories": [], "total": len(files)}


def told_group(_: str, is_admin: bool, name: str) -> object:  # noqa: FBT001 - as all of these
    """Return a group with its members."""
    members = [one["user_id"] for one in TABLES["group_member"] if one["group_id"] == name]
    found = [one for one in TABLES["group"] if one["id"] == name]
    return {**found[0], "user_ids": members} if is_admin else None


def owned(table: str, owner: str, **fields: object) -> list[Json]:
    """Return the rows of somebody that have some values."""
    rows = [one for one in TABLES[table] if one["user_id"] == owner]
    return [one for one in rows if fields.items() <= one.items()]


ANSWERS: dict[str, Answer] = {
    r"users": lambda _, admin, __: {"users": TABLES["user"], "total": 4} if admin else None,
    r"chats/list/user/(.+)": lambda _, admin, name: owned("chat", name) if admin else None,
    r"chats": lambda owner, *_: owned("chat", owner, archived=False),
    r"chats/archived": lambda owner, *_: owned("chat", owner, archived=True),
    r"chats/([0-9a-f-]{36})": told_talk,
    r"knowledge": told_bases,
    r"knowledge/(.+)/files": told_files,
    r"models/export": lambda *_: TABLES["model"],
    r"notes": lambda *_: TABLES["note"],
    r"folders": lambda owner, *_: owned("folder", owner),
    r"prompts": lambda *_: TABLES["prompt"],
    r"tools/export": lambda _, admin, __: TABLES["tool"] if admin else None,
    r"functions/export": lambda _, admin, __: TABLES["function"] if admin else None,
    r"chats/all/tags": lambda owner, *_: owned("tag", owner),
    r"memories": lambda owner, *_: owned("memory", owner),
    r"groups": lambda *_: TABLES["group"],
    r"groups/id/(.+)/export": told_group,
    r"evaluations/feedbacks/all/export": lambda _, admin, __: TABLES["feedback"] if admin else None,
    r"evaluations/feedbacks/user": lambda owner, *_: {"items": owned("feedback", owner)},
}
"""What is told at addresses below /api/v1."""

EMPTY: Mapping[type, object] = {list: [], dict: {"items": [], "total": 0}}
"""What a page behind the last one is."""


def answer(path: str, query: Mapping[str, list[str]], owner: str) -> object:
    """Return what the API tells somebody at an address; None where it is not open to them."""
    below = path.removeprefix("/api/v1/").rstrip("/")
    for pattern, tell in ANSWERS.items():
        if found := re.fullmatch(pattern, below):
            told = tell(owner, owner == ADMIN, found[1] if found.groups() else "")
            return EMPTY.get(type(told)) if query.get("page", ["1"]) != ["1"] else told
    return None


class Handler(BaseHTTPRequestHandler):
    """Answers as an Open WebUI does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request."""
        at = urlsplit(self.path)
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        owner = {ADMIN_KEY: ADMIN, ADA_KEY: ADA}.get(token)
        if owner is None:
            self.say(401, {"detail": "Your session has expired."})
        elif at.path == f"/api/v1/files/{LAMP}/content":
            self.send(200, TEXT, "text/plain")
        else:
            found = answer(at.path, parse_qs(at.query), owner)
            self.say(401 if found is None else 200, {"detail": "No."} if found is None else found)

    def say(self, status: int, value: object) -> None:
        """Send JSON."""
        self.send(status, json.dumps(value).encode(), "application/json")

    def send(self, status: int, body: bytes, kind: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def serving() -> Iterator[str]:
    """Serve the API, and yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
