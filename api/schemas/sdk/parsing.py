"""What clients are told of documents that were queued for parsing, or stopped."""

from api.services.deletion import Deletion
from rag.quoting import listed


def counted(done: Deletion) -> dict[str, object]:
    """Return to how many documents it was done, and which were named more than once."""
    answer: dict[str, object] = {"success_count": done.count}
    if done.repeated:
        answer["errors"] = listed([f"Duplicate document ids: {item}" for item in done.repeated])
    return answer


def problems(done: Deletion) -> dict[str, object] | None:
    """Return the same if documents were named more than once; else there is nothing to tell."""
    return counted(done) if done.repeated else None
