"""Graphs of entities on the wire: there are none."""

from typing_extensions import TypedDict


class Graph(TypedDict):
    """The graph of a dataset, and the mind map that is made of it."""

    graph: dict[str, object]
    mind_map: dict[str, object]


NO_GRAPH: Graph = {"graph": {}, "mind_map": {}}
NO_RUN: dict[str, object] = {}
"""How the making of a graph or of summaries goes, where none was begun."""
