"""Does everything that the published client of RAGFlow can do here; prints what it returned.

The clients of both eras have the same methods, but for what an assistant is made of and for how
everything is deleted.
"""

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any

from ragflow_sdk import RAGFlow

url, key = sys.argv[1:]
client = RAGFlow(key, url)
is_later = hasattr(client, "get_chat")
everything = {"delete_all": True} if is_later else {"ids": None}
told: dict[str, Any] = {}


def names(items: Iterable[Any]) -> list[str]:
    """Return what things are called."""
    return [item.name for item in items]


def in_pages(function: Callable[..., list[Any]], **wanted: object) -> list[list[str]]:
    """Return the names on the first pages of a list."""
    return [names(function(page=page, page_size=2, **wanted)) for page in (1, 2)]


def said(answer: Iterable[Any]) -> dict[str, list[str]]:
    """Return what messages say, and the document of the best passage of the last one."""
    messages = list(answer)
    cited = [passage["document_name"] for passage in messages[-1].reference or []]
    return {"contents": [message.content for message in messages], "cited": cited[:1]}


dataset = client.create_dataset(name="first")
for name in ("second", "third"):
    client.create_dataset(name=name)
dataset.update({"description": "of the lighthouse", "name": "handbook"})
told["datasets"] = in_pages(client.list_datasets, desc=False)
found = client.get_dataset(name="handbook")
told["dataset"] = [found.id == dataset.id, found.description, found.embedding_model]

files = {"lamp.txt": b"The lamp is lit at dusk.", "tide.txt": b"Tides turn.", "c.txt": b"Salt."}
sent = [{"display_name": name, "blob": blob} for name, blob in files.items()]
documents = dataset.upload_documents(sent)
documents[0].update({"meta_fields": {"shelf": "north"}})
documents[2].update({"name": "salt.txt"})
told["documents"] = in_pages(dataset.list_documents, orderby="name", desc=False)
told["searched"] = names(dataset.list_documents(keywords="tide"))
told["bytes"] = documents[0].download().decode()
told["parsed"] = sorted(
    status[1:3] for status in dataset.parse_documents([each.id for each in documents])
)

lamp = dataset.list_documents(id=documents[0].id)[0]
told["lamp"] = [lamp.run, lamp.chunk_count, lamp.meta_fields.shelf]
chunk = lamp.add_chunk(content="The keeper sleeps by day.", important_keywords=["keeper"])
chunk.update({"content": "The keeper sleeps at noon."})
spare = lamp.add_chunk(content="Not for long.")
lamp.delete_chunks(ids=[spare.id])
told["chunks"] = sorted(each.content for each in lamp.list_chunks(page_size=10))
told["found"] = client.retrieve(dataset_ids=[dataset.id], question="When is the lamp lit?")[
    0
].content

if is_later:
    chat = client.create_chat(
        "guide",
        dataset_ids=[dataset.id],
        llm_setting={"temperature": 0.5},
        prompt_config={"system": "Read {knowledge}.", "prologue": "Good evening."},
    )
    chat.update({"prompt_config": {"prologue": "Good night."}})
    shown = client.get_chat(chat.id)
    told["chat"] = [shown.dataset_ids == [dataset.id], shown.prompt_config.prologue]
else:
    chat = client.create_chat("guide", dataset_ids=[dataset.id])
    chat.update({"prompt": {"opener": "Good night."}})
    shown = client.list_chats(id=chat.id)[0]
    told["chat"] = [
        [each["id"] for each in shown.datasets] == [dataset.id],
        shown.prompt.opener,
    ]
for name in ("b", "c"):
    client.create_chat(name)
told["chats"] = in_pages(client.list_chats, desc=False)
told["agents"] = client.list_agents()

session = chat.create_session("s")
session.update({"name": "evening"})
for name in ("t", "u"):
    chat.create_session(name)
told["sessions"] = in_pages(chat.list_sessions, desc=False)
told["whole"] = said(session.ask("When is the lamp lit?", stream=False))
told["streamed"] = said(session.ask("When does the keeper sleep?", stream=True))
told["messages"] = [
    message["content"] for message in chat.list_sessions(name="evening")[0].messages
]

told["cut"] = said(session.ask("Who sleeps?", stream=True))["contents"]

if is_later:  # what names nothing deletes nothing
    for delete in (lamp.delete_chunks, chat.delete_sessions, dataset.delete_documents):
        delete()
    client.delete_chats()
    client.delete_datasets()
told["kept"] = [
    len(each)
    for each in (
        lamp.list_chunks(),
        chat.list_sessions(),
        client.list_chats(),
        dataset.list_documents(),
        client.list_datasets(),
    )
]
lamp.delete_chunks(**everything)
told["left"] = [len(lamp.list_chunks())]
chat.delete_sessions(**everything)
told["left"].append(len(chat.list_sessions()))
client.delete_chats(ids=[chat.id])
told["left"].append(names(client.list_chats()))
client.delete_chats(**everything)
told["left"].append(len(client.list_chats()))
dataset.delete_documents(ids=[documents[1].id])
told["left"].append(names(dataset.list_documents(orderby="name", desc=False)))
dataset.delete_documents(**everything)
told["left"].append(len(dataset.list_documents()))
client.delete_datasets(ids=[dataset.id])
told["left"].append(names(client.list_datasets()))
client.delete_datasets(**everything)
told["left"].append(len(client.list_datasets()))

try:
    RAGFlow("ragflow-wrong", url).list_datasets()
except Exception as error:  # the client raises no other kind
    told["refused"] = str(error)
print(json.dumps(told))
