#!/usr/bin/env bash
# Looks after the processes of a server; see docs/decisions/0061.
#
# entrypoint.sh and `raglan serve` run it as: supervise.sh PYTHON CONFIG COMMAND, where CONFIG is
# gunicorn's, and COMMAND is shown to people. gunicorn makes ready what a server needs, then writes
# the plan: host, port, ingest workers, seconds that a stop may take, registrars.
set -euo pipefail

declare -A role=()    # process id -> web, worker, registrar, announce or restart:ROLE
declare -A delay=()   # role -> seconds to wait before the next restart
declare -A begun=()   # process id -> when it was started, in seconds of this shell's life
declare -A leaving=() # process id -> 1 for a worker that was asked to make place for a new one
later=()              # what signals asked for before the server served
ready=0
stopping=0
stop_limit=30 # seconds, unless the plan says otherwise
rest=0.2  # seconds between two looks at the children, and a quarter of that until the plan is there
idle=0    # a pipe through which nothing comes
plan=0    # a pipe through which the plan comes, and nothing after it
planned=0
longest_delay=30
healthy_after=60
plan_workers=0
plan_registrars=0

launch() {
    local command=("$python" -m "api.$1")
    if [[ $1 == web ]]; then
        command=("$python" -m gunicorn -k gevent -c "$config" api.apps:app)
    fi
    # Nothing outlives this script, whatever ends it, and be it at this very moment.
    if command -v setpriv >/dev/null; then
        # shellcheck disable=SC2016 # for the shell that this starts
        command=(setpriv --pdeathsig TERM bash -c '[[ $PPID == "$0" ]] && exec "$@"' "$$" "${command[@]}")
    fi
    if ((planned)); then
        "${command[@]}" {plan}>&- {idle}>&- &
    else # web, the first time
        RAGLAN_PLAN_TO=$plan "${command[@]}" {idle}>&- &
    fi
    role[$!]=$1
    begun[$!]=$SECONDS
}

# Waits until the server answers, then says where it is.
announce() {
    local host=$1 port=$2 answer
    [[ $host == 0.0.0.0 || $host == :: ]] && host=127.0.0.1
    until { exec 3<>"/dev/tcp/$host/$port"; } 2>/dev/null; do sleep 0.05; done
    printf 'GET /health HTTP/1.0\r\n\r\n' >&3
    read -r answer <&3
    [[ $answer == *" 200 "* ]] || return 1
    cat <<TEXT
Raglan is ready at http://$host:$port
In another terminal:
    $raglan ingest FOLDER --dataset handbook
    $raglan ask "..."
TEXT
}

signal_all() {
    local pid
    for pid in "${!role[@]}"; do kill -s "$1" -- "${2:-}$pid" 2>/dev/null || true; done
}

stop() {
    # Counted before anything else: the second signal may come while the first is being served.
    if ((stopping++)); then
        echo "raglan: asked once more: everything is ended at once" >&2
        signal_all KILL -
    else
        rest=0.05
        signal_all TERM
        (sleep "$stop_limit") &
        role[$!]=limit
    fi
}

# gunicorn and the workers take signals once they serve.
once_ready() {
    if ((ready)); then "$@"; else later+=("$*"); fi
}

serves() {
    local asked
    ready=1
    # shellcheck disable=SC2086 # a function and its words
    for asked in "${later[@]}"; do $asked; done
    later=()
    # Not before: a server that is refused, as another one has the folder, must do nothing on it.
    for ((; plan_workers > 0; plan_workers--)); do launch worker; done
    for ((; plan_registrars > 0; plan_registrars--)); do launch registrar; done
}

# Passes a signal on to gunicorn.
forward() {
    local pid
    for pid in "${!role[@]}"; do
        if [[ ${role[$pid]} == web ]]; then kill -s "$1" "$pid" 2>/dev/null || true; fi
    done
}

# A hang-up asks for a reload, or says that the terminal that this was started in is gone.
hang_up() {
    if ((terminal)) && [[ ! -t 0 ]]; then stop; else once_ready reload; fi
}

# Has gunicorn replace its workers, and the ingest workers leave after the task under way.
reload() {
    local pid
    forward HUP
    for pid in "${!role[@]}"; do
        if [[ ${role[$pid]} == worker ]]; then
            leaving[$pid]=1
            kill -s HUP "$pid" 2>/dev/null || true
        fi
    done
}

