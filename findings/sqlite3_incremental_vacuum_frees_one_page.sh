#!/usr/bin/env bash
# Python's sqlite3: `PRAGMA incremental_vacuum(256)` frees ONE page, whatever number is asked for and whether or not
# the rows are fetched. SQLite frees a page for each sqlite3_step() and says SQLITE_ROW in between; the module takes a
# statement without columns for done after its first step. apsw 3.50.4.0 goes on stepping and frees all 256. So does
# `executescript` of sqlite3 itself, which commits what is open before. Nothing is raised or logged: a file that is to
# shrink in the background just shrinks 256 times more slowly than planned.
#
# Seen with Python 3.11.7 and SQLite 3.40.1: execute 1, execute + fetchall 1, executescript 256, apsw 256.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check apsw==3.50.4.0
cat >"$folder/seen.py" <<'PYTHON'
import platform
import sqlite3
import sys

import apsw

path = sys.argv[1]
plain = sqlite3.connect(path, isolation_level=None)
plain.execute("PRAGMA auto_vacuum = incremental")
plain.execute("CREATE TABLE filler (content TEXT)")
plain.execute("BEGIN")
plain.executemany("INSERT INTO filler VALUES (?)", [("x" * 4000,)] * 2000)
plain.execute("COMMIT")
plain.execute("DELETE FROM filler")
other = apsw.Connection(path)
VACUUM = "PRAGMA incremental_vacuum(256)"


def freed(action):
    before = plain.execute("PRAGMA freelist_count").fetchone()[0]
    action()
    return before - plain.execute("PRAGMA freelist_count").fetchone()[0]


seen = {
    "execute": freed(lambda: plain.execute(VACUUM)),
    "execute + fetchall": freed(lambda: plain.execute(VACUUM).fetchall()),
    "executescript": freed(lambda: plain.executescript(VACUUM)),
    "apsw": freed(lambda: list(other.execute(VACUUM))),
}
print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, apsw {apsw.apsw_version()}: pages freed {seen}")
expected = {"execute": 1, "execute + fetchall": 1, "executescript": 256, "apsw": 256}
if seen != expected:
    sys.exit(f"Not as described any more: expected {expected}")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" "$folder/seen.db"
