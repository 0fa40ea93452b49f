"""The types of what pages hand over, found from their code and the hints of presenters."""

import ast
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import orjson

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class Unread:
    """Stands for the type of what cannot be read."""


UNREAD = Unread()


@dataclass(frozen=True, slots=True)
class Scope:
    """A function as it is written, with what its names stand for."""

    node: FunctionNode
    names: Mapping[str, object]
    assigned: Mapping[str, ast.expr]
    hints: Mapping[str, object]

    @classmethod
    def of(cls, function: FunctionType) -> "Scope":
        """Return that of a function."""
        node = nodes_of(Path(function.__code__.co_filename))[function.__code__.co_firstlineno]
        known, names = dict(assignments(node)), function.__globals__
        return cls(node, names, known, {**annotated(node, names), **function.__annotations__})

    def value(self, node: ast.expr) -> object:
        """Return what a name stands for, be it of a module; None where that is not known."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.value(node.value)
            return getattr(owner, node.attr, None) if isinstance(owner, ModuleType) else None
        return None

    def values(self, node: ast.expr) -> list[object]:
        """Return all that an expression may stand for, where it chooses from constants.

        That is an item of a map, also of one that a function returns it from, or a field of it.
        """
        if isinstance(node, ast.Name) and node.id in self.assigned:
            return self.values(self.assigned[node.id])
        if isinstance(node, ast.Attribute) and (owners := self.values(node.value)):
            return [getattr(owner, node.attr, None) for owner in owners]
        if isinstance(node, ast.Subscript):
            return self.items(node.value)
        if isinstance(node, ast.Call):
            return chosen(self.value(node.func))
        found = self.value(node)
        return [] if found is None else [found]

    def items(self, node: ast.expr) -> list[object]:
        """Return what is in a map, of a module or in the code."""
        if isinstance(node, ast.Dict):
            return [found for value in node.values for found in self.values(value)]
        known = self.value(node)
        return list(known.values()) if isinstance(known, Mapping) else []


@cache
def nodes_of(path: Path) -> Mapping[int, FunctionNode]:
    """Return the functions of a file by the line that they begin on, decorators included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = (item for item in ast.walk(tree) if isinstance(item, FunctionNode))
    return {min(part.lineno for part in (node, *node.decorator_list)): node for node in found}


def annotated(node: FunctionNode, names: Mapping[str, object]) -> dict[str, object]:
    """Return the types that a function gives to names of its own."""
    scope = Scope(node, names, {}, {})
    return {
        item.target.id: written(item.annotation, scope)
        for item in ast.walk(node)
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def written(node: ast.expr, scope: Scope) -> Any:
    """Return a type as it is written; None where it is not one of a few forms."""
    if not isinstance(node, ast.Subscript):
        return scope.value(node)
    outer, inner = scope.value(node.value), written(node.slice, scope)
    return None if outer is None or inner is None else cast("Any", outer)[inner]


def assignments(node: FunctionNode) -> list[tuple[str, ast.expr]]:
    """Return what the names of a function are first set to."""
    found = [
        (item.targets[0].id, item.value)
        for item in ast.walk(node)
        if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name)
    ]
    return found[::-1]


def chosen(function: object) -> list[object]:
    """Return what a function chooses from, where all it does is to return an item of a map."""
    if not isinstance(function, FunctionType) or not function.__module__.startswith("api."):
        return []
    scope = Scope.of(function)
    last = scope.node.body[-1]
    item = last.value if isinstance(last, ast.Return) else None
    return scope.values(item) if isinstance(item, ast.Subscript) else []


def hint_of(node: ast.expr, scope: Scope) -> object:
    """Return the type of an expression; UNREAD where it is not said by a presenter's hints."""
    reader = READERS.get(type(node))
    return reader(node, scope) if reader else UNREAD


def returned(function: object) -> object:
    """Return the type that a function says it returns."""
    if not isinstance(function, FunctionType):
        return UNREAD
    return get_type_hints(function, include_extras=True).get("return", UNREAD)


def of_call(node: Any, scope: Scope) -> object:
    """Return the type of what a call returns; of JSON text that of what is written."""
    called = scope.values(node.func)
    if called == [orjson.dumps]:
        return hint_of(node.args[0], scope)
    hints = [returned(function) for function in called]
    return UNREAD if not hints or UNREAD in hints else Union[tuple(hints)]  # noqa: UP007 - as above


def of_name(node: Any, scope: Scope) -> object:
    """Return the type of what a name was set to, or was declared as where it comes from."""
    assigned = scope.assigned.get(node.id)
    if scope.hints.get(node.id) is not None:
        return scope.hints[node.id]
    return declared(node.id, scope) if assigned is None else hint_of(assigned, scope)


def declared(name: str, scope: Scope) -> object:
    """Return the type that a module gives to a constant of its own, or of one that it imports."""
    module = sys.modules[str(scope.names["__name__"])]
    home = imports_of(Path(str(module.__file__))).get(name, module.__name__)
    hint = get_type_hints(sys.modules[home], include_extras=True).get(name, UNREAD)
    return get_args(hint)[0] if get_origin(hint) is Final else hint


@cache
def imports_of(path: Path) -> Mapping[str, str]:
    """Return from where a file has the names that it imports from others."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


def of_constant(node: Any, _scope: Scope) -> object:
    """Return the type of a constant that stands in the code."""
    return Literal[node.value] if isinstance(node.value, bool | int | str) else type(node.value)


def of_listing(node: Any, scope: Scope) -> object:
    """Return the type of a list that is made of each of something."""
    inner = hint_of(node.elt, scope)
    return UNREAD if inner is UNREAD else list[inner]  # type: ignore[valid-type]  # found out here


def of_list(node: Any, _scope: Scope) -> object:
    """Return the type of a list that stands in the code, which must be empty."""
    return UNREAD if node.elts else list[None]


def of_mapping(node: Any, scope: Scope) -> object:
    """Return the type of a map that is made of each of something."""
    inner = hint_of(node.value, scope)
    return UNREAD if inner is UNREAD else dict[str, inner]  # type: ignore[valid-type]  # as above


def of_choice(node: Any, scope: Scope) -> object:
    """Return the type of either of two."""
    either = hint_of(node.body, scope), hint_of(node.orelse, scope)
    return UNREAD if UNREAD in either else Union[either]  # noqa: UP007 - found out here


READERS: Mapping[type[ast.expr], Callable[[Any, Scope], object]] = {
    ast.Call: of_call,
    ast.Name: of_name,
    ast.Constant: of_constant,
    ast.ListComp: of_listing,
    ast.List: of_list,
    ast.DictComp: of_mapping,
    ast.IfExp: of_choice,
}


def literals(hint: object) -> tuple[int, ...]:
    """Return the numbers that a type allows, where it allows no others."""
    return get_args(hint) if get_origin(hint) is Literal else ()


def written_as(hint: object) -> object:
    """Return the type whose JSON some bytes are, where `Annotated[bytes, Answer]` says so."""
    return hint.__metadata__[0] if get_origin(hint) is Annotated else hint  # type: ignore[attr-defined]  # an alias
