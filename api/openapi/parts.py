"""What an operation takes: arguments of its address, the query, headers, and the body."""

from pydantic import BaseModel

from api.openapi.examples import Examples
from api.openapi.operations import Operation
from api.openapi.refusals import may_repeat
from api.openapi.schemas import Schema, Schemas

KEY = "Idempotency-Key"
HEADERS = {
    KEY: "Sent again within a day, the request is not done again: the first answer is repeated.",
    "X-Filename": "The name of the file, percent-encoded; its ending says of which kind it is.",
}
"""Headers by which clients say something about a request, and what."""

BYTES: Schema = {"type": "string", "format": "binary"}


def parameters_of(one: Operation, schemas: Schemas) -> list[Schema]:
    """Return what an operation takes in its address, query and headers."""
    return [
        *(of_address(name, one) for name in one.arguments),
        *(of_query(name, part, is_needed) for name, part, is_needed in fields_of(one, schemas)),
        *headers_of(one),
    ]


def of_address(name: str, one: Operation) -> Schema:
    """Return an argument of an address."""
    is_path = f"<path:{name}>" in one.rule
    text = {"type": "string", "minLength": 1}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": text if is_path else {**text, "pattern": "^[^/]+$"},
    }


def fields_of(one: Operation, schemas: Schemas) -> list[tuple[str, Schema, bool]]:
    """Return the fields of a query, and whether each of them must be there."""
    found = []
    for model in one.reading.queries:
        whole = schemas.resolved(schemas.of("validation", model))
        for name, part in whole.get("properties", {}).items():
            found.append((name, part, name in whole.get("required", ())))
    return found


def of_query(name: str, part: Schema, is_needed: bool) -> Schema:  # noqa: FBT001 - of fields_of
    """Return a field of a query; what is not there cannot be null."""
    schema = {key: value for key, value in part.items() if key != "description"}
    options = [option for option in schema.pop("anyOf", []) if option.get("type") != "null"]
    if len(options) == 1:
        schema |= options[0]
    elif options:
        schema["anyOf"] = options
    if schema.get("default", "") is None:
        del schema["default"]
    told: Schema = {"name": name, "in": "query", "required": is_needed, "schema": schema}
    return told | ({"description": part["description"]} if "description" in part else {})


def headers_of(one: Operation) -> list[Schema]:
    """Return the headers that an operation heeds beside those of every request."""
    heeded = [name for name in one.reading.headers if name in HEADERS]
    if may_repeat(one):
        heeded.append(KEY)
    text = {"type": "string", "minLength": 1, "maxLength": 255}
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "schema": text,
            "description": HEADERS[name],
        }
        for name in heeded
    ]


def request_of(one: Operation, schemas: Schemas, examples: Examples) -> Schema:
    """Return the body of an operation; nothing where it takes none."""
    content: Schema = {}
    reading = one.reading
    bodies = [schemas.of("validation", model) for model in reading.whole_bodies]
    if bodies:
        schema = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
        content["application/json"] = {"schema": schema, "example": examples.request(bodies[0])}
    for message in reading.messages:
        schema = schemas.of("validation", message)
        content["application/json"] = {"schema": schema, "example": examples.request(schema)}
    if reading.takes_any_json and not (reading.bodies or reading.messages):
        content["application/json"] = {"schema": {"type": "object"}}
    if reading.takes_form:
        content["multipart/form-data"] = {"schema": form_of(one, schemas)}
    if reading.takes_bytes:
        content["application/octet-stream"] = {"schema": BYTES}
    is_always = reading.takes_form or reading.takes_bytes or bool(reading.messages)
    is_required = is_always or any(must(model, schemas) for model in reading.whole_bodies)
    return {"required": is_required, "content": content} if content else {}


def must(model: type[BaseModel], schemas: Schemas) -> bool:
    """Return whether a body has to say something; one that is not there is an empty object."""
    whole = schemas.resolved(schemas.of("validation", model))
    return bool(whole.get("required") or whole.get("anyOf"))


def form_of(one: Operation, schemas: Schemas) -> Schema:
    """Return the schema of a form: its files, and its texts, of which models may say more."""
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    properties: Schema = dict.fromkeys(one.reading.files, files)
    properties |= {name: {"type": "string"} for name in one.reading.texts}
    required = list(one.reading.files)
    for model in one.reading.forms:
        whole = schemas.resolved(schemas.of("validation", model))
        properties |= whole.get("properties", {})
        required += whole.get("required", [])
    return {"type": "object", "properties": properties, "required": required}
