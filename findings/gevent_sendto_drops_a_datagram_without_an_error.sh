#!/usr/bin/env bash
# gevent: `sendto` of a datagram socket waits where the other side takes no more, tries once again, and where that is
# refused, too, returns 0 as if all were well: the datagram is lost without an error. On Unix sockets this is the rule and
# no exception: a socket that is not connected counts as writable whatever waits at the other side, which takes ten
# datagrams (net.unix.max_dgram_qlen), so that the second try follows at once. A socket of the standard library waits
# there until its time limit, and raises TimeoutError.
# Look at what `sendto` returns, connect the socket and `send`, or use a stream.
#
# Seen with gevent 26.9.0 on CPython 3.11, Linux: of 15 datagrams 11 are kept, four calls return 0; without gevent the
# twelfth raises TimeoutError.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check gevent==26.9.0
cat >"$folder/seen.py" <<'PYTHON'
import os
import socket
import sys
import tempfile

place = os.path.join(tempfile.mkdtemp(), "s")
there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
there.bind(place)
out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
out.settimeout(0.5)
sent = []
try:
    for _ in range(15):
        sent.append(out.sendto(b"x", place))
except TimeoutError:
    sent.append("timeout")
print(*sent)
PYTHON
plain=$("$folder/venv/bin/python" "$folder/seen.py")
patched=$("$folder/venv/bin/python" -c "
from gevent import monkey; monkey.patch_all()
exec(open('$folder/seen.py').read())")
echo "standard library: $plain"
echo "gevent:           $patched"
case "$plain" in *timeout) ;; *) echo "Not as described any more." && exit 1 ;; esac
case "$patched" in *timeout*) echo "Not as described any more." && exit 1 ;; *" 0") ;; *) exit 1 ;; esac
