"""Signs of life of an ingest worker, by which it notices itself that it hangs."""

import time


class Pulse:
    """When the last sign was given, and whether another one is due."""

    def __init__(self) -> None:
        """Begin at rest."""
        self._last: float | None = None

    def beat(self) -> None:
        """Report life; from now on the next report is due."""
        self._last = time.monotonic()

    def rest(self) -> None:
        """Record that none is due for a while."""
        self._last = None

    @property
    def silence(self) -> float:
        """Return for how many seconds a sign has been due."""
        last = self._last
        return 0.0 if last is None else time.monotonic() - last
