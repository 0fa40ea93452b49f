"""Speech and pictures, as Open WebUI's clients ask for them, and their settings."""

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.config.media import AudioSettings, ImageSettings
from api.config.settings import Settings
from api.errors import NotBuiltError
from api.schemas.base import NullFreeRequest, Unbuilt
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.tool import HIDDEN
from api.services.stores.knowledge_records import KeptFile
from api.services.stores.pictures import Wish

ENGINES = ("", "openai")
VOICES = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
"""What OpenAI's speech has; an endpoint of another kind takes what its own are called."""

RECORDINGS = ("mp3", "wav", "m4a", "webm", "ogg", "flac", "mp4", "mpga", "mpeg")
"""Kinds of files that are taken as recordings."""

Short = Annotated[str, Field(max_length=255)]
Picture = Annotated[str, Field(min_length=1, max_length=48 << 20)]


class SpeechRequest(NullFreeRequest):
    """A text to be read aloud; only MP3 is made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"input": "At dusk."}]})

    input: str = Field(min_length=1, max_length=10_000)
    voice: Short = ""
    model: Short = ""
    speed: float = Field(1, ge=0.25, le=4, allow_inf_nan=False)
    response_format: str = Field("mp3", pattern=r"^(mp3)?$")


class LanguageForm(NullFreeRequest):
    """What is said of a recording beside it."""

    language: str = Field("", max_length=35, pattern=r"^[A-Za-z]{0,8}(-[A-Za-z0-9]{1,8})*$")


class DrawRequest(NullFreeRequest):
    """A picture to be drawn."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"prompt": "A lamp at dusk."}]})

    prompt: str = Field(min_length=1, max_length=32_000)
    model: Short = ""
    size: str = Field("", pattern=r"^(\d{2,5}x\d{2,5}|auto)?$")
    n: int = Field(1, ge=1, le=4)
    steps: Unbuilt = None
    negative_prompt: Unbuilt = None

    def wish(self) -> Wish:
        """Return what is to be drawn."""
        return Wish(self.prompt, self.n, self.size, self.model)


class ChangeRequest(DrawRequest):
    """Pictures to be changed: each as data, or the id or address of a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"image": "data:image/png;base64,iVBORw0KGgo=", "prompt": "Light it."}]
        }
    )

    image: Picture | Annotated[list[Picture], Field(min_length=1, max_length=8)]

    def pictures(self) -> list[str]:
        """Return the pictures."""
        return [self.image] if isinstance(self.image, str) else self.image


class EndpointRequest(NullFreeRequest):
    """An endpoint, its model, and which kind it is of; what is left out stays."""

    OPENAI_API_BASE_URL: str | None = Field(None, max_length=512)
    OPENAI_API_KEY: str | None = Field(None, max_length=1024)
    ENGINE: str | None = Field(None, max_length=64)
    MODEL: str | None = Field(None, max_length=255)
    VOICE: str | None = Field(None, max_length=255)

    def named(self, names: Mapping[str, str]) -> dict[str, object]:
        """Return the settings of some names that are given; raises NotBuiltError."""
        check_engine(self.ENGINE)
        given = {
            "url": "" if self.ENGINE == "" else self.OPENAI_API_BASE_URL,
            "key": None if self.OPENAI_API_KEY == HIDDEN else self.OPENAI_API_KEY,
            "model": self.MODEL or None,
            "voice": self.VOICE or None,
        }
        return {
            names[key]: value for key, value in given.items() if value is not None and names[key]
        }


class AudioConfigRequest(NullFreeRequest):
    """The endpoints that speak and hear."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tts": {"VOICE": "alloy"}}]})

    tts: EndpointRequest = EndpointRequest()
    stt: EndpointRequest = EndpointRequest()

    def values(self) -> dict[str, object]:
        """Return the settings that are given; raises NotBuiltError for another engine."""
        spoken = {name: f"audio.speech_{name}" for name in ("model", "voice")}
        spoken |= {"url": "audio.speech_base_url", "key": "audio.speech_api_key"}
        heard = {"url": "worker.speech_base_url", "key": "worker.speech_api_key"}
        heard |= {"model": "worker.speech_model", "voice": ""}
        return {**self.tts.named(spoken), **self.stt.named(heard)}


def check_engine(name: str | None) -> None:
    """Raise NotBuiltError for a kind of endpoint that is not spoken to."""
    if name is not None and name not in ENGINES:
        raise NotBuiltError(f"The engine {name}")


class NamedAnswer(TypedDict):
    """A model or a voice."""

    id: str
    name: str


