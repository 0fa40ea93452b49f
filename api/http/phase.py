"""Where the whole server stands between its start and its end, known to master and workers."""

import mmap

STARTING, SERVING, STOPPING = range(3)

REASONS = {STARTING: "The server is starting.", STOPPING: "The server is stopping."}


class Phase:
    """One byte of memory that a process shares with those it forks."""

    def __init__(self) -> None:
        """Begin to start."""
        self._byte = mmap.mmap(-1, 1)

    @property
    def serving(self) -> bool:
        """Return whether requests are served, and will be."""
        return self._byte[0] == SERVING

    @property
    def stopping(self) -> bool:
        """Return whether the server was told to stop."""
        return self._byte[0] == STOPPING

    @property
    def reason(self) -> str:
        """Return why nobody should send requests; empty if they may."""
        return REASONS.get(self._byte[0], "")

    def serve(self) -> None:
        """Record that requests are served, unless the server stops already."""
        if not self.stopping:
            self._byte[0] = SERVING

    def stop(self) -> None:
        """Record that the server was told to stop."""
        self._byte[0] = STOPPING
