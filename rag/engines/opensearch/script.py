"""The formulas of `rag.engines.scoring` in the language of the servers' scripts.

A script is compiled once: what differs from query to query is a parameter. How often a chunk holds
a word is what a query for that word scores: COUNT is how, `SHARE` makes of that the word's share of
the question, and `SCORE` has the sum of them as its score.
"""

COUNT = "return doc.freq;"
"""The similarity of the field in which words are counted."""

SHARE = """
String dataset = doc['dataset'].value;
double norm = params.norms[dataset][0] + params.norms[dataset][1] * doc['length'].value;
return params.gain * _score / (_score + norm);
"""
"""The share of the question that a chunk has by one word."""

_COSINE = """
double cosine = 0;
if (params.q != null && doc['vector'].size() > 0) {
  cosine = cosineSimilarity(params.q, {vector});
  cosine = Math.min(Math.max(cosine, 0), 1);
}
"""

_NEAR = "return 1 + cosine;"

_SCORE = """
double near = Math.max((cosine - params.floor) / (1 - params.floor), 0);
double share = _score;
if (share == 0 && (!params.any || cosine < params.near)) { return 0; }
double term = (params.k + 1) * share / (1 + params.k * share);
double similarity = params.weight * near + (1 - params.weight) * term;
if (similarity < params.threshold) { return 0; }
return 1 + similarity + params.boosts[doc['dataset'].value];
"""


def near(vector: str) -> str:
    """Return what gives one more than the cosine; `vector` is how the field is named there."""
    return _COSINE.replace("{vector}", vector) + _NEAR


def score(vector: str) -> str:
    """Return what gives one more than the similarity of a candidate above the threshold, else 0."""
    return _COSINE.replace("{vector}", vector) + _SCORE
