#!/usr/bin/env bash
# USearch: Index(dtype="i8", metric="l2sq" or "ip") scales each vector that is given in floats by its own length before
# it rounds it, so the index knows directions alone. v, 10 v and 0.1 v are one and the same: their squared distances are
# 0 and 0 where f32, f16 and bf16 say 3817 and 38, and all inner products are equal where they should differ a
# hundredfold. Nothing is raised. For cosines that is right; where lengths count, the order of what is found is another
# one. Vectors that are given in int8 are kept as they are, and have their lengths.
#
# Seen with usearch 2.26.6: f32 l2sq [0.0, 38.17, 3817.4], i8 l2sq [0, 0, 0], i8 ip one value, int8 given: three.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check usearch==2.26.6 numpy
cat >"$folder/seen.py" <<'PYTHON'
import sys

import numpy as np
import usearch
from usearch.index import Index

vector = np.random.default_rng(1).standard_normal(64).astype(np.float32)
three = np.stack([vector, vector * 10, vector * np.float32(0.1)])
whole = np.stack([np.full(64, 4), np.full(64, 40), np.full(64, 1)]).astype(np.int8)


def distances(metric, dtype, vectors):
    index = Index(ndim=64, metric=metric, dtype=dtype)
    index.add(np.arange(3), vectors)
    found = index.search(vectors[0], 3)
    return [round(float(one), 2) for one in sorted(found.distances)]


floats = distances("l2sq", "f32", three)
eighths = {metric: distances(metric, "i8", three) for metric in ("l2sq", "ip")}
given = distances("l2sq", "i8", whole)
print(f"usearch {usearch.__version__}: f32 l2sq {floats}, i8 {eighths}, int8 given {given}")
same = eighths["l2sq"] == [0, 0, 0] and len(set(eighths["ip"])) == 1
if floats[1] < 30 or not same or len(set(given)) != 3:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
