#!/usr/bin/env bash
# chonkie: `TokenChunker(tokenizer="word")` without overlap loses the blank between two chunks and does not count it:
# `start_index` and `end_index` of each chunk are one character less than they should be, times the number of chunks
# before it. `text[chunk.start_index:chunk.end_index]` is the chunk's text for the first one alone; after a thousand
# chunks it is a passage a thousand characters before it. No warning. With any overlap, and with the tokenizer
# "character", all places are right.
# What helps: an overlap of one token, or `SentenceChunker` and `RecursiveChunker`, whose places are right.
#
# Seen with chonkie 1.5.0 and 1.7.0, CPython 3.11, 1000 chunks of 10 words:
#   no overlap: 1 chunk right, the last one 999 characters before its place
#   overlap of 1 word: all right
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check chonkie==1.7.0
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

from chonkie import TokenChunker

TEXT = " ".join(f"word{number}" for number in range(10_000))


def drift(overlap):
    """Return the number of chunks, of those where they say, and how far the last one is from there."""
    chunks = TokenChunker(tokenizer="word", chunk_size=10, chunk_overlap=overlap).chunk(TEXT)
    right = sum(TEXT[one.start_index : one.end_index] == one.text for one in chunks)
    return len(chunks), right, TEXT.index(chunks[-1].text) - chunks[-1].start_index


print("chonkie", version("chonkie"))
none, one = drift(0), drift(1)
print("no overlap: %d chunks, %d right, the last one %d characters too early" % none)
print("overlap of 1: %d chunks, %d right, the last one %d characters too early" % one)
if not (none == (1000, 1, 999) and one[0] == one[1] and one[2] == 0):
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
