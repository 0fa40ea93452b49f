"""Endpoints that speak and draw."""

from pydantic import Field, SecretStr

from api.config.kinds import HttpAddress, Live, ModelKey, Seconds
from api.config.section import Section


class AudioSettings(Section):
    """The endpoint that reads texts aloud; recordings are written down by that of `worker`."""

    speech_base_url: Live[HttpAddress] = ""
    speech_api_key: Live[ModelKey] = SecretStr("")
    speech_model: Live[str] = Field("tts-1", min_length=1, max_length=255)
    speech_voice: Live[str] = Field("alloy", min_length=1, max_length=255)
    speech_timeout: Live[Seconds] = 120
    cache_bytes: Live[int] = Field(256 << 20, ge=0)


class ImageSettings(Section):
    """The endpoint that draws pictures; an empty model or size is the endpoint's own."""

    base_url: Live[HttpAddress] = ""
    api_key: Live[ModelKey] = SecretStr("")
    model: Live[str] = Field("", max_length=255)
    size: Live[str] = Field("", pattern=r"^(\d{2,5}x\d{2,5}|auto)?$")
    timeout: Live[Seconds] = 180
