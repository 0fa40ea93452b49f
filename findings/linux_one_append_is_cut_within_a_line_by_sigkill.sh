#!/usr/bin/env bash
# Linux: one write() to a file that was opened with O_APPEND is not all or nothing when its process gets SIGKILL. Writers
# do not mix, so logs of lines are made in this way; but the kernel copies page by page, looks for fatal signals in
# between, and leaves what it has copied. The next process adds its line behind half of another, which no reader of lines
# of JSON can take apart. What helps: a lock, and a look at the last byte before each write.
#
# Seen with Linux 6.18 and ext4, kills within 4 ms of the call: of 100 writes of 8,000,000 bytes 72 were cut (at 2097152,
# 4194304 or 6291456 bytes), of 1,000,000 bytes 7 (at 524288, 786432 or 917504), of 100,000 bytes 1 (at 98304).
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/seen.py" <<'PYTHON'
import os
import random
import signal
import sys
import time

path = sys.argv[1]
LINE = b"x" * 199 + b"\n"
TRIES = 100


def size_after_a_kill(content):
    """Return how much of one write is in the file after its process was killed."""
    open(path, "wb").close()
    ready, word = os.pipe()
    child = os.fork()
    if child == 0:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.write(word, b".")
        os.write(descriptor, content)
        os._exit(0)
    os.read(ready, 1)
    os.close(ready)
    os.close(word)
    time.sleep(random.uniform(0, 0.004))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return os.path.getsize(path)


torn = {}
for size in (100_000, 1_000_000, 8_000_000):
    content = LINE * (size // len(LINE))
    sizes = [size_after_a_kill(content) for _ in range(TRIES)]
    torn[size] = sum(found % len(LINE) > 0 for found in sizes)
print(f"Linux {os.uname().release}: of {TRIES} writes each, cut within a line by their size in bytes: {torn}")
if not torn[8_000_000]:
    sys.exit("Not as described any more.")
PYTHON
python3 "$folder/seen.py" "$folder/seen.bin"
