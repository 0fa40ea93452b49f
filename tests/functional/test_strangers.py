"""Every page with the ids of somebody else: nothing is seen, and nothing is changed.

The pages, and the fields in which they take ids, come from the application itself: a new page is
walked, too, and one with a kind of id that is not known here fails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import orjson
import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from pydantic import BaseModel

from api.container import Services
from api.http.responses import JSON
from api.services.accounts.records import AccountRole
from tests.functional import asking
from tests.functional.conftest import PASSWORD, client_with, join
from tests.functional.hostile import NOT_BUILT, Page, filled, pages_of, places, sample, with_slot
from tests.functional.library import data_of, is_refused
from tests.functional.openwebui.speaking import channels_on
from tests.functional.shared_pages import OF_BOTS, beta_of
from tests.functional.worlds import (
    QUESTION,
    Rows,
    Tables,
    World,
    add_model,
    all_rows,
    make_world,
    tables_of,
)

pytestmark = pytest.mark.databases("sqlite")

PATH_KINDS = {
    "dataset_id": "dataset",
    "document_id": "document",
    "chunk_id": "chunk",
    "chat_id": "chat",
    "conversation_id": "conversation",
    "folder_id": "chat_folder",
    "directory_id": "directory",
    "shared_id": "shared_chat",
    "note_id": "note",
    "prompt_id": "prompt",
    "memory_id": "memory",
    "rating_id": "rating",
    "channel_id": "channel",
    "post_id": "post",
    "webhook_id": "webhook",
    "event_hook_id": "user",
    "namespace": "user",
    "target_id": "target",
    "hook_token": "webhook_token",
    "version_id": "prompt_version",
    "command": "prompt",
    "session_id": "session",
    "message_id": "session",
    "key": "key",
    "token": "key",
    "image_id": "document",
    "file_id": "file",
    "tenant_id": "user",
    "model_id": "chat",
    "channel": "user",
    "provider": "user",
    "user_id": "user",
    "search_id": "search_app",
    "share_id": "share",
    "task_id": "task",
    "batch_id": "batch",
    "response_id": "response",
    "rest": "chat",
    "door": "user",
    "page": "user",
    "file": "user",
    "version": "user",
    "invitation_id": "user",
    "name": "user",
    "saved_as": "user",
    "urn": "user",
    "group_id": "user",
    "evaluation_id": "user",
    "tool_id": "user",
    "function_id": "user",
    "action_id": "user",
    "number": "user",
}
"""What the arguments of paths name."""

FIELDS = {
    "group_id": "a group, of which administrators alone ask",
    "model_ids": "names of models, of endpoints or under a cover name",
    "id": "of what the page is about",
    "ids": "of what the page is about",
    "dataset_ids": "datasets",
    "document_ids": "documents",
    "except_ids": "documents",
    "chunk_ids": "chunks",
    "doc_ids": "documents",
    "kb_ids": "datasets",
    "kb_id": "a dataset",
    "chunk_id": "a chunk",
    "doc_id": "a document, or several",
    "owner_ids": "tenants",
    "parser_id": "a chunk method",
    "pipeline_id": "a pipeline, of which there are none",
    "canvas_id": "an agent, of which there are none",
    "dataset_id": "a dataset",
    "document_id": "a document",
    "file_id": "a file",
    "file_ids": "files",
    "parent_id": "a folder, or a directory of a dataset",
    "directory_id": "a directory of a dataset",
    "dir_ids": "directories of a dataset",
    "reply_to_id": "a message of a channel",
    "temp_id": "whatever the client calls a message until it is posted",
    "group_ids": "groups that the asker is in",
    "parent_group_id": "a group, in which none stands",
    "folder_id": "a folder of chats",
    "version_id": "a version of a prompt",
    "from_id": "a version of a prompt",
    "to_id": "a version of a prompt",
    "src_file_ids": "files",
    "dest_file_id": "a folder",
    "search_id": "a search app",
    "chat_id": "an assistant, or a model by name",
    "session_id": "a session",
    "dialog_id": "an assistant",
    "dialog_ids": "assistants",
    "conversation_id": "a session",
    "conversation_ids": "sessions",
    "message_id": "whatever the client calls its own questions",
    "model_id": "a model by name",
    "base_model_id": "a model by name",
    "message_ids": "whatever the client calls the answers to its own questions",
    "tenant_id": "a tenant",
    "knowledge_id": "a dataset",
    "vector_store_ids": "datasets",
    "after_id": "a model by name",
    "before_id": "a model by name",
    "previous_response_id": "a response",
    "filter_ids": "functions of the server; those that are off are not there",
    "tool_ids": "servers of tools; those that an asker may not use are not there",
    "tag_kb_ids": "datasets; kept and of no effect",
    "user_ids": "people, to administrators and where there are channels",
    "principal_id": "a person, or a group that the asker is in",
    "user_id": "whatever the client calls its own users",
    "llm_id": "a model by name",
    "embd_id": "a model by name",
    "img2txt_id": "a model by name",
    "asr_id": "a model by name",
    "tts_id": "a model by name",
    "rerank_id": "a model by name",
}
"""The fields of bodies and queries that are called ids, and what they name. Each of them gets the
ids of all things."""

FILTERS = {"name", "keywords"}
"""Fields of queries that find things by their names."""

MODELS = {"llm_id", "embd_id", "rerank_id", "llm_name", "model", "model_name", "embedding_model"}
"""Fields that name models."""

TELLS_MEMBERS = {
    "/v1/tenant/list",
    "/v1/tenant/<tenant_id>/user/list",
    "/api/v1/tenants",
    "/api/v1/tenants/<tenant_id>/users",
}
"""Pages that tell the members of a tenant whose it is."""

TELLS_PEOPLE = (
    *("/openwebui/api/v1/channels", "/openwebui/api/v1/users/search"),
    "/openwebui/api/v1/users/<user_id>/profile/image",
)
"""Pages, and those below them, that tell of people by name, since there are channels."""

LEAVES = "/v1/tenant/<tenant_id>/user/<user_id>"
"""Where a member may leave, after which they would walk as a stranger."""

NAMES_NOTHING = {"saved_as"}
"""Arguments of paths by which nothing is looked up."""

TAKES_ANY_KEY = "<key>", "<token>"
"""Deleting a key that is not there is no error."""

FREE = {
    ("access_grant", "subject_id"),
    ("chat_session", "user_id"),
    ("chat_session", "id"),
    ("chat_message", "session_id"),
    ("chat_message", "message_id"),
    ("channel_member", "user_id"),
    ("dataset", "parser_config"),
    ("document", "parser_config"),
}
"""Columns that keep what a client sent, and look nothing up by it. A page makes the id of its own
conversation, which no other one may have. Who shares a conversation says with whom."""

IS_ID = re.compile(r"(.*_)?ids?")

FORM_TYPE = "multipart/form-data; boundary=b"
FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="planted.txt"\r\n\r\n'
    b"planted\r\n--b--\r\n"
)


def unknown(pages: list[Page]) -> set[str]:
    """Return the arguments and fields called ids of which it is not said what they name."""
    arguments = {name for page in pages for name in page.rule.arguments}
    fields = {
        name
        for page in pages
        for model in (*page.body, *page.query)
        for place in places(model)
        for name in place
        if isinstance(name, str) and IS_ID.fullmatch(name)
    }
    return (arguments - PATH_KINDS.keys()) | (fields - FIELDS.keys())


@dataclass(frozen=True)
class Asked:
    """A request: what names what is somebody else's stands in path, query or body."""

    page: Page
    path: str
    theirs_in_path: bool
    body: bytes = b""
    content_type: str = JSON
    query: dict[str, str] = field(default_factory=dict)

    def sent(self) -> str:
        """Return all that the client has said."""
        return f"{self.path} {self.query} {self.body.decode()}"


