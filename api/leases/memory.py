"""A lease kept in memory, for a server of one process."""

import threading
import time


class MemoryLease:
    """Who may do what only one thread at a time may do; see `api.leases.base`."""

    def __init__(self) -> None:
        """Begin without a holder."""
        self._lock = threading.Lock()
        self._owner = ""
        self._fence = 0
        self._expires = 0.0

    def acquire(self, owner: str, ttl: float, above: int = 0) -> int | None:
        """Acquire the lease unless another owner holds it; return the fencing token."""
        with self._lock:
            is_held = self._held()
            if is_held and owner != self._owner:
                return None
            self._owner, self._expires = owner, time.monotonic() + ttl
            if not is_held or self._fence <= above:
                self._fence = max(self._fence, above) + 1
            return self._fence

    def renew(self, owner: str, fence: int, ttl: float) -> bool:
        """Renew the lease for `ttl` from now; false if it was lost."""
        with self._lock:
            if not self._held() or (owner, fence) != (self._owner, self._fence):
                return False
            self._expires = time.monotonic() + ttl
            return True

    def release(self, owner: str, fence: int) -> None:
        """Release the lease."""
        with self._lock:
            if (owner, fence) == (self._owner, self._fence):
                self._owner, self._expires = "", 0.0

    def check(self, fence: int) -> bool:
        """Return whether the holder with this token still holds the lease."""
        with self._lock:
            return self._held() and fence == self._fence

    def holder(self) -> str:
        """Return who holds the lease; empty if nobody does."""
        with self._lock:
            return self._owner if self._held() else ""

    def pool_use(self) -> None:
        """Return that it has no connections of its own."""

    def _held(self) -> bool:
        return bool(self._owner) and time.monotonic() < self._expires
