"""Uses files and vector stores as OpenAI's Python client does; prints what it returned."""

import json
import sys
from io import BytesIO

import openai

url, key, name, question = sys.argv[1:]
client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
told = {"version": openai.__version__}
TEXT = b"The lighthouse keeper lights the lamp at dusk and puts it out at dawn."
try:
    file = client.files.create(file=("Wärter.txt", TEXT), purpose="user_data")
    told["file"] = [file.object, file.filename, file.bytes, file.purpose, file.status]
    told["same"] = client.files.retrieve(file.id) == file
    told["content"] = client.files.content(file.id).read() == TEXT
    unnamed = client.files.create(file=BytesIO(TEXT), purpose="assistants")
    told["unnamed"] = unnamed.filename
    listed = [item.id for item in client.files.list(limit=1)]
    told["listed"] = {file.id, unnamed.id} <= set(listed) and len(listed) == len(set(listed))

    store = client.vector_stores.create(name=name, metadata={"shelf": "north"})
    told["store"] = [store.object, store.name, store.metadata, store.status]
    member = client.vector_stores.files.create_and_poll(
        file.id, vector_store_id=store.id, attributes={"shelf": "north", "year": 1999}
    )
    told["member"] = [member.id == file.id, member.status, member.last_error, member.attributes]
    batch = client.vector_stores.file_batches.upload_and_poll(
        store.id, files=[("a.txt", b"The tide."), ("b.txt", b"The oil.")], max_concurrency=2
    )
    counts = batch.file_counts
    told["batch"] = [batch.status, counts.completed, counts.total]
    in_batch = client.vector_stores.file_batches.list_files(
        batch.id, vector_store_id=store.id, limit=1
    )
    told["in_batch"] = len([item.id for item in in_batch])
    members = client.vector_stores.files.list(store.id, limit=1, filter="completed")
    told["members"] = len([item.id for item in members])
    text = client.vector_stores.files.content(file.id, vector_store_id=store.id)
    told["text"] = [part.text for part in text]
    found = client.vector_stores.search(
        store.id,
        query=question,
        max_num_results=1,
        filters={
            "type": "and",
            "filters": [
                {"type": "eq", "key": "shelf", "value": "north"},
                {"type": "gte", "key": "year", "value": 1999},
            ],
        },
        ranking_options={"ranker": "auto", "score_threshold": 0.1},
    )
    told["found"] = [
        [item.file_id == file.id, item.filename, item.score > 0.1, item.content[0].text]
        for item in found
    ]
    other = {"type": "ne", "key": "shelf", "value": "north"}
    every = client.vector_stores.search(store.id, query=question, filters=other)
    told["elsewhere"] = file.id in [item.file_id for item in every]
    changed = client.vector_stores.update(store.id, metadata={"shelf": "south"})
    told["changed"] = changed.metadata
    for item in range(2):
        client.vector_stores.create(name=f"{name} {item}")
    stores = [item.id for item in client.vector_stores.list(limit=1)]
    told["stores"] = store.id in stores and len(stores) == len(set(stores)) >= 3
    gone = client.vector_stores.files.delete(file.id, vector_store_id=store.id)
    told["gone"] = [gone.deleted, gone.object, gone.id == file.id]
    told["deleted"] = [client.files.delete(file.id).deleted]
    client.files.delete(unnamed.id)
    told["deleted"].append(client.vector_stores.delete(store.id).deleted)
    try:
        client.vector_stores.retrieve(store.id)
    except openai.NotFoundError as error:
        told["missing"] = [error.code, error.type, "no vector store" in error.message]
    try:
        client.files.create(file=("x.jsonl", b"{}"), purpose="batch")
    except openai.BadRequestError as error:
        told["refused"] = error.message
except openai.APIError as error:
    told["error"] = [type(error).__name__, error.message]
print(json.dumps(told))