def paths(page: Page, theirs: World, mine: World) -> Iterator[tuple[str, set[bool]]]:
    """Yield a page's path with the ids of both in every mixture, and whether each id is theirs."""
    names = sorted(page.rule.arguments)
    choices = [
        [(name, world, given) for world in (mine, theirs) for given in world.ids[PATH_KINDS[name]]]
        for name in names
    ]
    for chosen in product(*choices):
        given = {name: value for name, _, value in chosen}
        yield (
            page.address(given),
            {world is theirs for name, world, _ in chosen if name not in NAMES_NOTHING},
        )


def complete_of(model: type[BaseModel], world: World) -> Any:
    """Return a body of which all fields name things of one tenant."""
    known = {
        "dataset_ids": [world.first("dataset")],
        "document_ids": [world.first("document")],
        "chunk_ids": [world.first("chunk")],
        "session_id": world.first("session"),
        "file_id": world.first("file"),
        "file_ids": [world.first("file")],
        "src_file_ids": [world.first("file")],
        "dest_file_id": world.ids["file"][1],
        "kb_ids": [world.first("dataset")],
        "kb_id": world.first("dataset"),
        "doc_id": world.first("document"),
        "chunk_id": world.first("chunk"),
        "doc_ids": [world.first("document")],
        "dialog_id": world.first("chat"),
        "dialog_ids": [world.first("chat")],
        "conversation_id": world.first("session"),
        "conversation_ids": [world.first("session")],
        "search_id": world.first("search_app"),
        "question": QUESTION,
        "messages": [{"role": "user", "content": QUESTION}],
        "stream": False,
    }
    return sample(model, known)


