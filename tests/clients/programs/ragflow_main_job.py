"""Uses datasets and documents as the published client of RAGFlow does; prints what it returned."""

import json
import sys

from ragflow_sdk import RAGFlow

url, key, name = sys.argv[1:]
client = RAGFlow(key, url)
dataset = client.create_dataset(name=name)
document = dataset.upload_documents([{"display_name": "a.txt", "blob": b"A lamp."}])[0]
listed = dataset.list_documents(page=1, page_size=10)
chunk = document.add_chunk(content="The lamp is lit at dusk.")
found = client.retrieve(dataset_ids=[dataset.id], question="When is the lamp lit?")
bytes_back = document.download()
client.delete_datasets(ids=[dataset.id])
left = [other.name for other in client.list_datasets(page_size=100)]
print(
    json.dumps(
        {
            "listed": [each.name for each in listed],
            "chunk": chunk.content,
            "found": [each.content for each in found],
            "bytes": bytes_back.decode(),
            "left": left,
        }
    )
)
