"""How passages are found and ranked where nobody says otherwise."""

THRESHOLD = 0.2
"""The least similarity of a passage, in [0, 1]."""

VECTOR_WEIGHT = 0.3
"""The part of the vector in the similarity, in [0, 1]; words have the rest."""

TOP_K = 1024
"""How many of the nearest vectors are candidates."""

MOST_TOP_K = 10_000
"""The most candidates that anybody may ask for."""

RERANKED = 64
"""How many of the best passages a rerank model looks at."""

TOP_N = 6
"""How many passages an answer may draw on."""
