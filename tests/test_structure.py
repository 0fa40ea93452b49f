"""The house keeps its shape: who may know whom, how long things are, and nothing by the back door.

`make check` holds the layers with import-linter; what that cannot say is said here. No module is
left out of any of these.
"""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest

from tests.running import ROOT

pytestmark = pytest.mark.xdist_group("structure")  # all read the same trees, which are kept

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
MEDIAN_FUNCTION = 7
LOOSE_DICTS = 40

PEEWEE = re.compile(r"api/(db|tasks|leases)/.*|api/services/\w+/(\w+_)?queries(/\w+)?\.py")
"""The files that may know peewee: tables, the queue, the lease, and each subject's statements."""

STATEMENTS = re.compile(r"api\.db\.(listing|models\.(?!states)|rows|sql)")
"""What statements are made with; the states of documents and tasks are words for everybody."""

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOSE = re.compile(r"dict\[str, Any\]")


@cache
def modules() -> dict[str, Path]:
    """Return the modules of server and engine by name."""
    paths = [path for top in ("api", "rag") for path in sorted((ROOT / top).rglob("*.py"))]
    return {name_of(path): path for path in paths}


def name_of(path: Path) -> str:
    """Return the name by which a module is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the parsed text of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Return all that the text of a module is made of."""
    return tuple(ast.walk(tree_of(path)))


@cache
def imports_of(path: Path) -> list[str]:
    """Return the names that a module imports, of modules and of what is in them."""
    found = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def place(path: Path, line: int) -> str:
    """Return a line as editors take it."""
    return f"{path.relative_to(ROOT)}:{line}"


@cache
def functions() -> list[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Return every function and method, with its file."""
    return [
        (path, node)
        for path in modules().values()
        for node in nodes_of(path)
        if isinstance(node, FUNCTION)
    ]


def length(function: ast.stmt) -> int:
    """Return the lines of a function, from its `def` to its end, docstring and all."""
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def test_few_know_peewee() -> None:
    knowing = [
        str(path.relative_to(ROOT))
        for path in modules().values()
        if {"peewee", "playhouse"} & {name.partition(".")[0] for name in imports_of(path)}
    ]
    assert [name for name in knowing if not PEEWEE.fullmatch(name)] == []


def test_services_leave_tables_and_statements_to_their_queries() -> None:
    elsewhere = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules().values()
        if path.is_relative_to(ROOT / "api/services")
        and not PEEWEE.fullmatch(str(path.relative_to(ROOT)))
        for name in imports_of(path)
        if STATEMENTS.match(name)
    ]
    assert elsewhere == []


def test_access_alone_tells_whose_a_thing_is() -> None:
    """Services ask it, and compare no tenant with the asker's themselves."""
    asker_s = "asker.tenant_id"
    comparing = [
        place(path, node.lineno)
        for path in modules().values()
        if path.is_relative_to(ROOT / "api/services") and path.stem != "access"
        for node in nodes_of(path)
        if isinstance(node, ast.Compare)
        and asker_s in (sides := {ast.unparse(side) for side in (node.left, *node.comparators)})
        and any(side.endswith(".tenant_id") for side in sides - {asker_s})
    ]
    assert comparing == []


def test_pages_and_jobs_know_none_of_their_siblings() -> None:
    def is_shared(name: str, found: str) -> bool:
        """Return whether a module is one that all pages of a door share, or a contract of it."""
        home = re.sub(r"(\.contracts)?\.\w+$", "", name)
        shared = {f"{home}.{part}" for part in ("door", "words", "tools")}
        return found in shared or found.startswith(f"{home}.contracts.")

    known = [
        f"{name} imports {found}"
        for name, path in modules().items()
        if name.startswith(("api.apps.", "api.jobs."))
        for found in {found for found in imports_of(path) if found in modules()}
        if found.startswith(("api.apps.", "api.jobs.")) and not is_shared(name, found)
    ]
    assert known == []


def test_a_door_s_schemas_are_its_own() -> None:
    def door(module: str) -> str:
        """Return the folder of schemas that a module lies in; "" if all doors share it."""
        found = re.match(r"api\.schemas\.(\w+)", module)
        return found[1] if found and (ROOT / "api" / "schemas" / found[1]).is_dir() else ""

    shared = [
        f"{name} imports {found}"
        for name, path in modules().items()
        if door(name)
        for found in imports_of(path)
        if door(found) not in {"", door(name)}
    ]
    assert shared == []


def test_nothing_of_ours_is_imported_by_a_name_in_the_code() -> None:
    hidden = [
        place(path, node.lineno)
        for path in modules().values()
        for node in nodes_of(path)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"import_module", "__import__", "loaded"}
        and isinstance(node.args[0] if node.args else None, ast.Constant)
        and re.match(r"(api|rag)\b", str(ast.literal_eval(node.args[0])))
    ]
    assert hidden == []


def test_imports_stand_at_the_top() -> None:
    hidden = [
        place(path, node.lineno)
        for path, function in functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        name: {found for found in imports_of(path) if found in modules()} - {name}
        for name, path in modules().items()
    }
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" > ".join(error.args[1]))


def test_what_belongs_to_a_web_process_is_found_in_one_place() -> None:
    asking = {
        str(path.relative_to(ROOT))
        for path in modules().values()
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and node.attr == "extensions"
    }
    assert asking == {"api/http/process.py"}


def test_errors_know_no_number_of_any_door() -> None:
    tree = tree_of(modules()["api.errors"])
    numbers = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not numbers & set(range(100, 600))


def test_no_file_is_long() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in modules().values()
    }
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}


def test_no_function_is_long() -> None:
    long = {
        place(path, function.lineno): length(function)
        for path, function in functions()
        if length(function) > LONGEST_FUNCTION
    }
    assert long == {}


def test_functions_are_short() -> None:
    assert median(length(function) for _, function in functions()) <= MEDIAN_FUNCTION


def test_services_return_no_loose_dicts() -> None:
    loose = [
        place(path, function.lineno)
        for path, function in functions()
        if path.is_relative_to(ROOT / "api/services")
        and function.returns is not None
        and LOOSE.search(ast.unparse(function.returns))
    ]
    assert loose == []


def test_loose_dicts_are_few() -> None:
    server = [path for name, path in modules().items() if name.startswith("api")]
    found = [len(LOOSE.findall(path.read_text(encoding="utf-8"))) for path in server]
    assert sum(found) <= LOOSE_DICTS


@pytest.mark.parametrize(
    ("what", "most"),
    [
        ("lines of a function, docstring included: median", MEDIAN_FUNCTION),
        ("lines of the longest function", LONGEST_FUNCTION),
        ("lines of the longest file", LONGEST_FILE),
        ("`dict[str, Any]` in `api`", LOOSE_DICTS),
    ],
)
def test_the_page_about_the_house_has_what_is_held(what: str, most: int) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert f"| {what} | {most} |" in page
