"""Parsing: what any kind of worker does with tasks that it has claimed."""

from collections.abc import Callable, Iterator, Sequence

from api.container import Services
from api.services.ingestion.records import Outcome
from api.tasks.base import ClaimedTask
from rag.ingestion.process import ParserProcess


def parse(
    services: Services, task: ClaimedTask, process: ParserProcess, stopping: Callable[[], bool]
) -> Outcome:
    """Execute a claimed task with the caller's parser process; return its outcome.

    It is handed back soon after `stopping` says so. Raises UnavailableError when the database does
    not answer: the task's lease runs out then, and it is given to another worker.
    """
    with services.tracer.entry("task:parse", task.trace):
        return services.ingestion.ingestion.run(task, process, stopping)


def parse_together(
    services: Services,
    tasks: Sequence[ClaimedTask],
    process: ParserProcess,
    stopping: Callable[[], bool],
) -> Iterator[Outcome]:
    """Execute tasks that were claimed together, as `parse` does; yield their outcomes.

    They are traced as part of what queued the first of them.
    """
    with services.tracer.entry("task:parse", tasks[0].trace):
        yield from services.ingestion.small.run(tasks, process, stopping)
