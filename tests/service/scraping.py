"""What a scrape of a server tells."""

from typing import Any

import psutil
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.running import Server, wait_until

WORDS = "The lighthouse keeper writes into the log how far the lamp was seen. "

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def exporter_port(server: Server) -> int:
    return int(server.extra["RAGLAN_METRICS__PORT"])


def scraped(server: Server) -> str:
    answer = requests.get(f"http://127.0.0.1:{exporter_port(server)}/metrics", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def samples(server: Server) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(scraped(server))
        for sample in family.samples
    }


def total(server: Server, name: str, **labels: str) -> float:
    """Return a metric, added up over the labels that are not given."""
    chosen = labels.items()
    found = samples(server).items()
    return sum(value for (key, has), value in found if key == name and chosen <= has)


def counters(server: Server) -> Samples:
    """Return what only ever grows."""
    ends = ("_total", "_bucket", "_count", "_sum")
    return {key: value for key, value in samples(server).items() if key[0].endswith(ends)}


def fallen(before: Samples, after: Samples) -> list[Any]:
    return [key for key, value in before.items() if after.get(key, -1) < value]


def listener(server: Server) -> int:
    """Return which process has the exporter's port; 0 if none has."""
    port = exporter_port(server)
    for item in psutil.net_connections("tcp4"):
        if item.status == psutil.CONN_LISTEN and item.laddr.port == port:
            return item.pid or 0
    return 0


def is_exported(server: Server) -> bool:
    try:
        scraped(server)
    except requests.RequestException:
        return False
    return True


def ingest(server: Server, name: str, content: bytes) -> str:
    dataset = server.dataset(name)
    # What was read for another dataset would be taken over.
    [document] = server.upload(dataset, (f"{name}.txt", f"{name}: ".encode() + content))
    before = chunks(server)
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    wait_until(lambda: chunks(server) > before, "the chunks to be counted")
    return dataset


def chunks(server: Server) -> float:
    return total(server, "raglan_ingest_chunks_total")