# At once the first time, then after 1, 2, 3, 4, 8, 16 and 30 seconds.
restart_later() {
    local wait=${delay[$1]:-0}
    echo "raglan: $1 $2; it is started again in $wait s" >&2
    if ((wait)); then
        sleep "$wait" &
        role[$!]=restart:$1
    else
        launch "$1"
    fi
    delay[$1]=$((wait < 4 ? wait + 1 : wait * 2 < longest_delay ? wait * 2 : longest_delay))
}

how_it_ended() {
    if (($1 > 128)); then echo "was ended by signal $(kill -l $(($1 - 128)))"; else echo "ended with status $1"; fi
}

# Says what is to be done about a child that ended.
ended() {
    local pid=$1 status=$2 kind=${role[$1]} asked=${leaving[$1]:-}
    unset "role[$pid]" "leaving[$pid]"
    case $kind in
    announce) serves ;;
    limit)
        echo "raglan: not everything has stopped within $stop_limit s; what is left is ended" >&2
        signal_all KILL -
        ;;
    restart:*) launch "${kind#restart:}" ;;
    *)
        # What a dead master leaves, its workers, has the port and the folder.
        if [[ $kind == web ]]; then kill -s KILL -- "-$pid" 2>/dev/null || true; fi
        if ! ((ready)) && [[ $kind == web ]]; then
            # Why the preparations failed, they have said themselves.
            if ((planned || status > 128)); then
                echo "raglan: web $(how_it_ended "$status") before it served, so that nothing runs" >&2
            fi
            exit_status=$((status ? status : 1))
            stop
            return
        fi
        if [[ $asked && $status == 0 ]]; then
            launch "$kind"
            return
        fi
        ((SECONDS - begun[$pid] > healthy_after)) && delay[$kind]=0
        restart_later "$kind" "$(how_it_ended "$status")"
        ;;
    esac
}

# Looks after every child that has ended.
reap() {
    local pid status
    for pid in "${!role[@]}"; do
        if kill -0 "$pid" 2>/dev/null; then continue; fi
        status=0
        wait "$pid" 2>/dev/null || status=$?
        if ((stopping)) && [[ ${role[$pid]} != limit ]]; then unset "role[$pid]"; else ended "$pid" "$status"; fi
    done
}

only_timers_left() {
    local pid
    for pid in "${!role[@]}"; do
        [[ ${role[$pid]} == web || ${role[$pid]} == worker || ${role[$pid]} == registrar ]] && return 1
    done
    return 0
}

# Goes by the plan: HOST PORT WORKERS STOP_SECONDS REGISTRARS.
go_by() {
    planned=1
    rest=0.2
    plan_workers=$3
    stop_limit=$4
    plan_registrars=$5
    announce "$1" "$2" &
    role[$!]=announce
}

supervise() {
    local name line
    python=$1
    config=$2
    raglan=$3
    exit_status=0
    terminal=0
    if [[ -t 0 ]]; then terminal=1; fi
    set -m # each child gets a process group of its own: Ctrl-C reaches this script alone
    trap stop INT TERM
    trap hang_up HUP
    trap 'once_ready reload' USR2
    if [[ $(trap -p HUP) == "trap -- '' "* ]]; then
        echo "raglan: started so that HUP is ignored, as by nohup: kill -USR2 $$ reloads" >&2
    fi
    for name in USR1 TTIN TTOU; do
        # shellcheck disable=SC2064 # the name of now
        trap "once_ready forward $name" "$name"
    done
    exec {plan}<> <(:) {idle}<> <(:)
    launch web
    rest=0.05
    while ! { ((stopping)) && only_timers_left; }; do
        # A rest that signals break off. The shell's `wait -n` would not do: every now and then
        # it misses that a child ends just as it begins to wait, and waits for the next one.
        read -rt "$rest" -u "$idle" || true
        # Whether the plan has begun to come is asked, and then all of it waited for: a read with
        # a limit of time gives up in the middle of a line when the time is up just then.
        if ! ((planned)) && read -rt 0 -u "$plan"; then
            read -ru "$plan" line
            # shellcheck disable=SC2086 # five words
            go_by $line
        fi
        reap
    done
    signal_all KILL
    exit "$exit_status"
}

# entrypoint.sh reads this file and calls the function, so that no signal meets a shell without traps.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then supervise "$@"; fi
