"""Settings of what the server fetches from the web for those who ask."""

from pydantic import Field

from api.config.kinds import Live
from api.config.section import Section


class FetchingSettings(Section):
    """Which pages of the web are fetched, and for how long."""

    internal: Live[bool] = False
    timeout: Live[float] = Field(30, gt=0, le=600)
    most_bytes: Live[int] = Field(20 << 20, ge=1)
