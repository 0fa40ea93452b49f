"""Questions that are kept with datasets."""

from typing import NamedTuple


class QuestionRecord(NamedTuple):
    """A question that is kept with a dataset, and the ids of the chunks that it should find."""

    id: str
    question: str
    expected: tuple[str, ...]
    update_time: int
