#!/usr/bin/env bash
# pycrdt 0.14.13 (Yjs in Python): `Doc.get_update()` leaves out what a document has been given but cannot
# show yet, since it needs an update that has not come. Nothing says so. A server that saves a document so,
# starts again and then gets the missing update has lost the other one for good; `merge_updates` of the
# updates as they came keeps it.
#
# Seen (Python 3.11.7): of "one ", "two ", "three" the first and the third come, the document is saved and
# loaded, then the second comes. By `get_update()`: "one two ", and by `merge_updates`: "one two three".
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pycrdt==0.14.13
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

from pycrdt import Doc, Text, merge_updates

writer, updates = Doc(), []
text = writer.get("text", type=Text)
writer.observe(lambda event: updates.append(event.update))
for word in ("one ", "two ", "three"):
    text += word
first, second, third = updates


def after(saved):
    """Return what a document reads as that is loaded from what was saved, and then gets the second."""
    document = Doc()
    for update in (saved, second):
        document.apply_update(update)
    return str(document.get("text", type=Text))


given = Doc()
for update in (first, third):
    given.apply_update(update)
saved, merged = after(given.get_update()), after(merge_updates(first, third))
print(f"pycrdt {version('pycrdt')}, Python {sys.version.split()[0]}")
print(f"saved by get_update: {saved!r}, by merge_updates: {merged!r}")
sys.exit((saved, merged) != ("one two ", "one two three"))
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
