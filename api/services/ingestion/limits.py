"""The limits of parser processes, as the settings have them."""

from api.config.settings import WorkerSettings
from rag.ingestion.limits import ParserLimits
from rag.parsing.base import Helpers


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
        helpers=helpers_of(settings),
    )


def helpers_of(settings: WorkerSettings) -> Helpers:
    """Return which programs and services may help a parser process."""
    return Helpers(
        convert_seconds=settings.convert_timeout,
        memory=settings.parse_memory_bytes,
        ocr=settings.ocr,
        ocr_languages=settings.ocr_languages,
        ocr_seconds=settings.ocr_timeout,
        ocr_page_pictures=settings.ocr_page_pictures,
        speech_url=settings.speech_base_url,
        speech_key=settings.speech_api_key.get_secret_value(),
        speech_model=settings.speech_model,
        speech_seconds=settings.speech_timeout,
    )