def bodies(model: type[BaseModel], theirs: World, mine: World) -> Iterator[bytes]:
    """Yield bodies: one with what is one's own, and then each field with what is theirs."""
    complete = complete_of(model, mine)
    yield orjson.dumps(complete)
    for place in places(model):
        slotted = with_slot(complete, place)
        for value in values(str(place[-1]), theirs):
            yield filled(slotted, orjson.dumps(value))
    for everything in ({"ids": None}, {"ids": None, "delete_all": True}, {"chunk_ids": None}):
        if everything.keys() <= model.model_fields.keys():
            yield orjson.dumps(everything)


def values(name: str, theirs: World) -> list[Any]:
    """Return what of theirs is put into a field of a body."""
    models = [theirs.names["model"], f"{theirs.names['model']}@OpenAI-API-Compatible"]
    models += theirs.ids["chat"]  # assistants are models of OpenAI's API
    given = [value for many in theirs.ids.values() for value in many]
    if not IS_ID.fullmatch(name):
        given = []
    listed = [[value] for value in given] if name.endswith("ids") else given
    return listed + (models if name in MODELS else [])


def arguments(name: str, theirs: World) -> list[str]:
    """Return what of theirs is put into an argument of a query."""
    if name in FILTERS:
        return [*theirs.names.values()]
    return [value for many in theirs.ids.values() for value in many if IS_ID.fullmatch(name)]


def asked(page: Page, theirs: World, mine: World) -> Iterator[Asked]:
    """Yield what is asked of a page; of one whose path mixes mine and theirs, one of each kind.

    Where all of the path is theirs, so is all of the body, besides one that has none of theirs.
    """
    matching = [(orjson.dumps(complete_of(model, theirs)), JSON) for model in page.body]
    contents = [
        (body, JSON) for model in page.body for body in bodies(model, theirs, mine)
    ] or plain(page)
    queries = [
        {name: value}
        for model in page.query
        if page.method == "GET"  # others keep the name that they are given
        for name in model.model_fields
        for value in arguments(name, theirs)
    ]
    for path, whose in paths(page, theirs, mine):
        is_theirs, is_mixed = True in whose, len(whose) > 1
        if is_mixed:
            sent = contents[:1]
        elif is_theirs and page.body:
            sent = contents[:1] + matching
        else:
            sent = contents
        for body, content_type in sent:
            yield Asked(page, path, is_theirs, body, content_type)
        for query in queries[:1] if is_mixed else queries:
            yield Asked(page, path, is_theirs, query=query)


def plain(page: Page) -> list[tuple[bytes, str]]:
    """Return bodies for a page that reads no model."""
    return [(b"", JSON)] if page.method == "GET" else [(b"{}", JSON), (FORM, FORM_TYPE)]


def names_user(rule: str) -> bool:
    """Return whether a page is about a person alone."""
    return "<user_id>" in rule


