"""Questions to search engines are counted by how they ended."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.config.fetching import FetchingSettings
from api.config.web_search import WebSearchSettings
from api.errors import UnavailableError
from api.execution import INLINE
from api.fetching.calls import Caller
from api.observability.exposition import exposition
from api.observability.files import FileRecorder
from api.services.web_search.asking import AskingService
from tests.search_engine import EXTERNAL, SearchEngine, serve_search

Samples = Callable[[str], dict[str, float]]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[FileRecorder]:
    with closing(FileRecorder(tmp_path, "web")) as opened:
        yield opened


@pytest.fixture
def told(recorder: FileRecorder) -> Samples:
    """Return the values of a sample of the external engine by its outcome, but for zeros."""

    def values(name: str) -> dict[str, float]:
        text = exposition(recorder.folder, {}).decode()
        return {
            sample.labels.get("outcome", ""): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and sample.labels["engine"] == "external" and sample.value
        }

    return values


@pytest.fixture
def engine() -> Iterator[SearchEngine]:
    with serve_search() as running:
        yield running


@pytest.fixture
def asking(engine: SearchEngine, recorder: FileRecorder) -> AskingService:
    settings = WebSearchSettings(enabled="on", engine="external", url=f"{engine.url}{EXTERNAL}")
    internal = FetchingSettings(internal=True)
    return AskingService(lambda: settings, Caller(lambda: internal), INLINE, recorder)


def test_each_question_counts_and_takes_time(
    asking: AskingService, engine: SearchEngine, told: Samples
) -> None:
    engine.results += [(f"https://example.org/{n}", f"Page {n}", "") for n in range(5)]
    found = asking.find(["one", "two"])
    assert [one.title for one in found] == ["Page 0", "Page 1", "Page 2"]
    assert told("raglan_web_searches_total") == {"ok": 2}
    assert told("raglan_web_search_duration_seconds_count") == {"": 2}


def test_a_question_without_an_answer_counts_as_failed_and_the_others_stand(
    asking: AskingService, engine: SearchEngine, told: Samples
) -> None:
    engine.results.append(("https://example.org/", "Page", ""))
    engine.failing.add("two")
    assert [one.title for one in asking.find(["one", "two"])] == ["Page"]
    assert told("raglan_web_searches_total") == {"ok": 1, "failed": 1}
    with pytest.raises(UnavailableError, match="500"):
        asking.find(["two"])
    assert told("raglan_web_searches_total") == {"ok": 1, "failed": 2}


def test_what_several_questions_find_comes_once_the_best_of_each_first(
    asking: AskingService, engine: SearchEngine
) -> None:
    engine.results += [
        ("https://example.org/a", "A", ""),
        ("https://example.org/a#more", "A again", ""),
        ("https://example.org/b", "B", ""),
    ]
    assert [one.title for one in asking.find(["one", "two"])] == ["A", "B"]
    assert engine.queries() == ["one", "two"]


def test_pages_of_the_same_title_are_told_apart(
    asking: AskingService, engine: SearchEngine
) -> None:
    engine.results += [("https://a.example/", "Home", ""), ("https://b.example/", "Home", "")]
    assert [one.title for one in asking.find(["one"])] == ["Home", "Home (https://b.example/)"]
