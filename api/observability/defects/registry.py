"""Whom the settings say unexpected errors are told."""

from api.observability.defects.base import Defects
from api.observability.defects.null import UNTOLD
from api.observability.extras import check_installed
from rag.loading import loaded

SENTRY = "api.observability.defects.sentry:SentryDefects"
ASK_SENTRY = "api.observability.defects.sentry:ask"
"""Its library is imported where an address is set, and no earlier."""


def open_defects(dsn: str, environment: str) -> Defects:
    """Return what tells a project at Sentry of errors, or nobody without an address.

    Raises StartError for an address that cannot be one, and where the library is not installed.
    """
    if not dsn:
        return UNTOLD
    check_installed("sentry_sdk", "telemetry.sentry_dsn", "sentry")
    made: Defects = loaded(SENTRY)(dsn, environment)
    return made


def ask_receiver(dsn: str) -> str:
    """Return what is wrong with a project at Sentry; empty for nothing.

    Raises StartError as `open_defects` does.
    """
    open_defects(dsn, "")
    wrong: str = loaded(ASK_SENTRY)(dsn)
    return wrong
