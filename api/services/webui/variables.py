"""Variables of people and conversations, which stand for `{{...}}` in what models are told."""

from collections.abc import Iterator, Mapping

VARIABLES = "variables"
"""Where a conversation has them."""

OF_CHAT, OF_PERSON = "chat.variables.", "user.variables."
"""What may stand before the name of a variable, and stands before that of a person's."""


def braced(variables: object) -> dict[str, str]:
    """Return what stands for variables of a conversation, by their names as prompts have them."""
    found = dict(named(variables))
    return {
        f"{{{{{before}{name}}}}}": text for before in ("", OF_CHAT) for name, text in found.items()
    }


def of_person(variables: object) -> dict[str, str]:
    """Return what stands for variables of a person."""
    return {f"{{{{{OF_PERSON}{name}}}}}": text for name, text in named(variables)}


def named(variables: object) -> Iterator[tuple[str, str]]:
    """Yield names and texts of variables; what is no object has none."""
    if isinstance(variables, Mapping):
        for name, value in variables.items():
            yield str(name), str(value)
