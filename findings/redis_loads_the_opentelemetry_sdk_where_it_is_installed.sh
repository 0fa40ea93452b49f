#!/usr/bin/env bash
# redis-py: `import redis` loads the OpenTelemetry SDK wherever it is installed, though observability is off by default
# and nothing configures it: a module that comes with every client imports `opentelemetry.sdk.metrics` at its top. An
# application that keeps OTLP as an option, loaded only where it is configured, has 35 modules of the SDK and some 2 MB
# more in each process as soon as it talks to Redis, by what else is installed.
#
# Seen with redis 8.1.0, opentelemetry-sdk 1.45.2, CPython 3.11.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/seen.py" <<'PYTHON'
import resource
import sys
import time
from importlib.metadata import version

begun, held = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
import redis

redis.Redis(port=1)  # a client; nothing is sent
took = (time.process_time() - begun) * 1000
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024
found = [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
print(version("redis"), len(found), f"{took:.0f}", f"{grown:.1f}")
PYTHON
seen() {
    local environment=$folder/$1
    shift
    python3 -m venv "$environment"
    "$environment/bin/pip" install -q --disable-pip-version-check "$@"
    "$environment/bin/python" "$folder/seen.py" >/dev/null # compiles
    "$environment/bin/python" "$folder/seen.py"
}
alone=$(seen alone redis==8.1.0)
beside=$(seen beside redis==8.1.0 opentelemetry-sdk==1.45.2)
echo "redis, modules of opentelemetry.sdk, ms of CPU, MB that import redis adds"
echo "alone:                    $alone"
echo "opentelemetry-sdk beside: $beside"
read -r _ without _ <<<"$alone"
read -r _ with _ <<<"$beside"
if ((without != 0 || with < 10)); then
    echo "Not as described any more."
    exit 1
fi
