"""Code of administrators in tests."""

from api.container import Services


def switched_on(services: Services, **values: object) -> None:
    """Let code run, with limits where some are given."""
    settings = services.live.current
    changed = settings.tools.model_copy(update={"python": True, **values})
    services.live.take(settings.model_copy(update={"tools": changed}))
