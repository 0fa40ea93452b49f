"""Variables of a conversation: texts that stand for `{{name}}` in what models are told of it."""

from collections.abc import Mapping

VARIABLES = "variables"
"""Where a conversation has them."""


def braced(variables: object) -> dict[str, str]:
    """Return what stands for `{{name}}`, by that; what is no object has none."""
    if not isinstance(variables, Mapping):
        return {}
    return {f"{{{{{name}}}}}": str(value) for name, value in variables.items()}
