"""Brokers by the scheme of their address; Celery is imported when one is configured."""

from collections.abc import Callable
from urllib.parse import urlsplit

from api.config.queue import QueueSettings
from api.errors import StartError
from api.tasks.broker.base import Broker, NoBroker
from rag.loading import loaded

FORMS = {
    "redis": "redis://[user:password@]host:port/0",
    "rediss": "rediss://[user:password@]host:port/0",
    "amqp": "amqp://user:password@host:port/vhost",
    "amqps": "amqps://user:password@host:port/vhost",
}
"""What addresses look like, by scheme; the second of each pair is TLS."""

CELERY = {
    "broker": "api.tasks.broker.celery_broker:CeleryBroker",
    "worker": "api.workers.celery_worker:run_celery",
}
"""What is imported where a broker is configured; Celery takes 20 MB in every process."""

ADVICE = "Celery is not installed: ./entrypoint.sh --install celery, or the extra raglan[celery]."


def open_broker(settings: QueueSettings) -> Broker:
    """Return the broker of the settings, to which nothing is connected yet; raises StartError."""
    url = settings.url.get_secret_value()
    if not url:
        return NoBroker()
    check_address(url)
    opener: Callable[[str, float], Broker] = load_celery("broker")
    return opener(url, settings.timeout)


def load_celery(part: str) -> Callable[..., Broker]:
    """Return a part of what needs Celery; raises StartError where that is not installed."""
    try:
        found: Callable[..., Broker] = loaded(CELERY[part])
    except ModuleNotFoundError as error:
        raise StartError(ADVICE) from error
    return found


def check_address(url: str) -> None:
    """Raise StartError for an address that is none of `FORMS`."""
    form = url.partition("://")[0].lower() if "://" in url else ""
    if form not in FORMS:
        raise StartError(
            f"queue.url must begin with {', '.join(f'{name}://' for name in FORMS)}, not {form}://."
        )
    try:
        parts = urlsplit(url)
        is_readable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_readable = False
    if not is_readable or "," in parts.netloc or ";" in url:
        # The address itself may hold a password.
        raise StartError(f"queue.url cannot be read: it must look like {FORMS[form]}.")
