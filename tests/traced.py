"""Traced work: `python tests/traced.py DATABASE REDIS HTTP [OTLP]` asks each of them, twice.

Once as part of something that was asked for, and once not. In a process of its own, since the
agent changes the libraries that it traces for good.
"""

import sys

import requests
from peewee import Database

from api.config.sources import trace_collector
from api.db.connection import connection, open_database
from api.observability.tracing.registry import open_tracer
from api.redis_clients import redis_client


def ask(database: Database, redis_url: str, address: str) -> None:
    """Call all three."""
    with connection(database):
        database.execute_sql("SELECT 1").fetchall()
    if redis_url:
        redis_client(redis_url, 5)().set("traced", "1")
    requests.post(address, json={"messages": [{"role": "user", "content": "Yes?"}]}, timeout=5)


def main(database_url: str, redis_url: str, address: str, otlp_url: str = "") -> None:
    """Call within a trace, and outside of any."""
    database = open_database(database_url, 2, 5)
    tracer = open_tracer(trace_collector(), otlp_url, "probes")
    tracer.start("probe", database)
    ask(database, redis_url, address)
    with tracer.entry("probe"):
        ask(database, redis_url, address)
    tracer.stop()
    database.close_all()


if __name__ == "__main__":
    main(*sys.argv[1:])
