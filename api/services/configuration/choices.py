"""Settings that are chosen elsewhere than where all settings are shown."""

from collections.abc import Mapping

from api.services.configuration.records import Author
from api.services.configuration.settings import SettingsService


class ChoiceService:
    """Changes some settings, whatever others were changed meanwhile."""

    def __init__(self, settings: SettingsService) -> None:
        """Initialize with what changes settings."""
        self.settings = settings

    def say(self, author: Author, values: Mapping[str, object]) -> None:
        """Set values by name; those that are so already are left as they are.

        Raises FieldsError where a setting is given elsewhere, and NotAllowedError where the
        database holds no settings.
        """
        current = self.settings.live.current
        wanted = {}
        for name, value in values.items():
            section, _, key = name.partition(".")
            if getattr(getattr(current, section), key) != value:
                wanted[name] = value
        if wanted:
            self.settings.change(author, self.settings.told().version, wanted)
