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


NO_GRAPH: GraphAnswer = {"graph": {}, "mind_map": {}}

NEVER_RUN: dict[str, object] = {}
"""How far a run has come that there never was."""

NO_TAGS: list[tuple[str, int]] = []
"""Tags with the number of chunks that have each."""
