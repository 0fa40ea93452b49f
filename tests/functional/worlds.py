"""What a tenant has, one of everything, and what others make of it."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from tests.functional.filing import FILES, add_files, add_folder
from tests.functional.library import API, add_chunk, data_of, make_dataset, upload

QUESTION = "Where is the lamp?"

UNWATCHED = {"audit_entry", "lease", "report", "migration", "worker_turn"}
"""Tables of what the server does by itself, and notes of what was tried."""

VOLATILE = {"last_used_time"}
"""Columns that reading changes."""

Tables = dict[str, list[str]]
"""Columns by table."""

Rows = dict[str, set[tuple[Any, ...]]]
"""Rows by table."""


@dataclass(frozen=True)
class World:
    """A tenant's things: their ids by kind, and the words that nobody else may see."""

    client: FlaskClient
    ids: dict[str, tuple[str, ...]]
    names: dict[str, str]

    @property
    def secrets(self) -> set[str]:
        """Return what may only be in an answer to who sent it."""
        return {secret for many in self.ids.values() for secret in many} | set(self.names.values())

    def first(self, kind: str) -> str:
        """Return the id of a thing of some kind."""
        return self.ids[kind][0]

    def seen(self) -> list[Any]:
        """Return all that the tenant is shown of what is theirs."""
        dataset = f"{API}/datasets/{self.first('dataset')}"
        document = f"{dataset}/documents/{self.first('document')}"
        chat = f"{API}/chats/{self.first('chat')}"
        pages = (
            *(f"{API}/datasets", dataset, f"{dataset}/documents", f"{document}/chunks"),
            *(f"{API}/chats", chat, f"{chat}/sessions", f"{chat}/shares"),
            *("/v1/llm/my_llms", "/v1/user/tenant_info", "/v1/user/info"),
        )
        app = {"search_id": self.first("search_app")}
        search = {"question": QUESTION, "dataset_ids": [self.first("dataset")]}
        return [
            *(data_of(self.client.get(page)) for page in pages),
            self.client.get(document).data,
            self.client.get(f"{FILES}/{self.first('file')}").data,
            data_of(self.client.get(f"{FILES}/{self.first('file')}/ancestors")),
            data_of(self.client.post(f"{API}/retrieval", json=search)),
            data_of(self.client.get("/v1/search/detail", query_string=app)),
        ]


def make_world(client: FlaskClient, word: str, user_id: str) -> World:
    """Create one of everything for a tenant; `word` is part of all that is secret about it."""
    names = {
        kind: f"{word}-{kind}"
        for kind in (
            *("dataset", "document", "chunk", "chat", "session", "key", "model"),
            *("folder", "file", "search_app", "response", "share", "conversation"),
            *("chat_folder", "note", "prompt", "memory", "directory", "rating", "channel", "post"),
        )
    }
    dataset = make_dataset(client, names["dataset"])["id"]
    document = upload(client, dataset, (f"{names['document']}.txt", b"It is here."))[0]["id"]
    place = f"{API}/datasets/{dataset}/documents/{document}"
    chunk = add_chunk(client, place, f"The lamp of {names['chunk']} stands by the door.")["id"]
    body = {"name": names["chat"], "dataset_ids": [dataset]}
    chat = data_of(client.post(f"{API}/chats", json=body))["id"]
    sessions = f"{API}/chats/{chat}/sessions"
    session = data_of(client.post(sessions, json={"name": names["session"]}))["id"]
    asked = {"question": QUESTION, "session_id": session, "stream": False}
    answer = data_of(client.post(f"{API}/chats/{chat}/completions", json=asked))
    assert names["chunk"] in str(answer)
    folder = add_folder(client, names["folder"])
    file = add_files(client, (f"{names['file']}.txt", b"It is there."), parent_id=folder)[0]
    batches = f"/v1/vector_stores/{dataset}/file_batches"
    batch = client.post(batches, json={"file_ids": [file]}).json["id"].removeprefix("vsfb_")
    body = {"model": chat, "input": f"Where is the lamp of {names['response']}?"}
    response = client.post("/v1/responses", json=body).json["id"].removeprefix("resp_")
    key = data_of(client.post(f"{API}/system/tokens", query_string={"name": names["key"]}))
    app = data_of(client.post("/v1/search/create", json={"name": names["search_app"]}))
    config = {"search_id": app["search_id"], "search_config": {"kb_ids": [dataset]}}
    data_of(client.post("/v1/search/update", json=config))
    shares = f"{API}/chats/{chat}/shares"
    share = data_of(client.post(shares, json={"name": names["share"]}))
    said = {"title": names["conversation"]}
    told = client.post("/openwebui/api/v1/chats/new", json={"chat": said}).json["id"]
    body = {"name": names["chat_folder"]}
    chat_folder = client.post("/openwebui/api/v1/folders", json=body).json["id"]
    body = {"command": names["prompt"], "name": names["prompt"], "content": names["prompt"]}
    prompt = client.post("/openwebui/api/v1/prompts/create", json=body).json
    body = {"title": names["note"], "data": {"content": {"md": names["note"]}}}
    note = client.post("/openwebui/api/v1/notes/create", json=body).json["id"]
    body = {"content": names["memory"]}
    memory = client.post("/openwebui/api/v1/memories/add", json=body).json["id"]
    tag = {"name": names["conversation"]}
    assert client.post(f"/openwebui/api/v1/chats/{told}/tags", json=tag).status_code == 200
    shared = client.post(f"/openwebui/api/v1/chats/{told}/share", json={}).json["share_id"]
    task = make_task(client, dataset, document)
    ids = {
        "dataset": (dataset,),
        "document": (document,),
        "chunk": (chunk,),
        "chat": (chat,),
        "session": (session,),
        "file": (file, folder),
        "batch": (batch,),
        "search_app": (app["search_id"],),
        "response": (response,),
        "task": (task,),
        "conversation": (told.replace("-", ""),),
        "memory": (memory.replace("-", ""),),
        "note": (note.replace("-", ""),),
        "prompt": (prompt["id"].replace("-", ""),),
        "prompt_version": (prompt["version_id"].replace("-", ""),),
        "chat_folder": (chat_folder.replace("-", ""),),
        "shared_chat": (shared.replace("-", ""),),
        "directory": (make_directory(client, dataset, names["directory"]),),
        "rating": (make_rating(client, names["rating"]),),
        **make_channel(client, names["channel"], names["post"]),
        "target": (make_target(client, word),),
        "share": (share["id"],),
        "key": (key["id"], key["token"], key["token"][:12]),
        "user": (user_id,),
    }
    return World(client, ids, names)


