"""Uses the server as litellm does providers of rerank models; prints what it returned."""

import json
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it is fetched

import litellm

url, key, name, query, *texts = sys.argv[1:]
told = {}
for provider, base in (
    ("cohere", url),
    ("cohere", f"{url}/v1"),
    ("jina_ai", url),
    ("hosted_vllm", url),
    ("hosted_vllm", f"{url}/v1"),
    ("infinity", url),
    ("voyage", url),
    ("huggingface", url),
):
    place = f"{provider} {base.removeprefix(url)}".strip()
    wanted = {"query": query, "documents": texts, "api_base": base, "api_key": key}
    try:
        answer = litellm.rerank(model=f"{provider}/{name}", **wanted)
        told[place] = [[row["index"], row["relevance_score"]] for row in answer.results]
    except Exception as error:  # what the client raises is what is asked about
        told[place] = f"{type(error).__name__}: {error}"
print(json.dumps(told))
