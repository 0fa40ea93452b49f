"""What the services of files are asked for, checked already."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.services.library.values import Readable


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as it was received, with the names of the folders below which it belongs."""

    name: str
    content: Readable
    folders: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which of a folder to list: those with some text in their names, or folders alone.

    With `folders_first` all folders come before all files. `after_folder` says that the place
    behind which a page begins is that of a folder, which may be gone by now.
    """

    keywords: str = ""
    only_folders: bool = False
    folders_first: bool = False
    after_folder: bool = False


@dataclass(frozen=True, slots=True)
class FileMove:
    """Where to move files, and how one of them is called from then on; empty for as it is."""

    ids: Sequence[str]
    folder_id: str = ""
    name: str = ""
