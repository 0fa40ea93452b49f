"""Doing something with each of many things, some of them at a time."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from api.execution import Execution

Given = TypeVar("Given")
Made = TypeVar("Made")


def together(
    execution: Execution, at_once: int, make: Callable[[Given], Made], things: Sequence[Given]
) -> Iterator[Made]:
    """Yield what is made of each thing, in their order; `make` raises nothing but a defect."""
    for begin in range(0, len(things), at_once):
        waits = [execution.beside(make, one) for one in things[begin : begin + at_once]]
        yield from (wait() for wait in waits)
