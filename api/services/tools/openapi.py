"""Tools that a server describes by OpenAPI: each operation is one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote, urlencode, urljoin

import orjson

from api.errors import FetchError
from api.fetching.calls import Caller, Request
from api.services.tools.records import Schema, ServerText, Tool

METHODS = ("get", "post", "put", "patch", "delete")

MOST_TOOLS = 128
"""Tools of a server; models of OpenAI take as many in all."""

MOST_NODES = 20_000
"""Values in the schemas of a server with all references followed, which takes some 20 ms."""

DEEPEST = 16
"""References within references; a deeper one says nothing."""

DESCRIPTION_BYTES = 2 << 20
NAMED = re.compile(r"[^A-Za-z0-9_-]+")


class Way(NamedTuple):
    """How an operation is called: where its arguments go, by their names.

    `whole` names the argument that is the body as it stands.
    """

    method: str
    path: str
    in_path: tuple[str, ...]
    in_query: tuple[str, ...]
    in_body: tuple[str, ...]
    whole: str = ""


def described(
    caller: Caller, text: ServerText, headers: Mapping[str, str], seconds: float
) -> list[Tool]:
    """Return the tools of a server; raises FetchError where it describes none."""
    url = urljoin(f"{text.url.rstrip('/')}/", text.path.lstrip("/") or "openapi.json")
    request = Request("GET", url, headers, seconds=seconds, most_bytes=DESCRIPTION_BYTES)
    with caller.call(request) as reply:
        content = reply.content()
    if reply.status != HTTPStatus.OK:
        raise FetchError(f"{url} answered {reply.status}.")
    try:
        found = orjson.loads(content)
    except ValueError as error:
        raise FetchError(f"{url} is no JSON.") from error
    if not isinstance(found, dict) or not isinstance(found.get("paths"), dict):
        raise FetchError(f"{url} is no description by OpenAPI.")
    return list(Reading(found).tools())


class Reading:
    """Reads a description, whose references are followed within it alone."""

    def __init__(self, description: Mapping[str, object]) -> None:
        """Initialize with the description."""
        self.description = description
        self.left = MOST_NODES

    def tools(self) -> Iterator[Tool]:
        """Yield the operations as tools, as many as there may be."""
        count = 0
        for path, item in objects(self.description.get("paths")).items():
            for method in METHODS:
                operation = objects(item).get(method)
                if isinstance(operation, Mapping) and count < MOST_TOOLS:
                    count += 1
                    yield self.tool(path, method, objects(item), operation)

    def tool(
        self, path: str, method: str, item: Mapping[str, object], operation: Mapping[str, object]
    ) -> Tool:
        """Return an operation as a tool."""
        name = str(operation.get("operationId") or f"{method}_{path.strip('/')}")
        said = operation.get("description") or operation.get("summary") or name
        properties: dict[str, object] = {}
        required: list[str] = []
        places: dict[str, list[str]] = {"path": [], "query": []}
        for one in (*listed(item.get("parameters")), *listed(operation.get("parameters"))):
            parameter = objects(self.whole(one))
            where, key = str(parameter.get("in")), str(parameter.get("name") or "")
            if key and where in places and key not in places[where]:
                places[where].append(key)
                properties[key] = schema_of(parameter)
                if parameter.get("required") or where == "path":
                    required.append(key)
        body, in_body, whole = self.body(operation)
        properties |= objects(body.get("properties"))
        required += [str(one) for one in listed(body.get("required"))]
        parameters = {"type": "object", "properties": properties}
        if required:
            parameters["required"] = list(dict.fromkeys(required))
        way = Way(
            method.upper(), path, tuple(places["path"]), tuple(places["query"]), in_body, whole
        )
        return Tool(NAMED.sub("_", name).strip("_"), str(said)[:4096], parameters, way)

    def body(self, operation: Mapping[str, object]) -> tuple[Schema, tuple[str, ...], str]:
        """Return what a body takes as properties, their names, and which is the body itself."""
        content = objects(objects(self.whole(operation.get("requestBody"))).get("content"))
        schema = objects(objects(content.get("application/json")).get("schema"))
        if not schema:
            return {}, (), ""
        properties = objects(schema.get("properties"))
        if properties:
            return schema, tuple(properties), ""
        return {"properties": {"body": schema}, "required": ["body"]}, (), "body"

    def whole(self, value: object, depth: int = 0) -> object:
        """Return a value with what its references stand for; what goes too far is empty."""
        self.left -= 1
        if self.left < 0 or depth > 4 * DEEPEST:
            return {}
        if isinstance(value, Mapping):
            reference = value.get("$ref")
            if isinstance(reference, str):
                return self.whole(self.meant(reference), depth + 4)
            return {key: self.whole(one, depth + 1) for key, one in value.items()}
        if isinstance(value, list):
            return [self.whole(one, depth + 1) for one in value]
        return value

    def meant(self, reference: str) -> object:
        """Return what a reference stands for; empty where it is to another document."""
        found: object = self.description if reference.startswith("#/") else {}
        for part in reference.removeprefix("#/").split("/"):
            found = objects(found).get(part.replace("~1", "/").replace("~0", "~"), {})
        return found


def schema_of(parameter: Mapping[str, object]) -> Schema:
    """Return the schema of a parameter, with what is said of it."""
    schema = dict(objects(parameter.get("schema")) or {"type": "string"})
    if parameter.get("description"):
        schema["description"] = parameter["description"]
    return schema


def request_of(
    text: ServerText, way: Way, given: Mapping[str, object], headers: Mapping[str, str]
) -> Request:
    """Return the request of a call; raises FetchError where the address lacks something."""
    path = way.path
    for name in way.in_path:
        value = "" if given.get(name) is None else as_text(given[name])
        if value in {"", ".", ".."}:  # the last two lead to another operation
            raise FetchError(f"The argument {name} is missing, or names no thing.")
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = [
        (name, as_text(one))
        for name in way.in_query
        if given.get(name) is not None
        for one in (listed(given[name]) or [given[name]])
    ]
    url = f"{text.url.rstrip('/')}/{path.lstrip('/')}"
    url = f"{url}?{urlencode(query)}" if query else url
    if way.whole:
        sent: object = given.get(way.whole)
    else:
        sent = {name: given[name] for name in way.in_body if name in given}
    if not (way.whole or way.in_body):
        return Request(way.method, url, headers)
    return Request(
        way.method, url, {**headers, "Content-Type": "application/json"}, orjson.dumps(sent)
    )


def as_text(value: object) -> str:
    """Return a value as an address has it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def objects(value: object) -> Mapping[str, object]:
    """Return an object of JSON; what is none is empty."""
    return value if isinstance(value, Mapping) else {}


def listed(value: object) -> Sequence[object]:
    """Return a list of JSON; what is none is empty."""
    return value if isinstance(value, list) else []
