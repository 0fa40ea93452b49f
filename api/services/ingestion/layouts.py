"""What Office files look like: a PDF of each, kept with the pictures that are drawn from it."""

import time
from pathlib import Path

import orjson

from api.errors import NoPageError
from api.execution import Execution
from api.services.ingestion.picture_cache import PictureCache
from api.services.library.records import StoredFile
from rag.errors import ParseError
from rag.ingestion.drawing import lay_out
from rag.ingestion.limits import ParserLimits
from rag.parsing.helpers.programs import LIBREOFFICE, found
from rag.parsing.registry import is_laid_out

LAYOUT = "layout.pdf"
PROBLEM = "problem.json"

REMEMBERED = 3600.0
"""Seconds for which a file that could not be laid out is not tried again: a try takes some time."""


class Layouts:
    """Has files laid out, each once."""

    def __init__(self, cache: PictureCache, execution: Execution) -> None:
        """Initialize with where they are kept."""
        self.cache = cache
        self.execution = execution

    def check(self, name: str) -> None:
        """Raise NoPageError for a file that would have pages if LibreOffice was here."""
        if is_laid_out(name) and not found(LIBREOFFICE):
            raise NoPageError(
                f"{name} has pages to show where LibreOffice is installed: {LIBREOFFICE.install}."
                " Its chunks are its text."
            )

    def drawable(
        self, file: StoredFile, origin: str, source: Path, limits: ParserLimits, folder: Path
    ) -> tuple[Path, str]:
        """Return the file that pages are drawn from, and its name; raises ParseError.

        That of an Office file is made if it is not kept, and lies in `folder`.
        """
        if not is_laid_out(file.name):
            return source, file.name
        target = folder / LAYOUT
        if not self.execution.offload(self.cache.copy, origin, LAYOUT, target):
            self.verify(origin)
            self.make(file, origin, source, target, limits, folder)
        return target, f"{file.name}.pdf"

    def make(
        self,
        file: StoredFile,
        origin: str,
        source: Path,
        target: Path,
        limits: ParserLimits,
        folder: Path,
    ) -> None:
        """Lay a file out, and keep what comes of it."""
        try:
            lay_out(source, file.name, target, limits, folder)
        except ParseError as error:
            problem = orjson.dumps({"said": str(error), "until": time.time() + REMEMBERED})
            self.execution.offload(self.cache.keep, origin, PROBLEM, problem)
            raise
        content = self.execution.offload(target.read_bytes)
        self.execution.offload(self.cache.keep, origin, LAYOUT, content)

    def verify(self, origin: str) -> None:
        """Raise ParseError if a file could not be laid out a while ago."""
        kept = self.execution.offload(self.cache.find, origin, PROBLEM)
        if kept is not None and (problem := orjson.loads(kept))["until"] > time.time():
            raise ParseError(problem["said"])
