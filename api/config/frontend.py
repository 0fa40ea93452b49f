"""The front end of others that the server serves."""

from pathlib import Path

from pydantic import Field, field_validator

from api.config.kinds import Live, OnOff
from api.config.section import Section


class FrontendSettings(Section):
    """A folder with the built front end of Open WebUI; empty means that none is served.

    The others say what a model writes about chats, and which; an empty one is that of the chat.
    """

    dir: str = ""
    task_model: Live[str] = Field("", max_length=255)
    titles: Live[OnOff] = "on"
    tags: Live[OnOff] = "on"
    follow_ups: Live[OnOff] = "on"

    @field_validator("dir")
    @classmethod
    def is_a_front_end(cls, value: str) -> str:
        """Refuse a folder in which there is no front end."""
        if value and not (Path(value).is_absolute() and (Path(value) / "index.html").is_file()):
            raise ValueError("give the absolute path of a folder that has an index.html")
        return value
