#!/usr/bin/env bash
# SQLite FTS5: bm25() takes log((N - n + 0.5) / (n + 0.5)) for a word that n of N rows have, which is below zero from half
# of the rows on, and then puts 0.000001 in its place. So with five rows, three of which have "lamp", a row with "lamp"
# five times is worth 0.0000016, and a row that has "boat" once 0.5. Lucene, Tantivy and OpenSearch add 1 within the
# logarithm: there the same word counts 0.54. Whoever fuses scores, asks for a least score, or tries a search on a handful
# of rows sees hits at zero; the order among rows is that of frequencies still.
#
# Seen with SQLite 3.54.1 (apsw 3.54.1.0): "lamp" -0.0000016, -0.0000013, -0.0000006; "boat" -0.50 and -0.19.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check apsw==3.54.1.0
cat >"$folder/seen.py" <<'PYTHON'
import sys

import apsw

ROWS = [
    "lamp lamp lamp lamp lamp lit at dusk",
    "the lamp",
    "lamp of the boat in the harbour, and more about it than that",
    "boat",
    "tide",
]
database = apsw.Connection(":memory:")
database.execute("CREATE VIRTUAL TABLE passage USING fts5 (body)")
database.executemany("INSERT INTO passage VALUES (?)", [(row,) for row in ROWS])


def scores(words):
    asked = "SELECT bm25(passage) FROM passage WHERE passage MATCH ? ORDER BY 1"
    return [score for (score,) in database.execute(asked, (words,))]


common, rare = scores("lamp"), scores("boat")
print(f"SQLite {apsw.sqlite_lib_version()}: in three of five rows {common}, in two {rare}")
if len(common) != 3 or not all(-1e-5 < score < 0 for score in common) or rare[0] > -0.3:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
