"""Whom the settings say unexpected errors are told."""

from api.observability.defects.base import Defects
from api.observability.defects.null import UNTOLD
from api.observability.extras import check_installed
from rag.loading import loaded

SENTRY = "api.observability.defects.sentry:SentryDefects"
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
