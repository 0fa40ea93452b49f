"""How long the body of a request may keep the server waiting."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from api.config.settings import ClientSettings
from api.errors import SlowBodyError

TENANT = "raglan.tenant"
"""Where in a WSGI environment stands which tenant a request was let in for."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a body may be silent, and may take beyond its bytes / `rate` altogether.

    A `rate`, in bytes a second, of 0 means that only silence counts.
    """

    silence: float
    grace: float
    rate: int

    def left(self, received: int, waited: float) -> float:
        """Return how many seconds the next bytes may take after so many bytes and seconds."""
        if not self.rate:
            return self.silence
        return min(self.silence, self.grace + received / self.rate - waited)


@dataclass(frozen=True, slots=True)
class Patiences:
    """That with clients that have shown a key or a session, and that with all others."""

    known: Patience
    unknown: Patience

    @classmethod
    def of(cls, settings: ClientSettings) -> "Patiences":
        """Return those of the settings."""
        rate = settings.body_rate
        return cls(
            Patience(settings.body_silence, settings.body_grace, rate),
            Patience(settings.anonymous_body_silence, settings.anonymous_body_grace, rate),
        )


DEFAULTS = Patiences.of(ClientSettings())


class Pace:
    """How fast the body of one request arrives; only time spent waiting for the client counts."""

    def __init__(self, environ: Mapping[str, object], patiences: Patiences) -> None:
        """Begin before the body."""
        self._environ = environ
        self._patiences = patiences
        self._received = 0
        self._waited = 0.0
        self._begun = 0.0

    @property
    def is_known(self) -> bool:
        """Return whether the client has shown a valid key or session by now."""
        return TENANT in self._environ

    def begin(self) -> float:
        """Return how many seconds the next bytes may take; not positive if none."""
        self._begun = time.monotonic()
        patience = self._patiences.known if self.is_known else self._patiences.unknown
        return patience.left(self._received, self._waited)

    def end(self, received: int) -> None:
        """Record that so many bytes have come since."""
        self._received += received
        self._waited += time.monotonic() - self._begun

    def too_slow(self) -> SlowBodyError:
        """Return the error that says so."""
        return SlowBodyError(
            f"The body of the request came too slowly: the server has waited {self._waited:.0f} s"
            f" for it and got {self._received:,} bytes. Send it again, without pauses."
        )
