"""OpenAPI schemas as JSON Schema (room: contract tests).

A description of version 3.0 writes its schemas in JSON Schema draft 4 with a few words of its own
(OpenAPI 3.0.3, "Schema Object"); one of version 3.1 in draft 2020-12. Here the words of its own become
plain JSON Schema, GitHub's dated changes are applied, and formats are really checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

Json = dict[str, Any]

DOCUMENT = "urn:description"
BASE_VERSION = "2022-11-28"
"""The API version the description is written in; later ones are patches to it."""

DATA = ("default", "enum", "example", "examples", "value", "required", "mapping", "x-github-breaking-changes")
NAMED = ("content", "headers", "parameters", "properties", "responses", "schemas", "paths")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """Whether `value` is a date-time of RFC 3339 section 5.6 that exists (what is no text is not judged)."""
    if not isinstance(value, str):
        return True
    return bool(DATE_TIME.fullmatch(value) and datetime.fromisoformat(value))


@formats.checks("uri")
def is_uri(value: object) -> bool:
    """Whether `value` is a URI of RFC 3986: a scheme, and no character that has to be escaped."""
    return not isinstance(value, str) or URI.fullmatch(value) is not None


@formats.checks("email")
def is_email(value: object) -> bool:
    """Whether `value` has the shape of an address."""
    return not isinstance(value, str) or EMAIL.fullmatch(value) is not None


@formats.checks("int64")
def is_int64(value: object) -> bool:
    """Whether `value` fits 64 bits with sign."""
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@formats.checks("timestamp")
def is_timestamp(value: object) -> bool:
    """Whether `value` is a time in whole seconds since 1970 (GitHub's own format)."""
    return not isinstance(value, int) or value >= 0


def at_version(node: Any, version: str) -> Any:
    """Return `node` as API `version` (a date) has it: GitHub's dated changes up to it are applied.

    GitHub notes them as a JSON merge patch (RFC 7396) or as removals of JSON Patch (RFC 6902).
    """
    if isinstance(node, list):
        return [at_version(item, version) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: at_version(value, version) for key, value in node.items()}
    for change in result.pop("x-github-breaking-changes", []):
        if change["version"] <= version:
            result = patched(result, change["patch"])
    return result


def patched(node: Json, patch: Any) -> Json:
    """Return `node` with one change of GitHub's applied."""
    if isinstance(patch, dict):
        return merged(node, patch)
    result = node
    for step in patch:
        if step["op"] != "remove":
            raise NotImplementedError(f"JSON Patch {step['op']} in GitHub's description")
        removal: Json = {step["path"].split("/")[-1]: None}
        for name in reversed(step["path"].split("/")[1:-1]):
            removal = {name: removal}
        result = merged(result, removal)
    return result


def merged(node: object, patch: Json) -> Json:
    """Return JSON `node` after merge `patch` (RFC 7396 section 2)."""
    result = dict(node) if isinstance(node, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value) if isinstance(value, dict) else value
    return result


def as_json_schema(node: Any, *, names: bool = False) -> Any:
    """Return `node` with `nullable` as a type and references that a registry resolves.

    `names`: the keys of `node` are names chosen by the author, not words of OpenAPI.
    """
    if isinstance(node, list):
        return [as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: as_json_schema(value) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        return {"$ref": DOCUMENT + node["$ref"]}
    result = {
        key: value if key in DATA else as_json_schema(value, names=key in NAMED and isinstance(value, dict))
        for key, value in node.items()
    }
    return nullable(result) if result.pop("nullable", False) is True else result


def nullable(schema: Json) -> Json:
    """Return `schema` with null as one more value it takes."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    wider = schema | {"type": [schema["type"], "null"]}
    if "enum" in schema:
        wider["enum"] = [*schema["enum"], None]
    return wider


def closed(node: Any, document: Json, *, names: bool = False) -> Any:
    """Return `node` with objects that hold nothing but their declared properties (`names`: see above)."""
    if isinstance(node, list):
        return [closed(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: closed(value, document) for key, value in node.items()}
    if "allOf" in node:
        return closed(joined(node["allOf"], document), document)
    result = {
        key: value if key in DATA else closed(value, document, names=key in NAMED and isinstance(value, dict))
        for key, value in node.items()
    }
    if "properties" in result:
        result.setdefault("additionalProperties", False)
    return result


def joined(branches: list[Json], document: Json) -> Json:
    """Return the one object schema that says what all `branches` say together."""
    properties: Json = {}
    required: list[str] = []
    for branch in branches:
        schema = resolved(branch, document)
        properties |= schema.get("properties", {})
        required += schema.get("required", [])
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def resolved(node: Json, document: Json) -> Json:
    """Return what `node` refers to, or itself."""
    found: Any = node
    while "$ref" in found:
        reference = found["$ref"].partition("#/")[2]
        found = document
        for step in reference.split("/"):
            found = found[step]
    return dict(found)


class Schemas:
    """The schemas of one `document` (already JSON Schema), ready to judge values."""

    def __init__(self, document: Json) -> None:
        modern = not str(document["openapi"]).startswith("3.0.")
        specification = DRAFT202012 if modern else DRAFT4
        self.validator = Draft202012Validator if modern else Draft4Validator
        resource = specification.create_resource(document)
        self.registry: Registry[Any] = Registry().with_resource(DOCUMENT, resource)

    def faults(self, schema: Json, value: object) -> Iterator[str]:
        """Yield one line per fault of `value`: its JSON path and what is wrong there."""
        judge = self.validator(schema, registry=self.registry, format_checker=formats)
        for error in judge.iter_errors(value):
            yield line(deepest(error))


def deepest(error: ValidationError) -> ValidationError:
    """Return what is wrong with the alternative that came nearest, where none of several fits."""
    branches: dict[object, list[ValidationError]] = {}
    for cause in error.context or ():
        branches.setdefault(cause.schema_path[0], []).append(cause)
    if not branches:
        return error
    nearest = min(branches.values(), key=lambda causes: (any(wrong_kind(c) for c in causes), len(causes)))
    return deepest(nearest[0])


def wrong_kind(error: ValidationError) -> bool:
    """Whether `error` says that the whole value is of another type, so that this alternative was not meant."""
    return error.validator == "type" and not error.path


def line(error: ValidationError) -> str:
    """Return `error` as one line that fits a terminal."""
    message = error.message
    if len(message) > 300:
        message = f"{message[:200]} ... {message[-90:]}"
    return f"{error.json_path}: {message}"
