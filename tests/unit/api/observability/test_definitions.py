"""The table of metrics: named by the rules of Prometheus, and told of in the docs."""

import re

import pytest

from api.config.places import CHECKOUT
from api.observability.definitions import DEFINITIONS, Definition

DOCS = (CHECKOUT / "docs" / "metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(raglan_\w+)` \| (\w+) \| (.*?) \| (.+) \|$", re.MULTILINE)
ROWS = {name: (kind, labels, meaning) for name, kind, labels, meaning in ROW.findall(DOCS)}

UNITS = ("_seconds", "_bytes", "_total", "_info", "_ratio")
PER_OBJECT = {"id", "tenant", "dataset", "document", "user", "path", "model", "pid", "job"}
"""Labels with any number of values, and `job`, which Prometheus sets itself."""


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda item: item.name)
def test_a_metric_is_named_by_the_rules(definition: Definition) -> None:
    assert re.fullmatch(r"raglan(_[a-z]+)+", definition.name)
    assert (definition.kind == "counter") == definition.name.endswith("_total")
    assert not PER_OBJECT & set(definition.labels)
    assert not re.search("_(ms|milliseconds|minutes|kb|mb|percent)(_|$)", definition.name)
    if definition.kind == "histogram":
        assert definition.name.endswith((*UNITS, "_candidates"))
        assert list(definition.buckets) == sorted(set(definition.buckets))


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda item: item.name)
def test_the_docs_tell_type_and_labels(definition: Definition) -> None:
    kind, labels, meaning = ROWS[definition.name]
    assert kind == definition.kind
    assert re.findall(r"`(\w+)`", labels) == list(definition.labels)
    assert meaning.strip()


def test_the_docs_tell_of_nothing_else() -> None:
    assert set(ROWS) == {definition.name for definition in DEFINITIONS}
    assert len(DEFINITIONS) == len(ROWS)
