"""Putting together what keeps files beside datasets."""

from dataclasses import dataclass

from api.db.connection import Database
from api.services.files.deletion import FileDeletion
from api.services.files.files import FileService
from api.services.files.links import LinkService
from api.services.files.replacement import FileReplacement
from api.services.files.tree import FileTree
from api.services.files.uploads import FileUploads
from api.services.library.build import LibraryServices


@dataclass(frozen=True, slots=True)
class FileServices:
    """The tree of a tenant's files, what changes it, and the documents made of them."""

    tree: FileTree
    files: FileService
    uploads: FileUploads
    links: LinkService
    deletion: FileDeletion
    replacement: FileReplacement


def build_files(database: Database, library: LibraryServices) -> FileServices:
    """Compose the services of files, which store and delete by those of the library."""
    tree = FileTree(database)
    uploads = FileUploads(tree, library.uploads)
    links = LinkService(tree, library.uploads, library.documents)
    return FileServices(
        tree=tree,
        files=FileService(database, tree, library.downloads, library.documents),
        uploads=uploads,
        links=links,
        deletion=FileDeletion(tree, links, library.cleanup),
        replacement=FileReplacement(uploads),
    )
