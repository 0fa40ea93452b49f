"""Files that a form brings, with the paths that it gives them."""

from itertools import chain, repeat

from flask import request

from api.errors import ArgumentError
from api.schemas.file import received_file
from api.services.files.values import ReceivedFile


def files_of_form() -> list[ReceivedFile]:
    """Return the files of the request, which werkzeug keeps on the disk if they are large."""
    files = request.files.getlist("file")
    if not files:
        raise ArgumentError("No file part!")
    if not all(file.filename for file in files):
        raise ArgumentError("No file selected!")
    paths = chain(request.form.getlist("path"), repeat(""))
    return [
        received_file(file.filename or "", path, file.stream)
        for file, path in zip(files, paths, strict=False)
    ]
