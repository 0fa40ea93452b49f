#!/usr/bin/env bash
# gevent: `monkey.patch_all()` publishes an event before and after each step of patching, and looks for plugins of that
# event by `importlib.metadata.entry_points(group=...)`. Nothing keeps what one look has found: each call reads the
# metadata of every distribution on sys.path again, 25 times in all. What patching costs is so told by how much else is
# installed, and not by what is patched: the same call takes several times the CPU in an environment of 200 packages.
# An application that starts many processes (or is started for each command) pays it in each.
# Where no plugin is used, `gevent.events.notify_and_call_entry_points = gevent.events.notify` before patching leaves
# the looks out; what is subscribed in the process is told as before.
#
# Seen with gevent 26.9.0 on CPython 3.11: 25 looks; 200 empty packages beside it made patching 4 times as dear.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check gevent==26.9.0
cat >"$folder/seen.py" <<'PYTHON'
import sys
import time
from importlib import metadata
from importlib.metadata import version

from gevent import events, monkey

looks = []
look = metadata.entry_points


def counted(**named):
    """Count a look for plugins, and look."""
    looks.append(named)
    return look(**named)


metadata.entry_points = counted
told = []
events.subscribers.append(told.append)
if sys.argv[1:] == ["without"]:
    events.notify_and_call_entry_points = events.notify
begun = time.process_time()
monkey.patch_all()
print(version("gevent"), len(looks), len(told), time.process_time() - begun)
PYTHON
# Packages that have nothing but a name, as most have no plugins of anything.
site=$("$folder/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
run() { "$folder/venv/bin/python" "$folder/seen.py" "$@"; }
run >/dev/null # compiles
alone=$(run)
for number in $(seq 200); do
    mkdir "$site/padding_$number-1.0.dist-info"
    printf 'Metadata-Version: 2.1\nName: padding-%s\nVersion: 1.0\n' "$number" >"$site/padding_$number-1.0.dist-info/METADATA"
    printf '[padding]\nname = padding\n' >"$site/padding_$number-1.0.dist-info/entry_points.txt"
done
among=$(run)
without=$(run without)
echo "alone (version, looks, events told, seconds of CPU): $alone"
echo "among 200 packages:                                  $among"
echo "the same, told to subscribers alone:                 $without"
python3 - "$alone" "$among" "$without" <<'PYTHON'
import sys

alone, among, without = (line.split()[1:] for line in sys.argv[1:])
print(f"among 200 packages patching takes {float(among[2]) / float(alone[2]):.1f} x the CPU, "
      f"without the looks {float(without[2]) / float(alone[2]):.1f} x")
if (alone[0], among[0], without[0]) != ("25", "25", "0") or len({alone[1], among[1], without[1]}) != 1:
    sys.exit("Not as described any more.")
if float(among[2]) < 2 * float(alone[2]):
    sys.exit("What is installed beside makes no difference any more.")
PYTHON
