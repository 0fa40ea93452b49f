"""Settings that are chosen on pages of their subject, by who asks."""

from collections.abc import Callable, Mapping

from api.config.settings import Settings
from api.errors import NotAllowedError
from api.http.context import principal, services
from api.services.configuration.records import Author
from api.services.people.people import MYSELF

OFF = "{what} are switched off here: an administrator can switch them on."


def choose(values: Mapping[str, object]) -> Settings:
    """Set values by name, and return the settings in force then.

    Raises what `ChoiceService.say` raises.
    """
    if values:
        shown = services().people.people.shown(principal(), MYSELF)
        services().configuration.choices.say(Author(shown.email, shown.id), values)
    return services().live.current


def where_on(key: str, what: str) -> Callable[[], None]:
    """Return what refuses pages where a switch of `frontend` is off."""

    def check() -> None:
        if getattr(services().live.current.frontend, key) != "on":
            raise NotAllowedError(OFF.format(what=what))

    return check
