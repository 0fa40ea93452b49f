"""A real OpenSearch or Elasticsearch for tests, started from jars on a free port, ended by pid."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.components import Component, answers, folder, program, running
from tests.running import ROOT, free_port

SOURCES = ROOT / "tests" / "java" / "opensearch"
"""Where its starter is, and the list of what it is made of."""

SETTINGS = """
node.name: one
cluster.name: raglan-test
path.home: {home}
path.data: {home}/data
network.host: 127.0.0.1
http.port: {port}
transport.port: {transport}
discovery.type: single-node
cluster.routing.allocation.disk.threshold_enabled: false
"""

LOG = """
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""

JAVA = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""Small, and quick to start."""


@dataclass(frozen=True)
class OpenSearch:
    """A server that can be stopped and started again on the same data."""

    home: Path
    port: int

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def chunk_store(self) -> str:
        """Return the address of a chunk store in it."""
        return f"opensearch+http://127.0.0.1:{self.port}/raglan?shards=1"

    @contextmanager
    def run(self) -> Iterator[Component]:
        """Run the server for a `with` block."""
        java, jars, home = program("java", "default-jdk-headless"), opensearch_jars(), self.home
        settings = SETTINGS.format(home=home, port=self.port, transport=free_port())
        (home / "opensearch.yml").write_text(settings, encoding="utf-8")
        (home / "log4j2.properties").write_text(LOG, encoding="utf-8")
        command = [java, *JAVA, f"-Djava.io.tmpdir={home}", "-Dlog4j2.disable.jmx=true"]
        command.append(f"-Dlog4j.configurationFile={home}/log4j2.properties")
        command += ["-cp", f"{jars}:{jars}/lib/*:{jars}/knn/*", "OpenSearch", str(home)]
        with running(command, lambda: answers(self.url), self.port, home / "log") as component:
            yield component


def opensearch_jars() -> Path:
    """Return the folder of what it is made of; skips the test if there is none."""
    kept = os.environ.get("TEST_PROGRAMS")
    found = Path(kept) / "opensearch" if kept else Path.home() / ".cache/raglan-tests/opensearch"
    if not (found / "OpenSearch.class").is_file():
        pytest.skip(
            f"opensearch is not installed: mvn -f {SOURCES.relative_to(ROOT)} generate-sources"
            f" -Dfolder={found} (54 MB), then javac -proc:none -cp '{found}/lib/*:{found}/knn/*'"
            f" -d {found} {SOURCES.relative_to(ROOT)}/OpenSearch.java"
        )
    return found


@dataclass(frozen=True)
class Elasticsearch(OpenSearch):
    """An Elasticsearch that `tests/java/elasticsearch/make.sh` has made in a folder."""

    made: Path

    @property
    def chunk_store(self) -> str:
        """Return the address of a chunk store in it."""
        return super().chunk_store.replace("opensearch", "elasticsearch")

    @contextmanager
    def run(self) -> Iterator[Component]:
        """Run the server for a `with` block."""
        command = [program("java", "default-jdk-headless"), *JAVA, "-p", f"{self.made}/lib"]
        command += ["--add-modules", "ALL-MODULE-PATH", "-cp", f"{self.made}/starter"]
        ports = [str(self.port), str(free_port())]
        command += ["Elasticsearch", str(self.made), str(self.home), *ports]
        with running(command, lambda: answers(self.url), self.port, self.home / "log") as component:
            yield component


@contextmanager
def opensearch_server(elasticsearch: str = "") -> Iterator[OpenSearch]:
    """Run a server for a `with` block; nothing of it is kept."""
    with folder() as home:
        if elasticsearch:
            made = Path(elasticsearch).resolve()
            server: OpenSearch = Elasticsearch(home, free_port(), made)
        else:
            server = OpenSearch(home, free_port())
        with server.run():
            yield server
