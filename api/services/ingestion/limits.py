"""The limits of parser processes, as the settings have them."""

from api.config.settings import WorkerSettings
from rag.ingestion.limits import ParserLimits


def limits_of(settings: WorkerSettings) -> ParserLimits:
    """Return what a parser process may take."""
    return ParserLimits(
        seconds=settings.parse_timeout,
        memory=settings.parse_memory_bytes,
        idle_seconds=settings.parser_idle,
        memory_base=settings.parse_memory_base,
        cpu=settings.parse_cpu,
        cpu_per_mb=settings.parse_cpu_per_mb,
        characters=settings.parse_characters,
        expansion=settings.parse_expansion,
        chunks=settings.max_chunks,
        document_seconds=settings.document_timeout,
    )
