"""Agents in the later contract, of which there are none."""

from typing_extensions import TypedDict


class AgentsAnswer(TypedDict):
    """The agents of a tenant, which are none."""

    canvas: list[str]
    total: int


def present_no_agents() -> AgentsAnswer:
    """Return the agents, which are none."""
    return {"canvas": [], "total": 0}
