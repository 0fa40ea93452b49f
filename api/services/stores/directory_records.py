"""Directories of knowledge bases, and how what is in them differs from what a client has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Directory(NamedTuple):
    """A directory; the parent of one at the top is ''. Times are in ms since the epoch."""

    id: str
    dataset_id: str
    parent_id: str
    created_by: str
    name: str
    create_time: int
    update_time: int


@dataclass(frozen=True)
class DirectoryTree:
    """The directories of a knowledge base, by name."""

    directories: Sequence[Directory] = ()

    @cached_property
    def by_id(self) -> dict[str, Directory]:
        """Return them by their ids."""
        return {one.id: one for one in self.directories}

    @cached_property
    def by_path(self) -> dict[str, Directory]:
        """Return them by their paths, `a/b`."""
        return {self.path(one.id): one for one in self.directories}

    def way(self, directory_id: str) -> list[Directory]:
        """Return the directories from the top to one, itself included; none for the top."""
        found: list[Directory] = []
        while (one := self.by_id.get(directory_id)) and one not in found:
            found.append(one)
            directory_id = one.parent_id
        return found[::-1]

    def path(self, directory_id: str) -> str:
        """Return the path of a directory; empty for the top, and for one that is gone."""
        return "/".join(one.name for one in self.way(directory_id))

    @cached_property
    def by_parent(self) -> dict[str, list[Directory]]:
        """Return them by the ids of those that they are in."""
        found: dict[str, list[Directory]] = {}
        for one in self.directories:
            found.setdefault(one.parent_id, []).append(one)
        return found

    def children(self, directory_id: str) -> list[Directory]:
        """Return the directories in one, or at the top."""
        return self.by_parent.get(directory_id, [])

    def below(self, directory_id: str) -> list[str]:
        """Return the ids of a directory and of all in it."""
        found = [directory_id]
        for one in found:
            found += [inner.id for inner in self.children(one)]
        return found

    def depth(self, directory_id: str) -> int:
        """Return how many levels there are from a directory down, itself included."""
        inner = [self.depth(one.id) for one in self.children(directory_id)]
        return 1 + max(inner, default=0)


class Placed(NamedTuple):
    """A document as far as it matters where in a dataset it is."""

    id: str
    file_id: str
    name: str
    sent_name: str
    directory_id: str
    content_hash: str

    @property
    def shown_name(self) -> str:
        """Return what it is called in its directory."""
        return self.sent_name or self.name

    @property
    def shown_id(self) -> str:
        """Return the id of its file, or its own where it was made of none."""
        return self.file_id or self.id


class Told(NamedTuple):
    """A file that a client has: its name, the path of its directory, and its SHA-256."""

    name: str
    path: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes a knowledge base the same as what a client has.

    `modified` are files with the ids of what is there instead, `made` paths of directories, and
    `removed` ids of directories, the inner ones first. `there` are the directories by their paths.
    """

    added: list[Told]
    modified: list[tuple[Told, str]]
    deleted: list[Placed]
    made: list[str]
    removed: list[str]
    unmodified: int
    there: Mapping[str, Directory]


def difference(tree: DirectoryTree, there: Sequence[Placed], told: Sequence[Told]) -> Difference:
    """Return how the files of a knowledge base differ from those of a client.

    Of several that are there under one name one counts, the same one as the client's if there is.
    """
    wanted = list(dict.fromkeys(told))
    known: dict[tuple[str, str], list[Placed]] = {}
    for one in there:
        known.setdefault((tree.path(one.directory_id), one.shown_name), []).append(one)
    added, modified = [], list[tuple[Told, str]]()
    kept = set[str]()
    for file in wanted:
        others = known.get((file.path, file.name), [])
        same = [one for one in others if one.content_hash == file.content_hash]
        if same:
            kept.add(same[0].id)
        elif others:
            modified.append((file, others[0].shown_id))
            kept.add(others[0].id)
        else:
            added.append(file)
    paths = set(ways(file.path for file in wanted))
    return Difference(
        added,
        modified,
        deleted=[one for one in there if one.id not in kept],
        made=sorted(paths - tree.by_path.keys()),
        removed=[tree.by_path[path].id for path in sorted(tree.by_path.keys() - paths)[::-1]],
        unmodified=len(wanted) - len(added) - len(modified),
        there=tree.by_path,
    )


def ways(paths: Iterable[str]) -> Iterator[str]:
    """Yield paths and all directories on their ways."""
    for path in paths:
        parts = path.split("/") if path else []
        for end in range(1, len(parts) + 1):
            yield "/".join(parts[:end])
