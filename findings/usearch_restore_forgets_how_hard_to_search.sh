#!/usr/bin/env bash
# USearch: `Index.restore(path)` makes an index from what a file says of it: dimensions, metric, type of numbers and
# connectivity are right, without a word from the caller. `expansion_search`, on which it hangs how many of the nearest
# are found, is not in the file: a restored index searches with the default of 64, whatever the one that was saved had
# (the same for `view=True` and for bytes, and for `expansion_add`, which is 128 again for what is added later). No
# error and no warning: a program that needs more than the default to find what it has to find, finds less from its next
# start on. `load()` into an index that was made with the number keeps it, and so does `copy()`.
# What helps: set `index.expansion_search` after each restore, or make the index oneself and `load()`.
#
# Seen with usearch 2.26.6, CPython 3.11, 20000 vectors of 64, share of the true ten nearest:
#   made with 512  0.99      load, copy  0.99      restore, view, bytes  64, 0.84      set again  0.99
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check usearch==2.26.6 numpy==2.4.6
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from usearch.index import Index

numbers = np.random.default_rng(0)
vectors = numbers.standard_normal((20000, 64)).astype(np.float32)
questions = numbers.standard_normal((200, 64)).astype(np.float32)
squares = (questions**2).sum(1)[:, None] - 2 * questions @ vectors.T + (vectors**2).sum(1)
nearest = [set(row.tolist()) for row in np.argsort(squares, axis=1)[:, :10]]
file = sys.argv[1]


def seen(index):
    found = index.search(questions, 10).keys
    share = np.mean([len(set(row.tolist()) & right) / 10 for row, right in zip(found, nearest)])
    return index.expansion_search, index.connectivity, round(float(share), 2)


made = Index(ndim=64, metric="l2sq", connectivity=20, expansion_search=512)
made.add(np.arange(len(vectors)), vectors)
made.save(file)
loaded = Index(ndim=64, metric="l2sq", expansion_search=512)
loaded.load(file)
again = Index.restore(file)
again.expansion_search = 512
kept = {"made": made, "copied": made.copy(), "loaded": loaded, "restored and set": again}
lost = {"restored": Index.restore(file), "viewed": Index.restore(file, view=True)}
lost["of bytes"] = Index.restore(made.save())
print("usearch", version("usearch"), "(expansion_search, connectivity, share found)")
same = True
for name, index in {**kept, **lost}.items():
    effort, degree, share = seen(index)
    print(f"{name}: {effort}, {degree}, {share}")
    right = effort == 512 and share > 0.95 if name in kept else effort == 64 and share < 0.9
    same = same and degree == 20 and right
if not same:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py" "$folder/index"
