"""What a lease offers: one holder at a time, told apart from earlier ones by a fencing token."""

from typing import Protocol


class LeaseLock(Protocol):
    """A lease by name. Times to live are in seconds.

    Raises UnavailableError when the place where the lease is kept does not answer.
    """

    def acquire(self, owner: str, ttl: float, above: int = 0) -> int | None:
        """Acquire the lease unless another owner holds it; return the fencing token.

        It is greater than `above` and than all tokens before; but the owner that holds the lease
        keeps its token and gets `ttl` anew. So a call of which the answer was lost may be made
        again. No two processes may be one owner.
        """
        ...

    def renew(self, owner: str, fence: int, ttl: float) -> bool:
        """Renew the lease for `ttl` from now; false if it was lost."""
        ...

    def release(self, owner: str, fence: int) -> None:
        """Release the lease, so that the next holder need not wait for its end."""
        ...

    def check(self, fence: int) -> bool:
        """Return whether the holder with this token still holds the lease."""
        ...

    def holder(self) -> str:
        """Return who holds the lease; empty if nobody does."""
        ...

    def pool_use(self) -> tuple[int, int] | None:
        """Return how many connections of its own are in use, and how many wait; None for none."""
        ...
