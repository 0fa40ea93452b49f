"""Uses the server as LlamaIndex does Jina's API; prints what it returned."""

import json
import sys

from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.postprocessor.jinaai_rerank import JinaRerank

url, key, model, query, *texts = sys.argv[1:]
nodes = [NodeWithScore(node=TextNode(text=text)) for text in texts]
told = {}
try:
    ranker = JinaRerank(base_url=url, api_key=key, model=model, top_n=2)
    best = ranker.postprocess_nodes(nodes, query_str=query)
    told["rows"] = [[texts.index(node.node.get_content()), node.score] for node in best]
except RuntimeError as error:
    told["error"] = str(error)
print(json.dumps(told))
