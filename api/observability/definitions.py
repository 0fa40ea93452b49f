"""Every metric: its name, type, labels and meaning. Pure data; docs/metrics.md explains each.

Labels take few values: routes are templates, and nothing names a tenant, a dataset or a model.
A name never changes its type: counters outlive the processes, and versions, that count.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds of what runs inside the server."""

WAITED_FOR = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds of what somebody waits for."""

LONG = (0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0)
"""Seconds of what is done in the background."""

NUMBERS = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10000.0)


@dataclass(frozen=True, eq=False, slots=True)
class Definition:
    """A metric; `mode` says how the values of a gauge of several processes become one."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    mode: Literal["livesum", "livemax"] = "livesum"


def counter(name: str, meaning: str, *labels: str) -> Definition:
    """Define what only grows."""
    return Definition(name, "counter", meaning, labels)


def gauge(name: str, meaning: str, *labels: str) -> Definition:
    """Define a state that is added up over the processes that live."""
    return Definition(name, "gauge", meaning, labels)


def largest(name: str, meaning: str, *labels: str) -> Definition:
    """Define a state of which the largest value of the processes that live is told."""
    return Definition(name, "gauge", meaning, labels, mode="livemax")


def histogram(name: str, meaning: str, buckets: tuple[float, ...], *labels: str) -> Definition:
    """Define a distribution."""
    return Definition(name, "histogram", meaning, labels, buckets)


# --- requests --------------------------------------------------------------------------------

REQUESTS = counter(
    "raglan_http_requests_total",
    "Requests that were answered.",
    "route",
    "method",
    "status",
    "code",
)
REQUEST_SECONDS = histogram(
    "raglan_http_request_duration_seconds",
    "Time from a request to the end of its answer.",
    WAITED_FOR,
    "route",
    "method",
)
IN_FLIGHT = gauge("raglan_http_requests_in_flight", "Requests that are being answered.")
OPEN_STREAMS = gauge("raglan_http_streams_open", "Streamed answers that are being sent.")
REFUSED_STREAMS = counter(
    "raglan_http_streams_refused_total", "Streams that were refused.", "reason"
)
AUTHENTICATION_FAILURES = counter(
    "raglan_http_authentication_failures_total",
    "Requests refused for their key, session or password.",
    "reason",
)

AUDIT_LOST = counter(
    "raglan_audit_entries_lost_total", "Entries of the audit log that found no place."
)

# --- tasks; the first ones are read from the database -------------------------------------------

TASKS = gauge("raglan_tasks", "Tasks in the database.", "state")
OLDEST_PENDING = gauge(
    "raglan_tasks_oldest_pending_age_seconds", "For how long the longest waiting task was due."
)
REPEATED = gauge("raglan_tasks_repeated", "Tasks that wait for a second or later attempt.")
DATABASE_UP = gauge("raglan_database_up", "Whether the database answered this scrape.")
ATTEMPTS = counter("raglan_task_attempts_total", "Attempts at tasks that have ended.", "outcome")
RECOVERIES = counter(
    "raglan_task_recoveries_total", "Tasks taken from workers that were lost.", "outcome"
)
ANNOUNCED = counter("raglan_broker_announcements_total", "Messages sent to the broker.", "kind")
LOOKS = counter(
    "raglan_broker_looks_total", "Messages of the broker that a worker has followed.", "outcome"
)

# --- ingestion -------------------------------------------------------------------------------

PAGES = counter("raglan_ingest_pages_total", "Pages that were read.")
CHUNKS = counter("raglan_ingest_chunks_total", "Chunks that were indexed.")
TOKENS = counter("raglan_ingest_tokens_total", "Tokens of the chunks that were indexed.")
BYTES = counter("raglan_ingest_bytes_total", "Bytes of the files that were read.")
REUSED = counter(
    "raglan_ingest_reused_documents_total",
    "Documents that took over the chunks of one with the same content.",
)
INGEST_SECONDS = histogram(
    "raglan_ingest_stage_duration_seconds", "Time that a task took, by stage.", LONG, "stage"
)

# --- retrieval and models ----------------------------------------------------------------------

RETRIEVAL_SECONDS = histogram(
    "raglan_retrieval_stage_duration_seconds", "Time of a search, by stage.", QUICK, "stage"
)
CANDIDATES = histogram(
    "raglan_retrieval_candidates", "Passages that reached the threshold of a search.", NUMBERS
)
MODEL_CALLS = counter(
    "raglan_model_calls_total", "Calls of models that have ended.", "kind", "provider", "outcome"
)
MODEL_SECONDS = histogram(
    "raglan_model_call_duration_seconds", "Time of a model call.", WAITED_FOR, "kind", "provider"
)
FIRST_TOKEN = histogram(
    "raglan_model_first_token_seconds",
    "Time until a chat model said something.",
    WAITED_FOR,
    "provider",
)
MODEL_TOKENS = counter(
    "raglan_model_tokens_total", "Tokens as chat models count them.", "provider", "direction"
)

