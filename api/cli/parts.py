"""The parts that `raglan doctor` looks at, and what to do about each."""

from collections.abc import Callable
from dataclasses import dataclass

from api.cli.access import Access
from api.cli.checks import (
    check_broker,
    check_chat_model,
    check_chunk_store,
    check_code,
    check_database,
    check_disk,
    check_durability,
    check_embedding,
    check_errors,
    check_folder,
    check_helpers,
    check_key,
    check_mail,
    check_migrations,
    check_nacos,
    check_providers,
    check_redis,
    check_rerank_model,
    check_scim,
    check_server,
    check_settings,
    check_storage,
    check_traces,
    check_web_search,
    check_workers,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the server: how it is looked at, and what to do when it is not in order.

    It is not looked at when one of the parts that it needs is not in order.
    """

    name: str
    check: Callable[[Access], str]
    advice: str
    needs: tuple[str, ...] = ()


OF_THIS_MACHINE = (
    Part("settings", check_settings, "Correct what is named; docs/settings.md explains it."),
    Part(
        "data folder",
        check_folder,
        "Start ./entrypoint.sh, which makes it, or give its user the right to write there.",
        ("settings",),
    ),
    Part(
        "disk",
        check_disk,
        "Make room on it, or give it more; storage.reserve_bytes says how much is kept free.",
        ("data folder",),
    ),
    Part(
        "database",
        check_database,
        "See whether it runs, and correct database.url.",
        ("settings", "data folder"),
    ),
    Part(
        "durability",
        check_durability,
        "Set innodb_flush_log_at_trx_commit = 1 and sync_binlog = 1, or synchronous_commit = on and"
        " fsync = on, at the database's server.",
        ("database",),
    ),
    Part(
        "migrations",
        check_migrations,
        "Run `raglan migrate`, or install the newer version where one is named.",
        ("database",),
    ),
    Part(
        "chunk store",
        check_chunk_store,
        "See whether it runs, and correct chunk_store.url; `raglan reindex` fills a new one.",
        ("migrations",),
    ),
    Part(
        "storage",
        check_storage,
        "Look at its permissions and free space, and correct storage.*.",
        ("migrations",),
    ),
    Part(
        "embedding",
        check_embedding,
        "See whether its endpoint runs, and correct models.embedding_*.",
        ("migrations",),
    ),
    Part(
        "chat model",
        check_chat_model,
        "See whether its endpoint runs, and correct models.chat_*.",
        ("migrations",),
    ),
    Part(
        "rerank model",
        check_rerank_model,
        "See whether its endpoint runs, and correct models.rerank_*.",
        ("migrations",),
    ),
    Part(
        "web search",
        check_web_search,
        "See whether the engine runs and takes the key, and correct web_search.*.",
        ("migrations",),
    ),
    Part("file helpers", check_helpers, "docs/formats.md says what they are for.", ("settings",)),
    Part(
        "python code",
        check_code,
        "Have the system provide what is named (docs/openwebui.md), or set tools.python to false.",
        ("data folder",),
    ),
    Part(
        "mail",
        check_mail,
        "See whether it runs, and correct smtp.*; docs/identity.md explains it.",
        ("migrations",),
    ),
    Part("redis", check_redis, "See whether it runs, and correct redis.url.", ("settings",)),
    Part(
        "broker",
        check_broker,
        "See whether it runs and lets this user in, correct queue.url, and start workers with it.",
        ("settings",),
    ),
    Part(
        "providers",
        check_providers,
        "See whether they answer from here, and correct the section that is named.",
        ("migrations",),
    ),
    Part(
        "scim",
        check_scim,
        "Give the key no end and its owner the role back, or make one for another administrator;"
        " docs/identity.md explains it.",
        ("migrations",),
    ),
    Part(
        "traces",
        check_traces,
        "See whether it runs and what it wants, and correct telemetry.otlp_url; the headers are in"
        " OTEL_EXPORTER_OTLP_HEADERS.",
        ("settings",),
    ),
    Part(
        "errors",
        check_errors,
        "See whether it runs and knows the key, and correct telemetry.sentry_dsn.",
        ("settings",),
    ),
    Part("server", check_server, "Start it with ./entrypoint.sh.", ("settings",)),
    Part(
        "nacos",
        check_nacos,
        "See what the registrar says in the server's log, and correct nacos.*.",
        ("server",),
    ),
    Part("API key", check_key, "`raglan keys create` makes one.", ("server", "migrations")),
    Part(
        "workers",
        check_workers,
        "See in the server's log whether a worker runs, and set worker.processes.",
        ("migrations",),
    ),
)

OF_ANOTHER_MACHINE = (
    Part("server", check_server, "Start it there, and correct --url."),
    Part("API key", check_key, "`raglan keys create` makes one there.", ("server",)),
)
