"""The description of some operations as one OpenAPI document."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union, get_type_hints

from api.http.door import Credential, Door
from api.http.responses import SCIM, as_it_is
from api.openapi.examples import Examples
from api.openapi.hints import UNREAD
from api.openapi.operations import Operation
from api.openapi.parts import parameters_of, request_of
from api.openapi.reading import Answer, Form, Reading, read
from api.openapi.refusals import Refusal, refusals_of
from api.openapi.schemas import Schema, Schemas
from api.schemas.failures import RefusalAnswer

OPENAPI = "3.1.0"
JSON = "application/json"
STREAM = "The events of a stream, each with the JSON of `x-event`, in the framing of the door."
ENVELOPED: Schema = {"code": {"const": 0}, "message": {"type": "string"}}

SCHEMES: Mapping[Credential, tuple[str, Schema]] = {
    Credential.BEARER: ("key", {"type": "http", "scheme": "bearer"}),
    Credential.HEADER: (
        "header",
        {"type": "apiKey", "in": "header", "name": Credential.HEADER.value},
    ),
    Credential.COOKIE: ("session", {"type": "apiKey", "in": "cookie", "name": "raglan_session"}),
}
"""By which name and how each credential is described."""

FILE_ANSWERS: Mapping[str, Schema] = {
    "206": {"description": "The bytes that `Range` asks for."},
    "304": {"description": "The client has this file already."},
    "416": {"description": "The file has no such bytes."},
}


class Description:
    """Describes some operations: their schemas and errors once, and each by these."""

    def __init__(
        self,
        operations: Sequence[Operation],
        sentences: Mapping[tuple[str, str], str],
        version: str,
    ) -> None:
        """Begin with what there is to describe; `sentences` are by method and address."""
        self.operations = operations
        self.sentences = sentences
        self.version = version
        doors = {one.door.name: one.door for one in operations}
        self.errors = {name: error_hint(door) for name, door in doors.items()}
        readings = [one.reading for one in operations]
        answers = (*outgoing(readings), *self.errors.values(), RefusalAnswer)
        self.schemas = Schemas(incoming(readings), answers)
        self.examples = Examples(self.schemas)
        self.responses: dict[str, Schema] = {}
        self.names: dict[str, str] = {}

    def document(self) -> Schema:
        """Return the whole."""
        paths: Schema = {}
        for one in self.operations:
            paths.setdefault(one.path, {})[one.method.lower()] = self.described(one)
        return {
            "openapi": OPENAPI,
            "info": {"title": "Raglan", "version": self.version},
            "servers": [{"url": "/"}],
            "tags": list(tags_of(self.operations)),
            "paths": paths,
            "components": {
                "schemas": self.schemas.parts,
                "responses": self.responses,
                "securitySchemes": dict(SCHEMES.values()),
            },
        }

    def described(self, one: Operation) -> Schema:
        """Return the description of an operation."""
        made: Schema = {
            "operationId": one.identity,
            "tags": [tag_of(one)],
            "summary": one.summary,
            "description": self.sentences.get((one.method, one.rule), f"{one.summary}."),
            "security": [scheme_of(credential) for credential in one.credentials],
            "responses": self.responses_of(one),
        }
        parameters = parameters_of(one, self.schemas)
        body = request_of(one, self.schemas, self.examples)
        return (
            made
            | ({"parameters": parameters} if parameters else {})
            | ({"requestBody": body} if body else {})
        )

    def responses_of(self, one: Operation) -> Schema:
        """Return all answers of an operation, by status."""
        made = self.answers(one)
        for status, refusals in self.refusals(one).items():
            if status in made:
                beside(made[status], self.error(one, refusals))
            else:
                made[status] = {"$ref": self.refused(one, status, refusals)}
        return made

    def answers(self, one: Operation) -> Schema:
        """Return the answers of an operation that are no errors."""
        made: Schema = {}
        for answer in one.reading.answers:
            for status in answer.statuses:
                told = made.setdefault(str(status), {"description": one.summary + "."})
                self.add(told, answer, one)
        if one.reading.sends_file:
            made.update(FILE_ANSWERS)
        elif not one.writes and "200" in made:
            made["304"] = {"description": "The client has this answer already."}
        return made

    def add(self, told: Schema, answer: Answer, one: Operation) -> None:
        """Add what an answer holds to those of its status."""
        if not answer.media:
            return
        content = told.setdefault("content", {})
        if answer.form is Form.STREAM:
            schema: Schema = {"description": STREAM}
            hint = answer.hint
            event = {} if hint is None else {"x-event": self.schemas.of("serialization", hint)}
            framing = answer.framing or one.door.stream
            content[framing.content_type.partition(";")[0]] = {"schema": schema | event}
            return
        schema = self.schema_of(answer, one)
        if answer.media not in content:
            content[answer.media] = {"schema": schema}
        elif content[answer.media]["schema"] != schema:
            either = content[answer.media]["schema"].get("anyOf")
            before = either or [content[answer.media]["schema"]]
            content[answer.media] = {"schema": {"anyOf": [*before, schema]}}
        if answer.media == JSON:
            example = self.examples.answer(content[JSON]["schema"])
            content[JSON]["example"] = example

    def schema_of(self, answer: Answer, one: Operation) -> Schema:
        """Return the schema of an answer, in the envelope where it goes out in one."""
        if answer.form is Form.FILE:
            return {"type": "string", "format": "binary"}
        if answer.form is Form.OTHER:
            return {"type": "object" if answer.media in {JSON, SCIM} else "string"}
        if answer.hint is UNREAD:
            return {}
        bare = answer.form is Form.BARE or one.door.success is as_it_is
        if bare:
            return self.schemas.of("serialization", answer.hint)
        data = (
            {} if answer.hint is None else {"data": self.schemas.of("serialization", answer.hint)}
        )
        beside: Schema = {name: {} for name in answer.beside}
        is_there = [] if takes_none(answer.hint) else list(data)
        return {
            "type": "object",
            "properties": {**ENVELOPED, **beside, **data},
            "required": ["code", "message", *is_there],
        }

    def refusals(self, one: Operation) -> Mapping[str, list[Refusal]]:
        """Return the errors that an operation may end in, by the status with which they go out.

        What a page answers with a status of an error, it answers in its own form.
        """
        own = {str(status) for answer in one.reading.answers for status in answer.statuses}
        found: dict[str, list[Refusal]] = defaultdict(list)
        for status, refusals in refusals_of(one).items():
            for refusal in refusals:
                sent = status if refusal.is_early else one.door.sent(status)
                if not (sent == status and str(sent) in own):
                    found[str(int(sent))].append(refusal)
        return found

    def refused(self, one: Operation, status: str, refusals: Sequence[Refusal]) -> str:
        """Return where errors of a status are described, which is done once for all alike."""
        key = repr((one.door.name, refusals))
        if key not in self.names:
            alike = f"{one.door.name}_{status}"
            number = sum(name.startswith(alike) for name in self.responses)
            self.names[key] = f"{alike}_{number + 1}" if number else alike
            self.responses[self.names[key]] = self.error(one, refusals)
        return f"#/components/responses/{self.names[key]}"

    def error(self, one: Operation, refusals: Sequence[Refusal]) -> Schema:
        """Return the description of errors, with an example of each."""
        is_early = all(refusal.is_early for refusal in refusals)
        hint = RefusalAnswer if is_early else self.errors[one.door.name]
        schema = self.schemas.of("serialization", hint)
        examples = {
            refusal.name: {"value": self.examples.answer(schema, holding(refusal))}
            for refusal in refusals
        }
        said = "\n".join(f"* `{one.name}`, code {one.code}: {one.when}" for one in refusals)
        return {
            "description": said,
            "content": {
                JSON if is_early else one.door.media: {"schema": schema, "examples": examples}
            },
        }


def beside(made: Schema, error: Schema) -> None:
    """Add errors to an answer that has the same status."""
    content = made.setdefault("content", {})
    [(media, told)] = error["content"].items()
    known = content.get(media)
    if known is None:
        content[media] = told
    else:
        either = known["schema"].get("anyOf", [known["schema"]])
        examples = {"success": {"value": known["example"]}} if "example" in known else {}
        content[media] = {
            "schema": {"anyOf": [*either, told["schema"]]},
            "examples": {**examples, **told["examples"]},
        }
    made["description"] = f"{made['description']}\n{error['description']}"


def holding(refusal: Refusal) -> Mapping[str, object]:
    """Return what the fields of an error hold, under the names that doors give them."""
    code, sentence = refusal.code, refusal.sentence
    return {
        "code": code,
        "error_code": code,
        "message": sentence,
        "error_msg": sentence,
        "detail": sentence,
        "error": sentence,
        "data": None,
    }


def error_hint(door: Door) -> object:
    """Return the type of the errors of a door; of one that cannot be read any object."""
    doors = (door, *door.contracts.values())
    found = {answer.hint for one in doors for answer in read(one.error).answers} - {UNREAD}
    by_size = sorted(found, key=lambda hint: len(get_type_hints(hint)))
    return Union[tuple(by_size)] if found else dict[str, object]  # noqa: UP007 - found out here


def incoming(readings: Iterable[Reading]) -> Iterable[object]:
    """Yield the types that are read."""
    for reading in readings:
        yield from reading.bodies
        yield from reading.messages
        yield from reading.queries
        yield from reading.forms


def outgoing(readings: Iterable[Reading]) -> Iterable[object]:
    """Yield the types of what is answered."""
    for reading in readings:
        for answer in reading.answers:
            if answer.hint is not None and answer.hint is not UNREAD:
                yield answer.hint


def takes_none(hint: object) -> bool:
    """Return whether what has no value is left out of the envelope."""
    return type(None) in getattr(hint, "__args__", ())


def scheme_of(credential: Credential) -> Schema:
    """Return how a credential is named; nothing stands for nobody being asked."""
    return {} if credential is Credential.NONE else {SCHEMES[credential][0]: []}


def tag_of(one: Operation) -> str:
    """Return the group of an operation: its door and page."""
    return f"{one.door.name}: {one.noun}"


def tags_of(operations: Iterable[Operation]) -> Iterable[Mapping[str, Any]]:
    """Yield the groups with what their pages say of themselves."""
    found = {tag_of(one): one.page for one in operations}
    for name, text in sorted(found.items()):
        yield {"name": name, "description": text}
