"""What users may do unless a group gives them more: the setting `auth.denied`, word by word."""

from collections.abc import Sequence

from api.permissions import PERMISSIONS, permissions_in, with_said
from api.services.configuration.records import Author
from api.services.configuration.settings import SettingsService

DENIED = "auth.denied"


class StandingService:
    """Shows and changes what all users may do."""

    def __init__(self, settings: SettingsService) -> None:
        """Initialize with what changes settings."""
        self.settings = settings

    def given(self) -> list[str]:
        """Return what users may do whom no group gives more."""
        denied = permissions_in(self.settings.live.current.auth.denied)
        return [name for name in PERMISSIONS if name not in denied]

    def say(self, author: Author, said: Sequence[tuple[str, bool]]) -> list[str]:
        """Give users what is said to be on, and deny them what is off; the others stay.

        Raises FieldsError where the setting is given elsewhere, and NotAllowedError where the
        database holds no settings.
        """
        before = self.given()
        after = with_said(before, said)
        if set(after) != set(before):
            denied = ", ".join(name for name in PERMISSIONS if name not in after)
            version = self.settings.told().version
            self.settings.change(author, version, {DENIED: denied})
        return self.given()
