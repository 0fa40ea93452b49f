#!/usr/bin/env bash
# Runs the tests; installs what they need first. With --fast it leaves out what needs a server of
# others, and whole processes of ours. Further arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

# Where the environment forbids to keep bytecode, each program that a test starts compiles all it
# imports anew, and pytest rewrites all assertions anew in each run.
unset PYTHONDONTWRITEBYTECODE

if [[ " $* " == *" --fast "* ]]; then
    ./entrypoint.sh --install dev
    # One process more than there are cores: tests of parsers and of time limits wait.
    exec .venv/bin/python -m pytest -n $(($(nproc) + 1)) --dist loadgroup --durations=10 "$@"
fi

# The last one is for `make check`.
packages=(redis-server redis-sentinel postgresql mariadb-server wrk
    prometheus prometheus-alertmanager systemd chromium
    rabbitmq-server tesseract-ocr slapd nginx-light shellcheck)
programs=(redis-server redis-sentinel /usr/lib/postgresql/*/bin/postgres mariadbd wrk
    prometheus prometheus-alertmanager systemd-analyze chromium
    /usr/lib/rabbitmq/bin/rabbitmq-server tesseract slapd nginx shellcheck)

missing=()
for index in "${!packages[@]}"; do
    command -v "${programs[index]}" >/dev/null || missing+=("${packages[index]}")
done
if ((${#missing[@]})); then
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        echo "Installing ${missing[*]} ..."
        # The tests start servers of their own: the packages must not start theirs.
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.raglan
        chmod +x /usr/sbin/policy-rc.d.raglan
        [[ -e /usr/sbin/policy-rc.d ]] || ln -s policy-rc.d.raglan /usr/sbin/policy-rc.d
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
            >/dev/null || echo "Some packages could not be installed; their tests will be skipped."
        [[ $(readlink /usr/sbin/policy-rc.d) == policy-rc.d.raglan ]] && rm /usr/sbin/policy-rc.d
        rm /usr/sbin/policy-rc.d.raglan
    else
        echo "Not installed, so their tests are skipped: ${missing[*]}"
        echo "To run them too: sudo apt-get install ${missing[*]}"
    fi
fi

# OpenSearch is made of jars from Maven Central.
jars=${TEST_PROGRAMS:-$HOME/.cache/raglan-tests}/opensearch
starter=tests/java/opensearch
if [[ ! -f $jars/OpenSearch.class ]] && command -v mvn >/dev/null && command -v javac >/dev/null; then
    echo "Fetching OpenSearch ..."
    { mvn -q -B -f "$starter" generate-sources -Dfolder="$jars" &&
        javac -proc:none -cp "$jars/lib/*:$jars/knn/*" -d "$jars" "$starter/OpenSearch.java"; } >/dev/null ||
        echo "OpenSearch could not be fetched; its tests will be skipped."
fi

./entrypoint.sh --install dev
# Four at a time on two cores: tests of whole processes wait as much as they work.
exec .venv/bin/python -m pytest -n 4 --dist loadgroup --durations=10 "$@"
