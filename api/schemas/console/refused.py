"""Fields for what is not built: a value that says that it is not wanted is taken."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from api.errors import NotBuiltError


def refusing(what: str) -> BeforeValidator:
    """Return what refuses all values of a field but those that say that it is not wanted."""

    def check(value: Any) -> Any:
        """Return the value; raises NotBuiltError."""
        if value:
            raise NotBuiltError(what)
        return value

    return BeforeValidator(check)


NoPipeline = Annotated[Any, refusing("Pipelines (`pipeline_id`)")]
NoConnectors = Annotated[Any, refusing("Data sources (`connectors`)")]
