"""GitHub's OpenAPI description as a judge of requests and answers (room: contract tests).

`Description` finds the operation of a request and says, in lines that name the operation and the JSON path,
where a request or an answer differs from it. It knows nothing of Patrol and nothing of the simulator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.contract.corrections import UNPROCESSABLE, corrected
from tests.contract.messages import Answer, Request, decoded, media_type, query_values, typed
from tests.contract.schemas import (
    BASE_VERSION,
    DOCUMENT,
    Json,
    Schemas,
    as_json_schema,
    at_version,
    closed,
    resolved,
)

FOLDER = Path(__file__).resolve().parent
GITHUB = FOLDER / "github-openapi.json"
OAUTH = FOLDER / "github-oauth.json"

ANYWHERE = (400, 401, 403, 404, 422, 429, 500, 502, 503)
"""Refusals that every operation may answer, named for it or not.

Source: docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api.
"""

BASIC = ("basic-error",)
Values = dict[str, list[str]]


class ContractError(AssertionError):
    """A request or an answer is not what GitHub's description says; the text has one line per fault."""


@dataclass(frozen=True)
class Operation:
    """One operation of the description, its references to parameters already followed."""

    verb: str
    path: str
    spec: Json
    parameters: tuple[Json, ...]

    @property
    def name(self) -> str:
        """The operation as GitHub's pages write it: `GET /orgs/{org}`."""
        return f"{self.verb} {self.path}"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a path of this operation looks like; groups are the raw path parameters."""
        parts = re.split(r"\{(\w+)\}", self.path)
        return re.compile("".join(f"(?P<{p}>[^/]+)" if i % 2 else re.escape(p) for i, p in enumerate(parts)))


class Description:
    """One OpenAPI description, as of one `version` of GitHub's REST API.

    GitHub may add a field to an answer any day; what we send, and what our simulator answers, may not hold
    one that the description does not know. So objects are closed, and the description's own mistakes are
    corrected, unless `strict` is off.
    """

    def __init__(self, document: Json, version: str = BASE_VERSION, *, strict: bool = True) -> None:
        translated: Json = as_json_schema(at_version(document, version))
        self.document: Json = closed(corrected(translated), translated) if strict else translated
        self.schemas = Schemas(self.document)
        self.operations = tuple(self._read_operations())

    def _read_operations(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for verb, spec in item.items():
                if verb != "parameters":
                    stated = [self.follow(p) for p in [*shared, *spec.get("parameters", [])]]
                    yield Operation(verb.upper(), path, spec, tuple(stated))

    def follow(self, node: Json) -> Json:
        """Return the component that `node` refers to, or `node` itself."""
        return resolved(node, self.document)

    def operation(self, verb: str, target: str) -> Operation:
        """Return the operation of `verb` on `target` (path, with or without query). Raises ContractError."""
        path = urlsplit(target).path
        fitting = [o for o in self.operations if o.verb == verb.upper() and o.pattern.fullmatch(path)]
        if not fitting:
            raise ContractError(f"the description has no {verb.upper()} {path}")
        return min(fitting, key=lambda operation: operation.path.count("{"))

    def check_request(self, request: Request) -> Operation:
        """Return the operation `request` asks for; raise ContractError where it differs from it."""
        operation = self.operation(request.verb, request.target)
        parts = urlsplit(request.target)
        found = operation.pattern.fullmatch(parts.path)
        named = {name: unquote(value) for name, value in (found.groupdict() if found else {}).items()}
        faults = [
            *self._parameter_faults(operation, "path", {name: [value] for name, value in named.items()}),
            *self._parameter_faults(operation, "query", query_values(parts.query)),
            *self._request_body_faults(operation, request),
        ]
        refuse(f"{operation.name} request", faults)
        return operation

    def check_answer(self, operation: Operation, answer: Answer) -> None:
        """Raise ContractError where `answer` is none that `operation` may give."""
        refuse(f"{operation.name} {answer.status}", self._answer_faults(operation, answer))

    def _parameter_faults(self, operation: Operation, place: str, given: Values) -> Iterator[str]:
        declared = {wire_name(p): p for p in operation.parameters if p["in"] == place}
        for name, parameter in declared.items():
            if parameter.get("required") and name not in given:
                yield f"{place} parameter {name} is missing"
        for name, values in given.items():
            if name not in declared:
                known = ", ".join(sorted(declared)) or "none"
                yield f"{place} parameter {name} is unknown (known: {known})"
                continue
            schema = declared[name]["schema"]
            if schema.get("type") != "array" and len(values) > 1:
                yield f"{place} parameter {name} is given {len(values)} times"
            for fault in self.schemas.faults(schema, typed(values, schema)):
                yield f"{place} parameter {name} {fault}"

    def _request_body_faults(self, operation: Operation, request: Request) -> Iterator[str]:
        stated = self.follow(operation.spec.get("requestBody", {}))
        if not request.body:
            if stated.get("required"):
                yield "the body is missing"
            return
        if not stated:
            yield "a body is sent where none is known"
            return
        kind = media_type(request.header("Content-Type"))
        if kind not in stated["content"]:
            yield f"the body is {kind or 'of no type'}, known: {', '.join(stated['content'])}"
            return
        yield from self._value_faults("body", stated["content"][kind]["schema"], kind, request.body)

    def _answer_faults(self, operation: Operation, answer: Answer) -> Iterator[str]:
        if str(answer.status) not in operation.spec["responses"]:
            yield from self._unnamed_faults(operation, answer)
            return
        stated = self.follow(operation.spec["responses"][str(answer.status)])
        yield from self._header_faults(stated.get("headers", {}), answer)
        content = stated.get("content", {})
        if content:
            yield from self._content_faults(content, answer)
        elif answer.status >= 400:
            yield from self._refusal_faults(BASIC, answer)
        elif answer.body:
            yield "a body is sent where none is known"

    def _content_faults(self, content: Json, answer: Answer) -> Iterator[str]:
        kind = media_type(answer.header("Content-Type"))
        if kind not in content:
            yield f"the body is {kind or 'of no type'}, known: {', '.join(content)}"
            return
        if answer.status >= 400 and kind == "application/json":
            yield from self._message_faults(answer)
        yield from self._value_faults("body", content[kind]["schema"], kind, answer.body)

    def _unnamed_faults(self, operation: Operation, answer: Answer) -> Iterator[str]:
        """Judge a status that the description does not name for this operation but GitHub gives anywhere."""
        if answer.status == 304 and operation.verb == "GET":
            if answer.body:
                yield "a 304 has a body (RFC 9110 section 15.4.5)"
        elif answer.status in ANYWHERE:
            yield from self._refusal_faults(UNPROCESSABLE if answer.status == 422 else BASIC, answer)
        else:
            yield f"no such status is known (known: {', '.join(operation.spec['responses'])})"

    def _refusal_faults(self, shapes: tuple[str, ...], answer: Answer) -> Iterator[str]:
        """Judge a refusal without a schema of its own; existence checks answer 404 with an empty body."""
        if not answer.body and answer.status == 404:
            return
        choices = [{"$ref": f"{DOCUMENT}#/components/schemas/{shape}"} for shape in shapes]
        yield from self._value_faults("body", {"anyOf": choices}, "application/json", answer.body)
        yield from self._message_faults(answer)

    def _message_faults(self, answer: Answer) -> Iterator[str]:
        """A refusal says why: `basic-error` requires no field, yet every refusal GitHub documents has one."""
        try:
            message = json.loads(answer.body)["message"]
        except (ValueError, LookupError, TypeError):
            message = None
        if not isinstance(message, str) or not message:
            yield "body $.message: a refusal without a reason"

    def _header_faults(self, stated: Json, answer: Answer) -> Iterator[str]:
        for name, header in stated.items():
            value = answer.header(name)
            if value:
                schema = self.follow(header)["schema"]
                for fault in self.schemas.faults(schema, typed([value], schema)):
                    yield f"header {name} {fault}"

    def _value_faults(self, place: str, schema: Json, kind: str, body: bytes) -> Iterator[str]:
        try:
            value = decoded(kind, body)
        except ValueError as error:
            yield f"{place} is not {kind}: {error}"
            return
        for fault in self.schemas.faults(schema, value):
            yield f"{place} {fault}"


@cache
def load(path: Path, version: str = BASE_VERSION, *, strict: bool = True) -> Description:
    """Return the description kept in the file `path`; it is read once."""
    return Description(json.loads(path.read_text(encoding="utf-8")), version, strict=strict)


def refuse(subject: str, faults: Iterable[str]) -> None:
    """Raise ContractError with one line per fault, if there is one."""
    lines = [f"{subject} {fault}" for fault in faults]
    if lines:
        raise ContractError("\n".join(lines))


def wire_name(parameter: Json) -> str:
    """Return the name a parameter has in a URL: GitHub writes arrays as `token_id[]=1&token_id[]=2`."""
    array = parameter["in"] == "query" and parameter["schema"].get("type") == "array"
    return str(parameter["name"]) + ("[]" if array else "")
