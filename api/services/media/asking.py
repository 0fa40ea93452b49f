"""What people are told where an endpoint that speaks, hears or draws fails."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import RuleError, UnavailableError
from api.services.models.relays import ABOUT_THE_REQUEST
from rag.errors import EndpointRefusalError, ModelError, ParseError


@contextmanager
def asking() -> Iterator[None]:
    """Raise RuleError for what an endpoint refuses of a request, else UnavailableError."""
    try:
        yield
    except EndpointRefusalError as error:
        kind = RuleError if error.status in ABOUT_THE_REQUEST else UnavailableError
        raise kind(str(error)) from error
    except ModelError as error:
        raise UnavailableError(str(error)) from error
    except ParseError as error:
        raise RuleError(str(error)) from error
