"""The formulas of `rag.engines.scoring` in the language of OpenSearch's scripts.

A script is compiled once: what differs from query to query is a parameter.
"""

_COSINE = """
double cosine = 0;
if (params.q != null && doc['vector'].size() > 0) {
  cosine = cosineSimilarity(params.q, doc['vector']);
  cosine = Math.min(Math.max(cosine, 0), 1);
}
"""

NEAR = _COSINE + "return 1 + cosine;"
"""One more than the cosine."""

SCORE = (
    _COSINE
    + """
double near = Math.max((cosine - params.floor) / (1 - params.floor), 0);
String dataset = doc['dataset'].value;
double share = 0;
if (params.words.size() > 0) {
  double norm = params.norms[dataset][0] + params.norms[dataset][1] * doc['length'].value;
  for (int i = 0; i < params.words.size(); i++) {
    double count = termFreq('tokens', params.words[i]);
    if (count > 0) { share += params.gains[i] * count / (count + norm); }
  }
}
if (share == 0 && (!params.any || cosine < params.near)) { return 0; }
double term = (params.k + 1) * share / (1 + params.k * share);
double similarity = params.weight * near + (1 - params.weight) * term;
if (similarity < params.threshold) { return 0; }
return 1 + similarity + params.boosts[dataset];
"""
)
"""One more than the similarity of a candidate that reaches the threshold; else 0."""