# --- search on the web -------------------------------------------------------------------------

WEB_SEARCHES = counter(
    "raglan_web_searches_total", "Questions to search engines that have ended.", "engine", "outcome"
)
WEB_SEARCH_SECONDS = histogram(
    "raglan_web_search_duration_seconds", "Time of a question to an engine.", WAITED_FOR, "engine"
)
WEB_PAGES = counter("raglan_web_search_pages_total", "Pages that engines have found.", "outcome")

# --- processes -------------------------------------------------------------------------------

DATABASE_POOL = gauge(
    "raglan_database_pool_connections", "Connections to the database.", "role", "state"
)
DATABASE_POOL_LIMIT = gauge(
    "raglan_database_pool_limit_connections", "Connections that the pools may hold.", "role"
)
REDIS_POOL = gauge("raglan_redis_pool_connections", "Connections to Redis.", "state")
HUB_DELAY = histogram(
    "raglan_hub_delay_seconds", "How late a web worker's event loop wakes a sleeper.", QUICK
)
LEASE_HELD = gauge("raglan_lease_held", "Whether a worker of this host runs the background jobs.")
TAKEOVERS = counter(
    "raglan_lease_takeovers_total", "How often a worker of this host took the lease."
)
JOB_RUNS = counter("raglan_job_runs_total", "Runs of background jobs.", "name", "outcome")
JOB_SECONDS = histogram("raglan_job_duration_seconds", "Time of a background job.", LONG, "name")
JOB_LAST_RUN = largest(
    "raglan_job_last_run_timestamp_seconds", "When a background job last ran.", "name"
)
BUILD = largest("raglan_build_info", "The version that runs; always 1.", "version", "python")
PROCESSES = gauge("raglan_processes", "Processes that run.", "role")
STARTS = counter("raglan_process_starts_total", "Processes that were started.", "role")
STARTED = largest(
    "raglan_process_start_time_seconds", "When the youngest process was started.", "role"
)
CPU_SECONDS = counter("raglan_process_cpu_seconds_total", "Processor time.", "role")
MEMORY = gauge("raglan_process_resident_memory_bytes", "Resident memory.", "role")
OPEN_FILES = gauge("raglan_process_open_fds", "Open file descriptors.", "role")

DISK_FREE = gauge(
    "raglan_disk_free_bytes", "Room on the disk of this host that has the least above its reserve."
)
DISK_RESERVE = gauge(
    "raglan_disk_reserve_bytes", "What uploads and parsing leave free on that disk."
)
DISK_LOW = gauge("raglan_disk_low", "Whether uploads and parsing wait for room on a disk.")

WEBHOOK_DELIVERIES = counter(
    "raglan_webhook_deliveries_total",
    "What addresses were told, or not, of what happens.",
    "outcome",
)

REGISTERED = gauge("raglan_nacos_registered", "Whether Nacos lists the server of this host.")

DEFINITIONS = tuple(value for value in list(globals().values()) if isinstance(value, Definition))

READ_AT_ONCE = (
    *(TASKS, OLDEST_PENDING, REPEATED, DATABASE_UP, REGISTERED),
    *(DISK_FREE, DISK_RESERVE, DISK_LOW),
)
"""What is read when metrics are asked for, and no process counts."""

KNOWN: tuple[tuple[Definition, tuple[str, ...]], ...] = (
    *((definition, ()) for definition in DEFINITIONS if not definition.labels),
    *((REFUSED_STREAMS, (reason,)) for reason in ("full", "stopping")),
    *((AUTHENTICATION_FAILURES, (reason,)) for reason in ("missing", "invalid", "password")),
    *((ATTEMPTS, (outcome,)) for outcome in ("done", "retried", "failed", "dead", "cancelled")),
    *((ANNOUNCED, (kind,)) for kind in ("parse", "enrich")),
    *((LOOKS, (outcome,)) for outcome in ("claimed", "nothing", "postponed")),
    *((WEBHOOK_DELIVERIES, (outcome,)) for outcome in ("sent", "retried", "given_up")),
    *((RECOVERIES, (outcome,)) for outcome in ("returned", "ended")),
    *((INGEST_SECONDS, (stage,)) for stage in ("parsing", "embedding", "storing", "indexing")),
    *(
        (RETRIEVAL_SECONDS, (stage,))
        for stage in ("tokenizing", "embedding", "searching", "reranking")
    ),
    *(
        (WEB_SEARCHES, (engine, outcome))
        for engine in ("searxng", "brave", "tavily", "external")
        for outcome in ("ok", "failed", "cancelled")
    ),
    *((WEB_SEARCH_SECONDS, (engine,)) for engine in ("searxng", "brave", "tavily", "external")),
    *((WEB_PAGES, (outcome,)) for outcome in ("read", "unread")),
)
"""What is told from the start, as 0: the first event would else be no increase."""
