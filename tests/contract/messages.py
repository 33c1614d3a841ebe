"""Requests and answers as bytes on the wire, and the values in them (room: contract tests)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.contract.schemas import Json

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """One HTTP request as it went over the wire; `target` is path and query string."""

    verb: str
    target: str
    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the header called `name` in any case, or empty text."""
        return find_header(self.headers, name)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the header called `name` in any case, or empty text."""
        return find_header(self.headers, name)


def find_header(headers: Headers, name: str) -> str:
    """Return the value of the header `name` (RFC 9110 section 5.1: case does not matter), or empty text."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def query_values(query: str) -> dict[str, list[str]]:
    """Return the values of every name in a query string, in their order."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="strict"):
        values.setdefault(name, []).append(value)
    return values


def typed(values: list[str], schema: Json) -> Any:
    """Return text from a URL or a header as the type its `schema` asks for, or as text where it is none."""
    if schema.get("type") == "array":
        return [typed([value], schema["items"]) for value in values]
    value = values[0]
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if schema.get("type") == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def media_type(header: str) -> str:
    """Return the media type of a Content-Type header, without its parameters."""
    return header.partition(";")[0].strip().lower()


def decoded(kind: str, body: bytes) -> Any:
    """Return the value in `body`: a form as texts, a page as its text, all else as JSON. Raises ValueError."""
    if kind.startswith("text/"):
        return body.decode()
    if kind == "application/x-www-form-urlencoded":
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        names = [name for name, _ in pairs]
        if len(names) != len(set(names)):
            raise ValueError("a name is given twice (RFC 6749 section 3.2)")
        return dict(pairs)
    return json.loads(body)
