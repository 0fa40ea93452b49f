"""What the holder of the lease does: progress, recovery, cleaning up."""

import os
import secrets
import socket
import threading
from dataclasses import asdict
from functools import partial

from api.container import Services
from api.leases.elector import Elector
from api.leases.periodic import PeriodicJob, PeriodicJobs
from api.observability.definitions import RECOVERIES, WEBHOOK_DELIVERIES
from api.services.operations.records import ReportKind

CLEANED_AT_ONCE = 100

LISTEN_SECONDS = 60.0
"""Between two looks at whether to go on listening, should the call to stop be missed."""


class Background:
    """The elector of a web worker, and the jobs that it runs while it holds the lease."""

    def __init__(self, services: Services) -> None:
        """Compose the jobs; nothing runs yet."""
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        # Processes in containers may have the same name, but no two are one owner.
        owner = f"{secrets.token_hex(4)}@{self.name}"
        recorder = services.recorder
        lease = services.settings.lease
        self.elector = Elector(
            services.lease, owner, lease.ttl, lease.renewals, lease.step_down, recorder
        )
        report = PeriodicJob("report_jobs", partial(self.report, services), pause=1, idle=5)
        self.jobs = PeriodicJobs(
            [*periodic_jobs(services), report],
            lambda: self.elector.fence,
            self.elector.step_down,
            recorder,
        )
        self._tasks = services.tasks
        self._stopping = threading.Event()
        self._listening = threading.Thread(target=self._listen, name="alarm", daemon=True)

    def start(self) -> None:
        """Begin to compete for the lease."""
        self.elector.start()
        self.jobs.start()
        self._listening.start()

    def stop(self) -> None:
        """Run nothing more, and give the lease back."""
        self._stopping.set()
        self.jobs.stop()
        self.elector.stop()
        self._tasks.wake()

    def _listen(self) -> None:
        """Update the places of documents as soon as a task of this machine is queued."""
        with self._tasks.alarm() as alarm:
            while not self._stopping.is_set():
                alarm.wait(LISTEN_SECONDS)
                self.jobs.wake()

    def report(self, services: Services, token: int) -> int:
        """Publish the jobs' last runs to all processes."""
        records = {
            name: {**asdict(record), "worker": self.name}
            for name, record in self.jobs.records.items()
        }
        services.operations.reports.write(
            ReportKind.JOB, records, partial(services.fencing.check, token)
        )
        return 0


def periodic_jobs(services: Services) -> list[PeriodicJob]:
    """Return the jobs of the lease's holder."""
    return [
        PeriodicJob(
            "update_progress", partial(update_progress, services), pause=1, idle=6, wakes=True
        ),
        PeriodicJob("recover_tasks", partial(recover_tasks, services), pause=1, idle=2),
        *announcing(services),
        PeriodicJob("clean_up", partial(clean_up, services), pause=1, idle=5),
        PeriodicJob("keep_ballast", partial(keep_ballast, services), pause=10, idle=10),
        PeriodicJob("trim_pictures", partial(trim_pictures, services), pause=60, idle=60),
        PeriodicJob("take_figures", partial(take_figures, services), pause=60, idle=60),
        PeriodicJob("renew_sessions", partial(renew_sessions, services), pause=1, idle=15),
        PeriodicJob("send_mail", partial(send_mail, services), pause=1, idle=2),
        PeriodicJob("call_webhooks", partial(call_webhooks, services), pause=1, idle=2),
        PeriodicJob("expire", partial(expire, services), pause=1, idle=3600),
    ]


def announcing(services: Services) -> list[PeriodicJob]:
    """Return the job that tells the broker's workers what waits, where there is a broker."""
    job = PeriodicJob("announce_tasks", partial(announce_tasks, services), pause=0.25, idle=1)
    return [job] if services.tasks.broker.is_there else []


def update_progress(services: Services, token: int) -> int:
    """Copy the progress of tasks to their documents; return how many were changed.

    At least one is said to be while anything is at work: it is to be looked at again soon.
    """
    changed = services.progress.update(partial(services.fencing.check, token))
    return changed or int(services.progress.any_at_work())


def recover_tasks(services: Services, token: int) -> int:
    """Return the tasks of lost workers to the queue; return how many."""
    found = services.tasks.recover(partial(services.fencing.check, token))
    services.recorder.count(RECOVERIES, "returned", by=found.returned)
    services.recorder.count(RECOVERIES, "ended", by=found.ended)
    return found.returned + found.ended


def announce_tasks(services: Services, _token: int) -> int:
    """Send messages for tasks that are due and have none, as it was lost; return how many."""
    return services.tasks.announce()


def keep_ballast(services: Services, _token: int) -> int:
    """Restore the file that deletions remove on a full disk; return how many were restored."""
    return int(services.library.disk.take_ballast())


def clean_up(services: Services, _token: int) -> int:
    """Finish what killed processes have left, give back room, renew; return how much was done.

    It removes only what can never be asked for again, so that two may do it at once.
    """
    cleanup = services.library.cleanup
    left = services.ingestion.leftovers.find(CLEANED_AT_ONCE)
    for run in left:
        services.ingestion.leftovers.remove(run)
    return len(left) + cleanup.finish() + cleanup.give_back() + cleanup.renew()


def trim_pictures(services: Services, _token: int) -> int:
    """Remove pictures of pages that are too many; return how many."""
    return services.ingestion.pictures.trim()


def take_figures(services: Services, token: int) -> int:
    """Keep the figures of the minute that has just ended; return how many."""
    return services.operations.figures.take(partial(services.fencing.check, token))


def renew_sessions(services: Services, token: int) -> int:
    """Ask providers again about people who signed in there; return about how many."""
    return services.identity.grants.renew(partial(services.fencing.check, token))


def send_mail(services: Services, token: int) -> int:
    """Send messages that wait; return how many."""
    return services.sign_in.outbox.send_due(partial(services.fencing.check, token))


def call_webhooks(services: Services, token: int) -> int:
    """Tell addresses what they are still to be told; return how much was tried."""
    found = services.webui.hooks.deliveries.send_due(partial(services.fencing.check, token))
    for outcome, count in found.items():
        services.recorder.count(WEBHOOK_DELIVERIES, outcome, by=count)
    return found.total()


def expire(services: Services, token: int) -> int:
    """Delete some of what is over; return how much was read or removed."""
    guard = partial(services.fencing.check, token)
    return services.operations.retention.expire(guard) + services.auditing.audit.expire(guard)
