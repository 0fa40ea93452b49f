"""Fields for what is not built: a value that says that it is not wanted is taken."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from api.errors import RuleError


def refusing(field: str, what: str) -> BeforeValidator:
    """Return what refuses all values of a field but those that say that it is not wanted."""

    def check(value: Any) -> Any:
        """Return the value; raises RuleError."""
        if value:
            raise RuleError(f"Leave `{field}` out: Raglan has no {what}.")
        return value

    return BeforeValidator(check)


NoPipeline = Annotated[Any, refusing("pipeline_id", "pipelines")]
NoConnectors = Annotated[Any, refusing("connectors", "data sources")]
