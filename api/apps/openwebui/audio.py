"""Speech: texts read aloud, recordings written down, by endpoints of the settings."""

from contextlib import closing

from flask import Blueprint, Response, request

from api.apps.openwebui.door import signed_in_only, success
from api.errors import ArgumentError, TooLargeError, UnsupportedTypeError
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body, validated
from api.schemas.openwebui.media import (
    RECORDINGS,
    AudioConfigRequest,
    LanguageForm,
    SpeechRequest,
    present_audio_config,
    present_speech_models,
    present_transcript,
    present_voices,
)
from api.services.configuration.records import Author
from api.services.media.speech import SpeechService
from api.services.people.people import MYSELF
from rag.parsing.registry import suffix_of
from rag.parsing.speech.recording import MOST_BYTES

BASE = "/api/v1/audio"
MP3 = "audio/mpeg"

blueprint = Blueprint("audio", __name__)


def speech() -> SpeechService:
    """Return what speaks and hears."""
    return services().webui.media.speech


@blueprint.post(f"{BASE}/speech")
@signed_in_only
def speak() -> Response:
    """Read a text aloud, as MP3."""
    wanted = json_body(SpeechRequest)
    return sound(speech().speak(wanted.input, wanted.voice, wanted.model, wanted.speed))


@blueprint.get("/cache/audio/speech/<name>")
@signed_in_only
def made(name: str) -> Response:
    """Send speech that was made before."""
    return sound(speech().made(name))


@blueprint.post(f"{BASE}/transcriptions")
@signed_in_only
def transcribe() -> Response:
    """Write down what is said in a recording; nothing of it is kept."""
    language = validated(LanguageForm, request.form.to_dict()).language
    name, data = recording()
    return success(present_transcript(speech().write_down(data, name, language), name))


def recording() -> tuple[str, bytes]:
    """Return the name and the bytes of the one recording of the request."""
    files = request.files.getlist("file")
    if len(files) != 1:
        raise ArgumentError("file: a form with one recording is required.")
    with closing(files[0]) as sent:
        name = (sent.filename or "").rpartition("/")[2]
        if suffix_of(name) not in RECORDINGS:
            raise UnsupportedTypeError(name)
        data = sent.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise TooLargeError(f"file: a recording has at most {MOST_BYTES >> 20} MB.")
    if not data:
        raise ArgumentError("file: the recording is empty.")
    return name, data


@blueprint.get(f"{BASE}/models")
@signed_in_only
def list_models() -> Response:
    """List the models that speak."""
    return success(present_speech_models(services().live.current.audio))


@blueprint.get(f"{BASE}/voices")
@signed_in_only
def list_voices() -> Response:
    """List the voices that may be asked for."""
    return success(present_voices(services().live.current.audio))


@blueprint.get(f"{BASE}/config")
@signed_in_only
@operators_only
def config() -> Response:
    """Show the endpoints that speak and hear."""
    return success(present_audio_config(services().live.current))


@blueprint.post(f"{BASE}/config/update")
@signed_in_only
@operators_only
def change_config() -> Response:
    """Change these: settings of `audio` and `worker`."""
    values = json_body(AudioConfigRequest).values()
    shown = services().people.people.shown(principal(), MYSELF)
    services().configuration.choices.say(Author(shown.email, shown.id), values)
    return success(present_audio_config(services().live.current))


def sound(content: bytes) -> Response:
    """Answer with speech, which a browser may keep: it is the same whenever it is asked for."""
    response = Response(content, content_type=MP3)
    response.headers["Cache-Control"] = "private, max-age=86400"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
