#!/usr/bin/env bash
# Fusing by scores: what is it worth that a search found one passage only? It is the case of a part number or a name,
# which full text finds once, and which no vector is near to. Where all hits of a list have one score there is no spread
# to divide by, and two packages that bring two lists to one scale do the opposite of each other:
#   LanceDB, LinearCombinationReranker   the hit is worth nothing, also with 0.9 of the weight on the full text: the right
#                                        passage has 0, as the farthest of the vectors' hits have, and is cut off with them
#   Haystack, DocumentJoiner             the hit keeps BM25's score as it is, beside normalized ones: the passage has 7.3,
#                                        all others less than 1. So it is for several hits of one score. (In earlier
#                                        versions it was 0 here, too: Haystack's issue 12507.)
# Of two hits LanceDB gives the second one 0, as if it had not been found. Weights do not help: 0.9 times nothing is
# nothing, and in this mode Haystack takes `weights` and never looks at them. Nothing is raised or logged.
# What helps: fuse by ranks where a list may be short (RRFReranker, "reciprocal_rank_fusion", whose weights count), and
# try any fusion with a list of one.
#
# Seen with lancedb 0.40.0 and haystack-ai 3.4.1 ("distribution_based_rank_fusion"), CPython 3.11.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check lancedb==0.40.0 haystack-ai==3.4.1
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

import lancedb
import numpy as np
from haystack import Document
from haystack.components.joiners import DocumentJoiner
from lancedb.rerankers import LinearCombinationReranker, RRFReranker

NEAR = [(f"near {number}", 0.9 - number / 20) for number in range(5)]
ONLY = [("only", 7.3)]


def told(pairs):
    return [(name, round(score, 3)) for name, score in pairs]


def by_lancedb(reranker, texts=("part AX4711",)):
    numbers = np.random.default_rng(0)
    asked = numbers.standard_normal(16)
    asked /= np.linalg.norm(asked)

    def like(cosine):
        beside = numbers.standard_normal(16)
        beside -= (beside @ asked) * asked
        return (cosine * asked + np.sqrt(1 - cosine**2) * beside / np.linalg.norm(beside)).tolist()

    rows = [{"id": name, "vector": like(score), "text": "a harbour"} for name, score in NEAR]
    rows += [{"id": f"far {number}", "vector": like(-0.5), "text": "a mountain"} for number in range(60)]
    rows += [{"id": name, "vector": like(-0.6), "text": text} for name, text in zip(("only", "second"), texts)]
    table = lancedb.connect(sys.argv[1]).create_table("t", rows, mode="overwrite")
    table.create_fts_index("text")
    query = table.search(query_type="hybrid").vector(asked.tolist()).text("AX4711").distance_type("cosine")
    found = query.rerank(reranker).limit(8).to_list()
    return told((row["id"], row["_relevance_score"]) for row in found)


def by_haystack(words, weights=None, mode="distribution_based_rank_fusion"):
    lists = [[Document(id=name, content=name, score=score) for name, score in hits] for hits in (NEAR, words)]
    joiner = DocumentJoiner(join_mode=mode, weights=weights)
    return told((found.id, found.score) for found in joiner.run(documents=lists)["documents"])


print({name: version(name) for name in ("lancedb", "haystack-ai")})
linear, ranked = by_lancedb(LinearCombinationReranker(weight=0.1)), by_lancedb(RRFReranker())
two = by_lancedb(LinearCombinationReranker(weight=0.1), ("part AX4711", "AX4711 and other parts of the same kind"))
haystack, weighed = by_haystack(ONLY), by_haystack(ONLY, [0.9, 0.1])
twins = by_haystack([("only", 7.3), ("other", 7.3)])
places = by_haystack(ONLY, [0.1, 0.9], "reciprocal_rank_fusion")
for name, seen in {
    "LanceDB, 0.9 on full text": linear,
    "LanceDB, two hits": two,
    "LanceDB, by ranks": ranked,
    "Haystack": haystack,
    "Haystack, 0.1 on full text": weighed,
    "Haystack, two of one score": twins,
    "Haystack, by ranks, 0.9 on full text": places,
}.items():
    print(f"{name}: {seen}")
same = dict(linear).get("only", 0) == 0 and [name for name, _ in linear[:3]] == ["near 0", "near 1", "near 2"]
same = same and two[0] == ("only", 0.9) and dict(two).get("second", 0) == 0
same = same and "only" in dict(ranked[:2]) and haystack[0] == ("only", 7.3) and haystack == weighed
same = same and dict(twins[:2]) == {"only": 7.3, "other": 7.3} and places[0] == ("only", 0.9)
if not same:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/seen.py" "$folder/tables"
