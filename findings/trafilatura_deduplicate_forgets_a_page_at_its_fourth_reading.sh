#!/usr/bin/env bash
# trafilatura: `extract(html, deduplicate=True)` leaves out paragraphs that it has seen before, and "before" is not this
# page: it is every page that the process has read (the last 4096 paragraphs). A page whose text is unchanged is read
# rightly three times; from the fourth reading on `extract` answers None, as it does for a page without any text. So
# a crawler that comes again, or a server that reads a document anew after its settings changed, loses whole pages after
# some days without a restart, and which ones depends on what else was read. In another process the same page is read.
# What helps: `trafilatura.deduplication.LRU_TEST.clear()` before each page, or leaving the option off.
#
# Seen with trafilatura 2.3.1, CPython 3.11, letters of six readings of one page:
#   deduplicate=True 768, 768, 768, None, None, None      cleared before each 768 x 6      without 768 x 6
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check trafilatura==2.3.1 lxml_html_clean==0.4.5
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

import trafilatura
from trafilatura.deduplication import LRU_TEST

paragraphs = "".join(
    f"<p>Sentence number {number} says that the lamp of the lighthouse is lit at dusk and watched by keeper {number}.</p>"
    for number in range(8)
)
page = f"<html><head><title>Lamp</title></head><body><article><h1>The lamp</h1>{paragraphs}</article></body></html>"


def letters(clear=False, **options):
    """How many letters are read of one page, six times."""
    counts = []
    for _ in range(6):
        if clear:
            LRU_TEST.clear()
        text = trafilatura.extract(page, **options)
        counts.append(None if text is None else len(text))
    return counts


print("trafilatura", version("trafilatura"))
plain = letters()
remembered = letters(deduplicate=True)
cleared = letters(clear=True, deduplicate=True)
print("without:", plain)
print("deduplicate=True:", remembered)
print("cleared before each:", cleared)
whole = plain[0]
if not whole or plain != [whole] * 6 or cleared != plain or remembered != [whole] * 3 + [None] * 3:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