@dataclass
class Walk:
    """A client on its way through all pages with what is somebody else's."""

    services: Services
    client: FlaskClient
    bot: FlaskClient
    user_id: str
    theirs: World
    tables: Tables
    kept: Rows
    before: Rows
    is_member: bool = False
    requests: int = 0
    found: list[str] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    mine: World | None = None  # as long as nothing was deleted or changed
    judged: Rows = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take it that whatever there was before is as it should be."""
        self.judged = {table: set(rows) for table, rows in self.before.items()}

    def visit(self, page: Page) -> None:
        """Send a page every request, and check the outcome."""
        mine, before = self.mine, self.before
        if mine is None:
            mine = make_world(self.client, f"tulip{self.requests}", self.user_id)
            before = all_rows(self.services, self.tables)
        for ask in asked(page, self.theirs, mine):
            self.requests += 1
            client = self.bot if page.rule.rule.startswith(OF_BOTS) else self.client
            answer = asking.ask(
                client, ask.path, page.method, ask.body, ask.content_type, ask.query
            )
            text = answer.data.decode(errors="replace")  # some are files
            problem = self.problem(ask, answer.status_code, text, refused=is_refused(answer))
            if problem:
                self.found.append(f"{page.method} {ask.sent()}: {problem}")
        now = all_rows(self.services, self.tables)
        changes = set(self.changes(now)) - self.told
        self.found += [f"{page.method} {page.rule.rule}: {what}" for what in sorted(changes)]
        self.told |= changes
        is_whole = all(before[table] <= now[table] for table in now)
        tells = before["access_grant"] != now["access_grant"]  # to whom what is mine is granted
        self.mine = mine if is_whole and not tells else None
        self.before = now

    def problem(self, ask: Asked, status: int, text: str, *, refused: bool) -> str:
        """Return what is wrong with an answer."""
        sent = ask.sent()
        rule = ask.page.rule.rule
        is_told = (self.is_member and rule in TELLS_MEMBERS) or rule.startswith(TELLS_PEOPLE)
        secrets = self.theirs.secrets - set(self.theirs.ids["user"] if is_told else ())
        told = {secret for secret in secrets if secret in text and secret not in sent}
        if told:
            return f"{status} tells {sorted(told)}"
        if status >= 500 and status != NOT_BUILT and "healthz" not in ask.path:
            return f"{status} {text[:200]}"
        tells = rule.startswith(TELLS_PEOPLE) and names_user(rule)
        lenient = rule.endswith(TAKES_ANY_KEY) or tells
        if ask.theirs_in_path and not (lenient or (self.is_member and is_told) or refused):
            return f"is answered: {text[:200]}"
        return ""

    def changes(self, now: Rows) -> Iterator[str]:
        """Yield what is no longer as it was, or is there since and is theirs."""
        ids = {value for kind in self.theirs.ids.values() for value in kind}
        for table, names in self.tables.items():
            for lost in self.kept[table] - now[table]:
                yield f"{table} has lost or changed {lost}"
            for new in now[table] - self.judged[table]:
                values = zip(names, map(repr, new), strict=True)
                planted = [name for name, value in values if any(one in value for one in ids)]
                if any((table, name) not in FREE for name in planted):
                    yield f"{table} has been given {new}"
            self.judged[table] |= now[table]


@pytest.fixture
def theirs(app: Flask, services: Services) -> World:
    """Make the tenant whose things the others are after."""
    channels_on(services)
    now = services.live.current
    frontend = now.frontend.model_copy(update={"webhooks": "on"})
    fetching = now.fetching.model_copy(update={"internal": True})
    services.live.take(now.model_copy(update={"frontend": frontend, "fetching": fetching}))
    accounts = services.accounts
    password_hash = accounts.accounts.passwords.hash(PASSWORD)
    owner = accounts.accounts.insert(
        "marigold@example.org", password_hash, role=AccountRole.ADMINISTRATOR
    )
    assert owner is not None
    client = client_with(app, accounts.keys.create(owner.principal, "at work").key)
    world = make_world(client, "marigold", owner.id)
    add_model(world)
    return world


@pytest.mark.parametrize("is_member", [False, True], ids=["a stranger", "a member"])
@pytest.mark.timeout(600)
@pytest.mark.long
def test_nobody_sees_or_changes_what_is_not_shared_with_them(
    app: Flask,
    services: Services,
    theirs: World,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_member: bool,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    tables = tables_of(services)
    seen, kept = theirs.seen(), all_rows(services, tables)
    asker = join(services, "tulip@example.org")
    if is_member:
        owner = services.accounts.accounts.list_users()[0]
        assert owner.id == theirs.first("user")
        services.accounts.members.add(owner.principal, "tulip@example.org")
    client = client_with(app, asker.api_key)
    bot = client_with(app, beta_of(client))
    before = all_rows(services, tables)
    user = asker.account.id
    walk = Walk(services, client, bot, user, theirs, tables, kept, before, is_member=is_member)

    for page in pages_of(app):
        if not (is_member and page.rule.rule == LEAVES):
            walk.visit(page)

    assert not walk.found, f"{len(walk.found)} of {walk.requests}:\n" + "\n".join(walk.found[:20])
    assert theirs.seen() == seen
    assert walk.requests > 1000


def test_all_ids_that_pages_take_are_known_here(app: Flask) -> None:
    assert unknown(pages_of(app)) == set()


def test_a_page_with_a_new_kind_of_id_would_not_be_left_out() -> None:
    """A page that nobody has told this module of fails the test above."""
    made = Flask(__name__)
    blueprint = Blueprint("new", __name__)
    blueprint.add_url_rule("/teams/<team_id>", view_func=show_team)
    made.register_blueprint(blueprint)
    assert "team_id" in unknown(pages_of(made))


def show_team(team_id: str) -> str:
    """Answer as a page."""
    return team_id


def test_the_owner_sees_everything(theirs: World) -> None:
    """What is looked for in the answers to others is there."""
    shown = str(theirs.seen())
    for kind in (
        "dataset",
        "document",
        "chunk",
        "chat",
        "session",
        "model",
        "folder",
        "file",
        "search_app",
    ):
        assert theirs.names[kind] in shown, kind
    keys = data_of(theirs.client.get("/api/v1/system/tokens"))
    assert theirs.names["key"] in {key["name"] for key in keys}
