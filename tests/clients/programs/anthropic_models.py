"""Lists the models as Anthropic's client does; prints what it returned."""

import json
import sys

import anthropic

url, key, model = sys.argv[1:]
client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)
told = {}
found = list(client.models.list(limit=1))
told["listed"] = [item.id for item in found]
told["types"] = sorted({item.type for item in found})
one = client.models.retrieve(model)
told["one"] = [one.id, one.display_name, one.created_at.tzinfo is not None]
try:
    client.models.retrieve("gpt-4")
except anthropic.NotFoundError as error:
    told["missing"] = error.message
print(json.dumps(told))
