"""What the holder of the lease does: progress, recovery, cleaning up."""

import os
import socket

from api.container import Services
from api.coordination.elector import Elector
from api.coordination.periodic import PeriodicJob, PeriodicJobs

CLEANED_AT_ONCE = 100


class Background:
    """The elector of a web worker, and the jobs that it runs while it holds the lease."""

    def __init__(self, services: Services) -> None:
        """Put the jobs together; nothing runs yet."""
        owner = f"{socket.gethostname()}:{os.getpid()}"
        self.elector = Elector(services.lease, owner, services.settings.lease.ttl)
        self.jobs = PeriodicJobs(periodic_jobs(services), lambda: self.elector.fence is not None)

    def start(self) -> None:
        """Begin to compete for the lease."""
        self.elector.start()
        self.jobs.start()

    def stop(self) -> None:
        """Run nothing more, and give the lease back."""
        self.jobs.stop()
        self.elector.stop()


def periodic_jobs(services: Services) -> list[PeriodicJob]:
    """Return the jobs of the lease's holder."""
    return [
        PeriodicJob("update_progress", services.progress.update, pause=1, idle=1),
        PeriodicJob("recover_tasks", lambda: recover_tasks(services), pause=1, idle=1),
        PeriodicJob("clean_up", lambda: clean_up(services), pause=1, idle=5),
    ]


def recover_tasks(services: Services) -> int:
    """Give back the tasks of lost workers; return how many."""
    found = services.tasks.recover()
    if found.returned:
        services.tasks.wake()
    return found.returned + found.ended


def clean_up(services: Services) -> int:
    """Finish what killed processes have left; return how much."""
    left = services.publisher.left_to_clean(CLEANED_AT_ONCE)
    for dataset_id, document_id, generation in left:
        services.publisher.clean(dataset_id, document_id, generation)
    return len(left) + services.cleanup.finish()
