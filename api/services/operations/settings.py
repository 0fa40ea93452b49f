"""The settings as they are in force, with where each comes from."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from api.config.live import LiveSettings, Stamp, stamp_of
from api.config.origins import Values, layers_of, origins
from api.config.settings import Settings
from api.config.sources import load_settings, settings_files, variables
from api.errors import StartError
from api.execution import Execution
from api.services.operations.records import SettingsTold


class SettingsService:
    """Reads the files again only when they have changed: taking them apart takes a while."""

    def __init__(
        self,
        live: LiveSettings,
        execution: Execution,
        files: Callable[[], Sequence[Path]] = settings_files,
        environment: Callable[[], Mapping[str, str]] = variables,
    ) -> None:
        """Initialize with the parts; nothing is read yet."""
        self.live = live
        self.execution = execution
        self.files = files
        self.environment = environment
        self._stamp: Stamp | None = None
        self._written = live.current
        self._layers: list[tuple[str, Values]] = []
        self._problem = ""

    def told(self) -> SettingsTold:
        """Return all settings, and what is wrong with the files if anything is."""
        files = self.files()
        stamp = stamp_of(files)
        if stamp != self._stamp:
            self.execution.offload(self.read, files)
            self._stamp = stamp
        found = origins(self.live.current, self._written, self._layers)
        return SettingsTold(tuple(found), self._problem)

    def read(self, files: Sequence[Path]) -> None:
        """Read the files; where they are wrong, what was read before stays."""
        try:
            written = self.load(files)
            self._layers = layers_of(files, self.environment())
        except StartError as error:
            self._problem = error.message
        else:
            self._written, self._problem = written, ""

    def load(self, files: Sequence[Path]) -> Settings:
        """Return the settings that the files and the environment give; raises StartError."""
        return load_settings(self.environment(), files[0].parent)
