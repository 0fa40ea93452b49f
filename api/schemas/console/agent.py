"""What the console is told of parts that are not built."""

from typing_extensions import TypedDict


class AgentsAnswer(TypedDict):
    """The agents of a tenant, which are none."""

    canvas: list[str]
    total: int


class KeyAnswer(TypedDict):
    """The envelope of the key for Langfuse, which there is none of."""

    code: int
    message: str
    data: None


def present_no_agents() -> AgentsAnswer:
    """Return the agents, which are none."""
    return {"canvas": [], "total": 0}


def present_no_key() -> KeyAnswer:
    """Return the key, which there is none of."""
    return {"code": 0, "message": "success", "data": None}
