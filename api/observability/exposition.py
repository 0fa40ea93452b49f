"""The text that Prometheus reads."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.observability import folder as folders
from api.observability.definitions import DEFINITIONS
from api.observability.recorder import Figures

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Collected(Collector):
    """What has been collected already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        """Initialize with the metrics."""
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self.metrics


def exposition(folder: Path, figures: Figures) -> bytes:
    """Return what all processes have in the folder, and figures that no process counts."""
    defined = {(item.name.removesuffix("_total"), item.kind): item.name for item in DEFINITIONS}
    # What another version has counted, and this one does not know, is left out.
    known = [item for item in counted(folder) if (item.name, item.type) in defined]
    found = sorted([*known, *families(figures)], key=lambda item: item.name)
    return generate_latest(Collected(found))


def counted(folder: Path) -> list[Metric]:
    """Return what the processes have counted; nothing while the folder cannot be read."""
    try:
        return folders.read(folder)
    except OSError:
        return []  # the recorders have said why


def families(figures: Figures) -> Iterator[Metric]:
    """Yield figures as metrics."""
    for what in dict.fromkeys(definition for definition, _ in figures):
        family = GaugeMetricFamily(what.name, what.meaning, labels=what.labels)
        for (definition, labels), value in figures.items():
            if definition is what:
                family.add_metric(labels, value)
        yield family
