"""What the console is told of parts that are not built."""

from typing import Final, TypedDict


class AgentsAnswer(TypedDict):
    """The agents of a tenant, which are none."""

    canvas: list[str]
    total: int


class KeyAnswer(TypedDict):
    """The envelope of the key for Langfuse, which there is none of."""

    code: int
    message: str
    data: None


NO_AGENTS: Final[AgentsAnswer] = {"canvas": [], "total": 0}
NO_KEY: Final[KeyAnswer] = {"code": 0, "message": "success", "data": None}
