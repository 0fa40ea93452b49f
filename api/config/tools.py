"""Settings of the tools that models call in the chats of Open WebUI's clients."""

from pydantic import Field

from api.config.kinds import Live
from api.config.section import Section


class ToolSettings(Section):
    """How long a call may take in seconds, and how often a model may call within an answer."""

    timeout: Live[float] = Field(60, gt=0, le=600)
    rounds: Live[int] = Field(16, ge=1, le=256)
