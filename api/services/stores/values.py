"""What the services of stores are asked for, checked already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.services.library.values import Options
from api.services.unset import UNSET, Unset


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to put into a dataset, by its id, with its metadata and with options of parsing."""

    file_id: str
    attributes: Mapping[str, object] | Unset = UNSET
    options: Options | Unset = UNSET


@dataclass(frozen=True, slots=True)
class FilesWanted:
    """Which files of a dataset, or of a batch, to list: those in some states, or all for none."""

    states: Sequence[str] = ()
    batch_id: str = ""