def make_directory(client: FlaskClient, dataset: str, name: str) -> str:
    """Return the id of a directory of a dataset."""
    made = client.post(f"/openwebui/api/v1/knowledge/{dataset}/dirs/create", json={"name": name})
    return str(made.json["id"]).replace("-", "")


def make_channel(client: FlaskClient, name: str, content: str) -> dict[str, tuple[str, ...]]:
    """Return the ids of a channel, of what is said there, and of a webhook, where there are any."""
    channels = "/openwebui/api/v1/channels"
    made = client.post(f"{channels}/create", json={"name": name, "type": "group"})
    if made.status_code == 403:
        kinds = ("channel", "post", "webhook", "webhook_token", "webhook_secret")
        return dict.fromkeys(kinds, ("0" * 32,))
    place = f"{channels}/{made.json['id']}"
    post = client.post(f"{place}/messages/post", json={"content": content}).json["id"]
    webhook = client.post(f"{place}/webhooks/create", json={"name": name}).json
    ids = {"channel": made.json["id"], "post": post, "webhook": webhook["id"]}
    found = {kind: (str(one).replace("-", ""),) for kind, one in ids.items()}
    # Who has the token may write: that of others is one that is not told.
    token = webhook["token"]
    return {**found, "webhook_token": (f"not-{token}",), "webhook_secret": (token,)}


def make_target(client: FlaskClient, word: str) -> str:
    """Return the id of an address at which somebody is told, where they may name one more."""
    body = {"id": f"{word}-target", "config": {"url": f"http://127.0.0.1:9/{word}-target"}}
    made = client.post("/openwebui/api/v1/notifications/targets", json=body)
    return str(made.json.get("id", "0" * 32))


def make_rating(client: FlaskClient, comment: str) -> str:
    """Return the id of what somebody says of an answer."""
    body = {"type": "rating", "data": {"rating": 1, "model_id": "x", "comment": comment}}
    made = client.post("/openwebui/api/v1/evaluations/feedback", json=body)
    return str(made.json["id"]).replace("-", "")


def make_task(client: FlaskClient, dataset: str, document: str) -> str:
    """Return the id of a task that was cancelled; what the document has stays as it is."""
    body = {"document_ids": [document]}
    for ask in (client.post, client.delete):
        assert ask(f"{API}/datasets/{dataset}/chunks", json=body).status_code == 200
    (task,) = data_of(client.get(f"{API}/tasks", query_string={"document_id": document}))["tasks"]
    return str(task["id"])


def add_model(world: World) -> None:
    """Add a model of a tenant whose owner is an administrator."""
    model = {
        "llm_factory": "OpenAI-API-Compatible",
        "llm_name": world.names["model"],
        "model_type": "chat",
        "api_base": "http://127.0.0.1:9/v1",
    }
    assert data_of(world.client.post("/v1/llm/add_llm", json=model)) is True


def tables_of(services: Services) -> Tables:
    """Return the columns of each table that requests alone change, but those that reading does."""
    with connection(services.database):
        return {
            table: [
                column.name
                for column in services.database.get_columns(table)
                if column.name not in VOLATILE
            ]
            for table in sorted(set(services.database.get_tables()) - UNWATCHED)
        }


def all_rows(services: Services, tables: Tables) -> Rows:
    """Return what all tables hold."""
    with connection(services.database):
        return {
            table: set(
                rows(
                    services.database,
                    f"SELECT {', '.join(names)} FROM {table}",  # noqa: S608 - names of our own
                )
            )
            for table, names in tables.items()
        }
