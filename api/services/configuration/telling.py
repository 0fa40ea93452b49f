"""Telling other processes that settings have changed in the database."""

import logging

from api.errors import UnavailableError
from api.news.base import News

log = logging.getLogger(__name__)


def tell_others(news: News) -> None:
    """Tell the others; those who are not told find out when they look."""
    try:
        news.tell()
    except UnavailableError as error:
        log.warning("Changed settings count elsewhere after the next look: %s", error)
