#!/usr/bin/env bash
# ir_measures: RR and RR@10 of one and the same run are two different figures although each first right answer stands
# far above place 10, and P@1 may be 0 where RR@10 is 1. RR, P, AP, R, nDCG go to pytrec_eval, which keeps scores in
# float32 (as trec_eval does) and puts what is equal there by name, last name first; RR@10 goes to a reader of its own,
# which compares the doubles that were given. So it is not only ties that differ (ir_measures' issue 18 is about those):
# scores that are plainly apart are equal in float32 when they are large. A run by date, whose score is the time in
# seconds, is ranked by name within two minutes; and a weighted sum such as 100 000 000 for a hit in the title plus a
# similarity loses the similarity. No error and no warning.
# What helps: give places as scores (number of hits less the place) before anything is measured, by whatever package.
#
# Seen with ir_measures 0.4.3 and pytrec_eval-terrier 0.5.11, CPython 3.11, the right one of two a minute newer:
#   RR 0.5, RR@10 1.0, P@1 0.0, nDCG@10 0.63; with places as scores 1.0 for all four
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ir_measures==0.4.3 pytrec_eval-terrier==0.5.11
cat >"$folder/seen.py" <<'PYTHON'
import sys
from importlib.metadata import version

import ir_measures
from ir_measures import RR, P, nDCG

MEASURES = [RR, RR @ 10, P @ 1, nDCG @ 10]
RUNS = {
    "seconds, a minute apart": {"new": 1796083260.0, "old": 1796083200.0},
    "a title's weight and a similarity": {"new": 100_000_000 + 0.9, "old": 100_000_000 + 0.1},
    "places": {"new": 2.0, "old": 1.0},
}
judged = {"question": {"new": 1}}
same = True
print("ir_measures", version("ir_measures"), "pytrec_eval-terrier", version("pytrec_eval-terrier"))
for name, scores in RUNS.items():
    # The order in which a run is written down changes nothing.
    for given in (scores, dict(reversed(scores.items()))):
        figures = ir_measures.calc_aggregate(MEASURES, judged, {"question": given})
        seen = [round(figures[measure], 2) for measure in MEASURES]
        same = same and seen == ([1, 1, 1, 1] if name == "places" else [0.5, 1, 0, 0.63])
    print(f"{name}:", ", ".join(f"{measure} {figure}" for measure, figure in zip(MEASURES, seen)))
if not same:
    sys.exit("Not as described any more.")
PYTHON
"$folder/venv/bin/python" "$folder/seen.py"
