"""Work on the search index in several processes of this machine."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import cache, partial

from api.cli.access import Access
from api.errors import RaglanError, UnavailableError
from api.services.library.reindexing import Part, Progress, Reindexer
from rag.errors import RagError
from rag.ingestion.lifetime import end_with

WAITING = 2
"""Parts that are handed out for each process, so that none has to wait for its next one."""


def reindexed(
    access: Access,
    dataset_id: str | None,
    on_progress: Progress,
    *,
    anew: bool = False,
    processes: int = 0,
) -> int:
    """Bring one dataset or all in step; return how many chunks there are.

    Without a number there is a process for each core.
    """
    processes = processes or cores()
    spread = partial(spread_over, processes) if processes > 1 else None
    return access.services.library.reindexer.run(dataset_id, on_progress, anew=anew, spread=spread)


def cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0))


def spread_over(processes: int, parts: Iterable[Part]) -> Iterator[int]:
    """Bring parts in step in so many processes; yield how many chunks those have that are done.

    Raises UnavailableError where one of them cannot be.
    """
    with ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), begin, (os.getpid(),)
    ) as pool:
        running: set[Future[int]] = set()
        for part in parts:
            running.add(pool.submit(settle, part))
            if len(running) == processes * WAITING:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
        yield from (one.result() for one in running)


def begin(parent: int) -> None:
    """Make ready a process that ends with the one that asks it."""
    end_with(parent)
    reindexer()


@cache
def reindexer() -> Reindexer:
    """Return that of this process, on the database and chunk store of the server."""
    return Access().services.library.reindexer


def settle(part: Part) -> int:
    """Bring documents in step; return how many chunks they have."""
    try:
        return reindexer().settle(part)
    except (RagError, RaglanError) as error:
        # Not all errors can go from one process to another.
        raise UnavailableError(str(error)) from None
