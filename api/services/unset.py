"""What stands for a value that was not given, where None is a value of its own."""

from enum import Enum
from typing import Final


class Unset(Enum):
    """The type of the one value that says: leave this as it is."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
