"""Settings of the tools that models call in the chats of Open WebUI's clients."""

from pydantic import Field

from api.config.kinds import Live
from api.config.section import Section


class ToolSettings(Section):
    """How long a call may take in seconds, and how often a model may call within an answer.

    `total` limits the seconds of all calls of an answer. `python` lets administrators' code run,
    so many processes at a time in a web worker, each with an address space in bytes.
    """

    timeout: Live[float] = Field(60, gt=0, le=600)
    rounds: Live[int] = Field(16, ge=1, le=256)
    total: Live[float] = Field(300, gt=0, le=3600)
    python: Live[bool] = False
    python_processes: Live[int] = Field(16, ge=1, le=256)
    python_memory: Live[int] = Field(1 << 30, ge=256 << 20, le=64 << 30)
