#!/usr/bin/env bash
# An embedder gives a text without known words a vector of zeros. In sqlite-vec's vec0 with distance_metric=cosine such a
# row has no distance (NULL), and its place among the nearest k depends on when it was inserted: after everything when the
# nearest row came later, but before all rows that were inserted after it when it came early. It takes a place of the k,
# so that the second nearest row, at a distance of 0.006, is not found with k = 2, and the very same vector as the
# question's is not with k = 1. The same table with L2 ranks it as it should.
#
# Seen with sqlite-vec 0.1.9, apsw 3.54.1.0, Python 3.11, for the question (1, 0); a = (1, 0), b = (0.9, 0.1), c = (0.5, 0.5):
#   inserted zero, a, b, c  k=1 -> zero (NULL)           inserted a, zero, b, c  k=2 -> a, zero (NULL)
#   inserted c, b, zero, a  k=2 -> a, b                  inserted a, zero, b, c  k=2, L2 -> a, b
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sqlite-vec==0.1.9 apsw==3.54.1.0
cat >"$folder/seen.py" <<'PYTHON'
import struct
import sys

import apsw
import sqlite_vec

VECTORS = {"a": (1.0, 0.0), "b": (0.9, 0.1), "c": (0.5, 0.5), "zero": (0.0, 0.0)}
SEEN = [
    ("cosine", "zero a b c", 1, ["zero"]),
    ("cosine", "a zero b c", 2, ["a", "zero"]),
    ("cosine", "c b zero a", 2, ["a", "b"]),
    ("L2", "a zero b c", 2, ["a", "b"]),
]


def nearest(metric: str, names: list[str], k: int) -> list[tuple[str, float | None]]:
    database = apsw.Connection(":memory:")
    database.enable_load_extension(True)
    database.load_extension(sqlite_vec.loadable_path())
    database.execute(f"CREATE VIRTUAL TABLE t USING vec0(e float[2] distance_metric={metric})")
    for number, name in enumerate(names):
        packed = struct.pack("2f", *VECTORS[name])
        database.execute("INSERT INTO t(rowid, e) VALUES (?, ?)", (number, packed))
    found = database.execute(
        "SELECT rowid, distance FROM t WHERE e MATCH ? AND k = ?", (struct.pack("2f", 1, 0), k)
    )
    return [(names[number], distance) for number, distance in found]


same = True
for metric, inserted, k, seen in SEEN:
    found = nearest(metric, inserted.split(), k)
    print(f"{metric}, inserted {inserted}, k={k}:", found)
    same = same and [name for name, _ in found] == seen
sys.exit(not same)
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
