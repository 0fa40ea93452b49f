"""Graphs, summaries and tags of datasets on the console's pages: none of them is built."""

from typing_extensions import TypedDict

from api.schemas.console.requests import ConsoleRequest


class UnbindQuery(ConsoleRequest):
    """Of which dataset to forget which kind of run."""

    kb_id: str
    pipeline_task_type: str = ""


class GraphAnswer(TypedDict):
    """The graph and the mind map of a dataset or a document."""

    graph: dict[str, object]
    mind_map: dict[str, object]


class TraceAnswer(TypedDict, total=False):
    """How far a run over a dataset has come; without all of it there never was one."""

    id: str
    progress: float
    progress_msg: str


def no_graph() -> GraphAnswer:
    """Return the graph and the mind map where there are none."""
    return {"graph": {}, "mind_map": {}}


def no_run() -> TraceAnswer:
    """Return how far a run has come that there never was."""
    return {}


def no_tags() -> list[tuple[str, int]]:
    """Return tags with the number of chunks that have each, where there are none."""
    return []
