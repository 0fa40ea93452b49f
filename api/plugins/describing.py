"""What loaded code has: tools with what they take, valves, and what it does to answers."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from pydantic import BaseModel, create_model
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo

KINDS = {"Tools": "tool", "Pipe": "pipe", "Filter": "filter", "Action": "action"}
"""The classes that code may have, and what it is then."""

VALVES, USER_VALVES = "Valves", "UserValves"

STAGES = ("inlet", "stream", "outlet")

OURS = "__"
"""What names of parameters begin with that the server fills in."""

PARAMETER = re.compile(r"^\s*:param\s+(?:[^\s:]+\s+)?(\w+)\s*:\s*(.*?)\s*$")
DIRECTIVE = re.compile(r"^\s*:\w+")

Json = Mapping[str, Any]


class UnfitError(Exception):
    """The code is not what it has to be."""


def kind_of(module: Any) -> str:
    """Return the class that loaded code has; raises UnfitError."""
    found = [name for name in KINDS if isinstance(getattr(module, name, None), type)]
    if not found and hasattr(module, "Event"):
        raise UnfitError("Functions of the class Event are not built.")
    if len(found) != 1:
        names = ", ".join(KINDS)
        raise UnfitError(f"The code needs one class of these: {names}. It has {len(found)}.")
    return found[0]


def described(module: Any, instance: Any) -> Json:
    """Return what loaded code has; `instance` is of its class. Raises UnfitError."""
    name = kind_of(module)
    kind = KINDS[name]
    icon = getattr(instance, "icon", None) or getattr(instance, "icon_url", None)
    return {
        "kind": kind,
        "specs": specs_of(instance) if kind == "tool" else [],
        "valves": schema_of(module, instance, VALVES),
        "user_valves": schema_of(module, instance, USER_VALVES),
        "stages": [one for one in STAGES if callable(getattr(instance, one, None))],
        "can_toggle": bool(getattr(instance, "toggle", False)),
        "icon": icon if isinstance(icon, str) else "",
        "has_pipes": hasattr(instance, "pipes"),
        "actions": actions_of(instance) if kind == "action" else [],
        "priority": priority_of(module, instance),
    }


def valves_class(module: Any, instance: Any, name: str) -> type[BaseModel] | None:
    """Return a class of settings, of the class or beside it; None where there is none."""
    found = getattr(instance, name, None) or getattr(module, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def schema_of(module: Any, instance: Any, name: str) -> Json | None:
    """Return the JSON schema of a class of settings."""
    found = valves_class(module, instance, name)
    return found.model_json_schema() if found else None


def priority_of(module: Any, instance: Any) -> int:
    """Return the place of a filter among others that its settings say if nothing is set."""
    found = valves_class(module, instance, VALVES)
    field = found.model_fields.get("priority") if found else None
    return field.default if isinstance(field, FieldInfo) and isinstance(field.default, int) else 0


def actions_of(instance: Any) -> list[Json]:
    """Return the actions of a class that has several."""
    found = getattr(instance, "actions", None)
    return [
        {
            "id": str(one.get("id", "")),
            "name": str(one.get("name", "")),
            "icon": str(one.get("icon_url") or one.get("icon") or ""),
        }
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and one.get("id")
    ]


def methods_of(instance: Any) -> Mapping[str, Callable[..., Any]]:
    """Return what a model may call, by name, in the order of the code."""
    names = (name for kind in reversed(type(instance).__mro__) for name in vars(kind))
    return {
        name: found
        for name in dict.fromkeys(names)
        if not name.startswith("_")
        and callable(found := getattr(instance, name, None))
        and not inspect.isclass(found)
    }


def specs_of(instance: Any) -> list[Json]:
    """Return the tools of a class; raises UnfitError where there are none."""
    found = [spec_of(name, method) for name, method in methods_of(instance).items()]
    if not found:
        raise UnfitError("The class Tools has no method whose name begins with a letter.")
    return found


def spec_of(name: str, method: Callable[..., Any]) -> Json:
    """Return a tool: what it does by its docstring, and what it takes by its type hints."""
    text = inspect.getdoc(method) or ""
    told = dict(filter(None, map(parameter_in, text.splitlines())))
    try:
        hints = get_type_hints(method, include_extras=True)
        fields = {
            one.name: field_of(one, hints.get(one.name, str), told.get(one.name, ""))
            for one in inspect.signature(method).parameters.values()
            if not one.name.startswith(OURS)
            and one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}
        }
        schema = create_model(name, **fields).model_json_schema()  # type: ignore[call-overload]  # fields by name
    except (NameError, TypeError, PydanticUserError) as error:
        raise UnfitError(f"What {name} takes cannot be told: {error}") from error
    parameters = without_titles(schema)
    parameters.pop("description", None)
    return {"name": name, "description": description_in(text) or name, "parameters": parameters}


def parameter_in(line: str) -> tuple[str, str] | None:
    """Return what a line of a docstring says of a parameter."""
    found = PARAMETER.match(line)
    return (found[1], found[2]) if found else None


def description_in(text: str) -> str:
    """Return what a docstring says before it comes to parameters."""
    lines = text.splitlines()
    ends = next((at for at, line in enumerate(lines) if DIRECTIVE.match(line)), len(lines))
    return "\n".join(lines[:ends]).strip()


def field_of(parameter: inspect.Parameter, hint: Any, description: str) -> tuple[Any, Any]:
    """Return a parameter as a field of a model."""
    default = ... if parameter.default is parameter.empty else parameter.default
    if isinstance(default, FieldInfo):
        return hint, default
    return hint, FieldInfo(default=default, description=description or None)


def without_titles(schema: Any) -> Any:
    """Return a schema without the names that pydantic makes of those of fields."""
    if isinstance(schema, list):
        return [without_titles(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: without_named_titles(value)
        if key in {"properties", "$defs"}
        else without_titles(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }


def without_named_titles(named: Any) -> Any:
    """Return schemas by name without titles; a name may be `title` itself."""
    return {name: without_titles(one) for name, one in named.items()}
