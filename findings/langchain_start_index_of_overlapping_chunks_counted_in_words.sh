#!/usr/bin/env bash
# langchain-text-splitters: with `add_start_index`, a splitter looks for each chunk from where the one before it ended
# less `chunk_overlap`. The end is counted in characters, the overlap in what `length_function` counts. Where that is
# words or tokens (as `from_huggingface_tokenizer` and `from_tiktoken_encoder` have it), the search begins behind the
# true beginning of each chunk that overlaps: `start_index` is -1, or, where the same words come again later, the place of
# the later ones. No warning. A citation that is cut out of the source by it shows the source's last character, or
# another passage. With the same splitter counting characters all are right.
# What helps: look for the chunk in the source oneself, from the start of the chunk before it plus one; or no overlap.
#
# Seen with langchain-text-splitters 1.1.3, CPython 3.11: a text of 30 paragraphs of 60 words, chunks of 40 words:
#   overlap of 0 words: 60 chunks, 60 right
#   overlap of 10 words: 60 chunks, 30 right, 30 times -1
#   the same text twice: 120 chunks, 45 right, 45 at a later place, 30 times -1
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check langchain-text-splitters==1.1.3
cat >"$folder/seen.py" <<'PYTHON'
import random
import sys
from importlib.metadata import version

from langchain_text_splitters import RecursiveCharacterTextSplitter

numbers = random.Random(1)
WORDS = "the lamp keeper lights rope harbour tide at dusk and dawn in every season of year".split()
TEXT = "\n\n".join(" ".join(numbers.choice(WORDS) for _ in range(60)) + "." for _ in range(30))


def count_words(text):
    return len(text.split())


def places(text, size, overlap, length):
    """Return how many chunks there are, are where they say, say another's place, and say -1."""
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=overlap, length_function=length, add_start_index=True
    )
    chunks = splitter.create_documents([text])
    true, last = [], -1
    for chunk in chunks:
        last = text.index(chunk.page_content, last + 1)
        true.append(last)
    told = [chunk.metadata["start_index"] for chunk in chunks]
    right = sum(a == b for a, b in zip(told, true))
    return len(chunks), right, len(chunks) - right - told.count(-1), told.count(-1)


print("langchain-text-splitters", version("langchain-text-splitters"))
seen = {
    "characters, overlap": places(TEXT, 240, 60, len),
    "words, no overlap": places(TEXT, 40, 0, count_words),
    "words, overlap": places(TEXT, 40, 10, count_words),
    "words, overlap, text twice": places(f"{TEXT}\n\n{TEXT}", 40, 10, count_words),
}
for name, row in seen.items():
    print(f"{name}: %d chunks, %d right, %d elsewhere, %d times -1" % row)
good = all(seen[name][0] == seen[name][1] for name in ("characters, overlap", "words, no overlap"))
bad = seen["words, overlap"][3] > 20 and seen["words, overlap, text twice"][2] > 20
if not (good and bad):
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
