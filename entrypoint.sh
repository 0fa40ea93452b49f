#!/usr/bin/env bash
# Installs what is missing into the project's folder, then runs the server and its workers.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

usage() {
    cat <<'TEXT'
Usage: ./entrypoint.sh            install what is missing, then serve until Ctrl-C
       ./entrypoint.sh --install [dev]   only install (with what development needs, or with one of the
                                         extras celery, compression, models, openwebui, otlp and sentry)
       ./entrypoint.sh --help

Settings: conf/service_conf.yaml, conf/local.service_conf.yaml and RAGLAN_SECTION__KEY in the
environment; docs/settings.md explains them.
TEXT
}

fail() {
    echo "raglan: $*" >&2
    exit 1
}

# shellcheck source=api/processes/supervise.sh
. api/processes/supervise.sh

# --- installing ------------------------------------------------------------------------------

find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 or later is needed; on Debian or Ubuntu: apt-get install python3"
}

# Prints the path of uv, which is fetched into .uv/ by whichever pip can be had.
find_uv() {
    local python=$1
    if command -v uv; then return; fi
    if [[ ! -x .uv/bin/uv ]]; then
        echo "Installing uv ..." >&2
        install_uv "$python" >&2 || fail "uv could not be installed. Install pip (apt-get install python3-pip) or uv, and start again."
    fi
    echo "$PWD/.uv/bin/uv"
}

install_uv() {
    local python=$1 pip=(-m pip install -q --disable-pip-version-check --no-warn-script-location
        --root-user-action ignore --require-hashes -r requirements-uv.lock --target .uv)
    # --target leaves an externally managed Python alone.
    if "$python" -m pip --version >/dev/null 2>&1; then
        "$python" "${pip[@]}"
    elif "$python" -m venv .uv/venv >/dev/null 2>&1; then
        .uv/venv/bin/python "${pip[@]}"
    elif [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        echo "Installing python3-pip ..."
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-pip; } >/dev/null
        "$python" "${pip[@]}"
    else
        return 1
    fi
}

# What `api.config` imports.
settings_need="annotated-types pydantic pydantic-core pyyaml typing-extensions typing-inspection"

# Prints what an environment that was installed from the lock of this name carries as its mark.
stamp() {
    cat "$(lock "$1")" pyproject.toml | sha256sum
}

lock() {
    if [[ $1 == base ]]; then echo requirements.lock; else echo "requirements-$1.lock"; fi
}

installed() {
    [[ -f .venv/.installed-$1 && $(<".venv/.installed-$1") == "$(stamp "$1")" ]]
}

install() {
    local python uv quiet=() since=$SECONDS
    # A development environment holds all that serving needs.
    if installed dev || installed "$1"; then return; fi
    python=$(find_python)
    uv=$(find_uv "$python")
    rm -f .venv/.installed-*
    [[ -x .venv/bin/python ]] || "$uv" venv -q --python "$python" .venv
    # Where somebody looks on, uv shows how far it is.
    [[ -t 2 ]] || quiet=(-q)
    # A lock names all that is needed, without what packages ask for and nothing here uses.
    echo "Installing $(grep -c '^[a-z]' "$(lock "$1")") packages into $PWD/.venv; this takes about half a minute ..."
    "$uv" pip install "${quiet[@]}" --compile-bytecode --python .venv/bin/python --no-deps --require-hashes -r "$(lock "$1")"
    echo "Installing Raglan ..."
    "$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
    .venv/bin/python -m compileall -q api rag
    stamp "$1" >".venv/.installed-$1"
    echo "Installed in $((SECONDS - since)) s."
}

# Installs the few packages that reading the settings takes, and checks these and the port.
check_first() {
    local python uv
    if installed dev || installed base; then return; fi
    python=$(find_python)
    uv=$(find_uv "$python")
    [[ -x .venv/bin/python ]] || "$uv" venv -q --python "$python" .venv
    awk -v wanted="$settings_need" 'BEGIN { split(wanted, list); for (i in list) names[list[i]] }
        /^[a-z]/ { split($0, name, "=="); kept = name[1] in names } kept' \
        requirements.lock >.venv/first.lock
    "$uv" pip install -q --python .venv/bin/python --require-hashes -r .venv/first.lock
    .venv/bin/python -m api.cli.starting
}

# --- the command -----------------------------------------------------------------------------

case ${1:-} in
--help | -h) usage ;;
--install) install "${2:-base}" ;;
"")
    # There is nothing to reload yet; but the terminal that this was started in may go away.
    [[ -t 0 ]] || trap : HUP
    check_first
    install base
    supervise "$PWD/.venv/bin/python" gunicorn_config.py "$PWD/.venv/bin/raglan"
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
