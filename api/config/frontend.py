"""The front end of others that the server serves."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, field_validator

from api.config.kinds import JsonObject, JsonObjects, JsonTexts, Live, OnOff
from api.config.section import Section
from api.config.templates import Template

PARAMETERS: Mapping[str, tuple[type, ...]] = {
    "temperature": (int, float),
    "top_p": (int, float),
    "presence_penalty": (int, float),
    "frequency_penalty": (int, float),
    "max_tokens": (int,),
    "seed": (int,),
    "stop": (str, list),
    "reasoning_effort": (str,),
}
"""What may be said of how all models answer, and by what."""


class FrontendSettings(Section):
    """A folder with the built front end of Open WebUI; empty means that none is served.

    Of the others some say what a model writes about chats, or for them, and which (an empty one is
    that of the chat), and some what people are shown there. With `channels` they talk to each
    other. An empty prompt is that of `conf/prompts`.
    """

    dir: str = ""
    ping_interval: float = Field(25, ge=1, le=300)
    ping_timeout: float = Field(20, ge=1, le=300)
    task_model: Live[str] = Field("", max_length=255)
    titles: Live[OnOff] = "on"
    tags: Live[OnOff] = "on"
    follow_ups: Live[OnOff] = "on"
    queries: Live[OnOff] = "off"
    autocomplete: Live[OnOff] = "off"
    autocomplete_length: Live[int] = Field(-1, ge=-1, le=1_000_000)
    title_prompt: Live[Template] = ""
    tags_prompt: Live[Template] = ""
    follow_ups_prompt: Live[Template] = ""
    queries_prompt: Live[Template] = ""
    autocomplete_prompt: Live[Template] = ""
    picture_prompt: Live[Template] = ""
    voice: Live[OnOff] = "on"
    voice_prompt: Live[Template] = ""
    channels: Live[OnOff] = "off"
    folders: Live[OnOff] = "on"
    memories: Live[OnOff] = "on"
    ratings: Live[OnOff] = "on"
    statuses: Live[OnOff] = "on"
    webhooks: Live[OnOff] = "off"
    passages: Live[int] = Field(6, ge=1, le=100)
    threshold: Live[float] = Field(0, ge=0, le=1)
    default_models: Live[str] = Field("", max_length=4000)
    pinned_models: Live[str] = Field("", max_length=4000)
    model_params: Live[JsonObject] = "{}"
    model_capabilities: Live[JsonObject] = "{}"
    model_order: Live[JsonTexts] = "[]"
    banners: Live[JsonObjects] = "[]"
    suggestions: Live[JsonObjects] = "[]"
    interface: Live[JsonObject] = "{}"
    visibility: Live[JsonObject] = "{}"
    watermark: Live[str] = Field("", max_length=2000)
    administrators_read: Live[OnOff] = "off"
    administrators_export: Live[OnOff] = "off"
    shows_administrator: Live[OnOff] = "on"
    administrator: Live[str] = Field("", max_length=255)
    arena: Live[OnOff] = "off"
    arena_models: Live[JsonObjects] = "[]"

    @field_validator("model_params")
    @classmethod
    def are_parameters(cls, value: str) -> str:
        """Refuse what is no parameter of models, or none that they could have."""
        for name, given in json.loads(value).items():
            if name not in PARAMETERS:
                raise ValueError(f"{name[:64]} is none of {', '.join(PARAMETERS)}")
            fits = not isinstance(given, bool) and isinstance(given, PARAMETERS[name])
            if not fits:
                raise ValueError(f"{name} cannot be this")
        return value

    @field_validator("model_capabilities")
    @classmethod
    def are_capabilities(cls, value: str) -> str:
        """Refuse what is neither true nor false."""
        for name, given in json.loads(value).items():
            if given is not True and given is not False:
                raise ValueError(f"{name[:64]} is neither true nor false")
        return value

    @field_validator("dir")
    @classmethod
    def is_a_front_end(cls, value: str) -> str:
        """Refuse a folder in which there is no front end."""
        if value and not (Path(value).is_absolute() and (Path(value) / "index.html").is_file()):
            raise ValueError("give the absolute path of a folder that has an index.html")
        return value
