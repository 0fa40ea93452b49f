#!/usr/bin/env bash
# SQLite: UPDATE t SET n = n + 1, name = name WHERE id = ? takes the entry of `name` out of its index and puts the same
# one in again. Which columns stand behind SET decides, not whether their values change: pages of the index are written,
# logged in the WAL and copied at the checkpoint. PostgreSQL compares the values, and leaves its indexes alone when none
# of their columns has changed (HOT). So a statement that sets all columns of a row, as it is simplest to write for a
# form or a record, costs a page and more for each index of the table.
#
# Seen with SQLite 3.54.1 (apsw 3.54.1.0): pages in the WAL for one row 1, with `name = name` 2, with the same text as a
# parameter 2; for 500 rows all over 50,000: 315 and 570.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check apsw==3.54.1.0
cat >"$folder/seen.py" <<'PYTHON'
import os
import random
import sys

import apsw

path = sys.argv[1]
database = apsw.Connection(path)
database.pragma("journal_mode", "wal")
database.pragma("wal_autocheckpoint", 0)
database.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)")
database.execute("CREATE INDEX thing_name ON thing (name)")
source = random.Random(1)
names = [f"{source.getrandbits(64):016x}" for _ in range(50_000)]
with database:
    database.executemany("INSERT INTO thing (name, n) VALUES (?, 0)", [(name,) for name in names])


def written(columns, where, *values):
    """Return how many pages an update puts into the WAL."""
    list(database.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
    list(database.execute(f"UPDATE thing SET {columns} WHERE {where}", values))
    return (os.path.getsize(f"{path}-wal") - 32) // (4096 + 24)


one, some = "id = 25000", "id % 100 = 0"
seen = [
    written("n = n + 1", one),
    written("n = n + 1, name = name", one),
    written("n = n + 1, name = ?", one, names[24_999]),
]
many = written("n = n + 1", some), written("n = n + 1, name = name", some)
print(f"SQLite {apsw.sqlite_lib_version()}: pages for one row {seen}, for 500 rows {many}")
if seen != [1, 2, 2] or many[1] < 1.5 * many[0]:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" "$folder/seen.db"
