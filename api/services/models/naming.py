"""What names of models stand for, beside `model@Provider` itself."""

from collections.abc import Iterable, Iterator, Mapping


def forms_of(name: str, aliases: Mapping[str, str]) -> Iterator[str]:
    """Yield what a name may stand for, likeliest first: itself, or what it is an alias of.

    `model@instance@Provider` is `model@Provider`, too, where there is no model `model@instance`.
    """
    yield aliases.get(name, name)
    rest, _, provider = name.rpartition("@")
    model, at, _ = rest.rpartition("@")
    if at:
        short = f"{model}@{provider}"
        yield aliases.get(short, short)


def full_names(model: str, providers: Iterable[str]) -> list[str]:
    """Return the names of a model at some providers, each of these once."""
    return [f"{model}@{provider}" for provider in dict.fromkeys(providers)]


def short_name(name: str) -> str:
    """Return the name of a model at its provider; that of a name without provider is itself."""
    return name.rpartition("@")[0] or name
