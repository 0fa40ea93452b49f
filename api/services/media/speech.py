"""Texts that are read aloud, and recordings that are written down, by endpoints of the settings."""

import hashlib
import json
import logging
import re
from collections.abc import Callable

from api.config.settings import Settings
from api.errors import NotConfiguredError, NotFoundError
from api.execution import Execution
from api.services.media.asking import asking
from api.services.media.cache import MadeFiles
from api.things import Kind
from rag.llm.base import ModelSpec
from rag.loading import loaded
from rag.parsing.base import Helpers

log = logging.getLogger(__name__)

SPOKEN, HEARD = "rag.llm.media:spoken", "rag.parsing.speech.endpoint:heard"
"""What asks endpoints, which few servers have."""

NAME = re.compile(r"[0-9a-f]{64}\.mp3")

NO_SPEECH = "No endpoint reads texts aloud: `audio.speech_base_url` names one."
NO_EARS = "No endpoint writes recordings down: `worker.speech_base_url` names one."


class SpeechService:
    """Asks the endpoints; speech is kept, and the same is not asked for twice."""

    def __init__(self, settings: Callable[[], Settings], execution: Execution) -> None:
        """Initialize with what returns the settings in force, and where disks are waited for."""
        self.settings = settings
        self.execution = execution
        folder = settings().data_path / "cache" / "speech"
        self.kept = MadeFiles(folder, lambda: settings().audio.cache_bytes)

    @property
    def speaks(self) -> bool:
        """Return whether texts are read aloud."""
        return bool(self.settings().audio.speech_base_url)

    @property
    def hears(self) -> bool:
        """Return whether recordings are written down."""
        return bool(self.settings().worker.speech_base_url)

    def speak(self, text: str, voice: str = "", model: str = "", speed: float = 1) -> bytes:
        """Return a text read aloud, as MP3.

        Raises NotConfiguredError, RuleError for what the endpoint refuses, and UnavailableError.
        """
        rules = self.settings().audio
        if not self.speaks:
            raise NotConfiguredError(NO_SPEECH)
        spec = ModelSpec(
            model or rules.speech_model,
            rules.speech_base_url,
            rules.speech_api_key.get_secret_value(),
            timeout=rules.speech_timeout,
        )
        voice = voice or rules.speech_voice
        name = name_of(spec, text, voice, speed)
        found = self.execution.offload(self.kept.read, name)
        if found is None:
            with asking():
                found = loaded(SPOKEN)(spec, text, voice, speed)
            self.keep(name, found)
        return found

    def keep(self, name: str, content: bytes) -> None:
        """Keep speech, where the disk takes it: it is sent whether or not."""
        try:
            self.execution.offload(self.kept.keep, name, content)
        except OSError as error:
            log.warning("Speech is not kept: %s", error)

    def made(self, name: str) -> bytes:
        """Return speech that is kept; raises NotFoundError."""
        found = self.execution.offload(self.kept.read, name) if NAME.fullmatch(name) else None
        if found is None:
            raise NotFoundError(Kind.FILE, name)
        return found

    def write_down(self, data: bytes, name: str, language: str = "") -> str:
        """Return what is said in a recording.

        Raises NotConfiguredError, UnavailableError, and RuleError where it is refused.
        """
        rules = self.settings().worker
        if not self.hears:
            raise NotConfiguredError(NO_EARS)
        helpers = Helpers(
            speech_url=rules.speech_base_url,
            speech_key=rules.speech_api_key.get_secret_value(),
            speech_model=rules.speech_model,
            speech_seconds=rules.speech_timeout,
        )
        with asking():
            return " ".join(one.text for one in loaded(HEARD)(data, name, helpers, language))


def name_of(spec: ModelSpec, text: str, voice: str, speed: float) -> str:
    """Return what speech is kept under: it says what it was made of, and by what."""
    made_of = json.dumps([spec.base_url, spec.model, voice, speed, text])
    return f"{hashlib.sha256(made_of.encode('utf-8', 'replace')).hexdigest()}.mp3"