class ModelsAnswer(TypedDict):
    """The models of an endpoint that the settings name."""

    models: list[NamedAnswer]


class VoicesAnswer(TypedDict):
    """The voices that may be asked for."""

    voices: list[NamedAnswer]


class TranscriptAnswer(TypedDict):
    """What is said in a recording."""

    text: str
    filename: str


class PictureAnswer(TypedDict):
    """A picture that was drawn, as a file."""

    id: str
    url: str
    name: str
    content_type: str


class SpeakingAnswer(TypedDict):
    """The endpoint that speaks."""

    OPENAI_API_BASE_URL: str
    OPENAI_API_KEY: str
    OPENAI_PARAMS: dict[str, str]
    API_KEY: str
    ENGINE: str
    MODEL: str
    VOICE: str
    SPLIT_ON: str


class HearingAnswer(TypedDict):
    """The endpoint that hears."""

    OPENAI_API_BASE_URL: str
    OPENAI_API_KEY: str
    ENGINE: str
    MODEL: str
    SUPPORTED_CONTENT_TYPES: list[str]


class AudioConfigAnswer(TypedDict):
    """The endpoints that speak and hear."""

    tts: SpeakingAnswer
    stt: HearingAnswer


class PartAnswer(TypedDict):
    """How a client speaks or hears: its engine, empty for the browser's own."""

    engine: str
    voice: str
    split_on: str


class EarsAnswer(TypedDict):
    """By which engine a client hears, empty for the browser's own."""

    engine: str


class AudioAnswer(TypedDict):
    """How a client speaks and hears."""

    tts: PartAnswer
    stt: EarsAnswer


def present_audio(settings: Settings) -> AudioAnswer:
    """Return how a client speaks and hears."""
    heard = engine_of(settings.worker.speech_base_url)
    spoken = engine_of(settings.audio.speech_base_url)
    voice = settings.audio.speech_voice if spoken else ""
    return {
        "tts": {"engine": spoken, "voice": voice, "split_on": "punctuation"},
        "stt": {"engine": heard},
    }


def present_audio_config(settings: Settings) -> AudioConfigAnswer:
    """Return the endpoints that speak and hear."""
    spoken, heard = settings.audio, settings.worker
    return {
        "tts": {
            "OPENAI_API_BASE_URL": spoken.speech_base_url,
            "OPENAI_API_KEY": hidden(spoken.speech_api_key.get_secret_value()),
            "OPENAI_PARAMS": {},
            "API_KEY": "",
            "ENGINE": engine_of(spoken.speech_base_url),
            "MODEL": spoken.speech_model,
            "VOICE": spoken.speech_voice,
            "SPLIT_ON": "punctuation",
        },
        "stt": {
            "OPENAI_API_BASE_URL": heard.speech_base_url,
            "OPENAI_API_KEY": hidden(heard.speech_api_key.get_secret_value()),
            "ENGINE": engine_of(heard.speech_base_url),
            "MODEL": heard.speech_model,
            "SUPPORTED_CONTENT_TYPES": [],
        },
    }


def present_speech_models(settings: AudioSettings) -> ModelsAnswer:
    """Return the model that speaks, if one does."""
    return {"models": named(settings.speech_model if settings.speech_base_url else "")}


def present_image_models(settings: ImageSettings) -> list[NamedAnswer]:
    """Return the model that draws, if one is named."""
    return named(settings.model if settings.base_url else "")


def present_voices(settings: AudioSettings) -> VoicesAnswer:
    """Return the voices, that of the settings first; none where nothing speaks."""
    if not settings.speech_base_url:
        return {"voices": []}
    known = dict.fromkeys((settings.speech_voice, *VOICES))
    return {"voices": [found for one in known for found in named(one)]}


def present_transcript(text: str, name: str) -> TranscriptAnswer:
    """Return what is said in a recording."""
    return {"text": text, "filename": name}


def present_pictures(files: Sequence[KeptFile]) -> list[PictureAnswer]:
    """Return pictures that were drawn."""
    return [present_picture(one) for one in files]


def present_picture(file: KeptFile) -> PictureAnswer:
    """Return a picture that was drawn."""
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    url = f"/api/v1/files/{dashed(file.id)}/content"
    return {"id": dashed(file.id), "url": url, "name": file.name, "content_type": kind}


def named(name: str) -> list[NamedAnswer]:
    """Return something that is called as its id is."""
    return [{"id": name, "name": name}] if name else []


def engine_of(url: str) -> str:
    """Return the engine of an endpoint; empty where there is none."""
    return "openai" if url else ""


def hidden(secret: str) -> str:
    """Return a secret as it is shown."""
    return HIDDEN if secret else ""
