"""Uses the server as Cohere's clients do, of both versions; prints what they returned."""

import json
import sys

import cohere
from cohere.core.api_error import ApiError

url, key, query, *texts = sys.argv[1:]


def rows(answer: cohere.RerankResponse | cohere.V2RerankResponse) -> list[list[float]]:
    """Return the results of an answer."""
    return [[row.index, row.relevance_score] for row in answer.results]


told = {}
once = {"max_retries": 0}
try:
    old = cohere.Client(key, base_url=url)
    documents = [{"text": text, "title": "t"} for text in texts]
    answer = old.rerank(query=query, documents=documents, return_documents=True)
    told["old"] = rows(answer)
    told["documents"] = [row.document.text for row in answer.results]
    new = cohere.ClientV2(key, base_url=url)
    told["new"] = rows(new.rerank(model="ranker@Endpoint", query=query, documents=texts))
    best = new.rerank(model="ranker@Endpoint", query=query, documents=texts, top_n=1)
    told["best"] = rows(best)
    told["units"] = best.meta.billed_units.search_units
    try:
        new.rerank(model="rerank-v3.5", query=query, documents=texts, request_options=once)
    except ApiError as error:
        told["missing"] = [type(error).__name__, error.body["message"]]
except ApiError as error:
    told["error"] = [type(error).__name__, error.body["message"]]
print(json.dumps(told))
