"""Graphs of entities on the wire: there are none."""

from typing_extensions import TypedDict


class Graph(TypedDict):
    """The graph of a dataset, and the mind map that is made of it."""

    graph: dict[str, object]
    mind_map: dict[str, object]


class Run(TypedDict):
    """How a run goes: nothing is said of one that was never begun."""


NO_GRAPH: Graph = {"graph": {}, "mind_map": {}}
NO_RUN: Run = {}
"""How the making of a graph or of summaries goes, where none was begun."""
