"""GitHub's own examples, each with the schema it claims to show (room: contract tests)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.contract.openapi import Description, Operation
from tests.contract.schemas import Json


@dataclass(frozen=True)
class Example:
    """One example: a name that finds it in the description, its value, and its schema."""

    name: str
    value: Any
    schema: Json


def every_example(description: Description) -> Iterator[Example]:
    """Yield the examples of bodies, of parameters, and of single fields inside component schemas."""
    for operation in description.operations:
        yield from body_examples(description, operation)
    for name, parameter in description.document["components"]["parameters"].items():
        yield from stated_examples(description, f"parameter {name}", parameter)
    for name, header in description.document["components"]["headers"].items():
        yield from stated_examples(description, f"header {name}", header)
    for name, schema in description.document["components"]["schemas"].items():
        yield from field_examples(f"schema {name}", schema)


def body_examples(description: Description, operation: Operation) -> Iterator[Example]:
    """Yield the examples of the request's body and of the answers' bodies."""
    bodies = {"request": operation.spec.get("requestBody", {})} | operation.spec["responses"]
    for part, body in bodies.items():
        for content in description.follow(body).get("content", {}).values():
            yield from stated_examples(description, f"{operation.name} {part}", content)


def stated_examples(description: Description, name: str, node: Json) -> Iterator[Example]:
    """Yield what stands in `examples` or `example` beside the schema of `node`, and inside that schema."""
    for label, example in node.get("examples", {}).items():
        value = description.follow(example)["value"]
        yield Example(name if label == "default" else f"{name} {label}", value, node["schema"])
    if "example" in node:
        yield Example(name, node["example"], node["schema"])
    yield from field_examples(f"{name} schema", node["schema"])


def field_examples(name: str, schema: Json) -> Iterator[Example]:
    """Yield the examples noted at single fields of `schema`, at any depth."""
    if "example" in schema:
        yield Example(name, schema["example"], schema)
    for field, below in schema.get("properties", {}).items():
        yield from field_examples(f"{name}.{field}", below)
    if isinstance(schema.get("items"), dict):
        yield from field_examples(f"{name}[]", schema["items"])
    for word in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(word, []):
            yield from field_examples(name, branch)
