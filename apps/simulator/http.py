"""Requests and responses, and the shape of a refusal. Knows WSGI, knows nothing of GitHub's world."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode
from wsgiref.types import WSGIEnvironment

ENTERPRISE_PREFIX = "/api/v3"
MAX_BODY = 1_000_000

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Request:
    """What was asked. `path` is without ``/api/v3``; `base` is scheme, host and that prefix, as the caller wrote it."""

    verb: str
    path: str
    base: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    address: str
    parsed: dict[str, list[str]] | None = None

    def unconditional(self) -> Request:
        """The same, for an answer that is whole: a 304 holds nothing."""
        return replace(self, headers={name: text for name, text in self.headers.items() if name != "if-none-match"})

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def is_prefixed(self) -> bool:
        """Whether the caller wrote ``/api/v3``."""
        return self.base.endswith(ENTERPRISE_PREFIX)

    @property
    def url(self) -> str:
        return self.with_query(parse_qsl(self.query_string, keep_blank_values=True))

    def with_query(self, pairs: Iterable[tuple[str, str]]) -> str:
        query = urlencode(list(pairs), safe="[]")
        return f"{self.base}{self.path}{'?' + query if query else ''}"

    def query(self) -> dict[str, list[str]]:
        """Every parameter with its values, parsed once."""
        if self.parsed is None:
            self.parsed = parse_qs(self.query_string, keep_blank_values=True)
        return self.parsed

    def parameter(self, name: str, default: str = "") -> str:
        return self.query().get(name, [default])[-1]

    def fields(self) -> dict[str, str]:
        """What a form was sent with."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def given(self, name: str) -> str:
        """A field of the form that was sent, or a parameter of the address."""
        return self.fields().get(name) or self.parameter(name)

    @property
    def wants_html(self) -> bool:
        return "text/html" in self.header("accept")


@dataclass(slots=True)
class Response:
    """`ending` says how a fault lets it arrive broken: see `broken.leave`."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    ending: str = ""

    @property
    def status_line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"


class Refusal(Exception):
    """An answer other than success, in the shape GitHub gives it.

    `errors` are the objects of a validation error (``resource``, ``field``, ``code``, perhaps ``message``).
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Headers | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = headers or []

    def response(self, documentation_url: str) -> Response:
        """The refusal as JSON. Source: schemas `basic-error` and `validation-error` of GitHub's description."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        body |= {"documentation_url": documentation_url, "status": str(self.status)}
        return json_response(body, status=self.status, headers=list(self.headers))


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def invalid(resource: str, name: str, message: str, *, code: str = "invalid") -> Refusal:
    """A 422 that names one field."""
    error = {"resource": resource, "field": name, "code": code, "message": message}
    return Refusal(422, "Validation Failed", errors=[error])


def dumps(value: Any) -> bytes:
    """Compact JSON in ASCII: a lone surrogate leaves as an escape, as it came in."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def json_response(value: Any, *, status: int = 200, headers: Headers | None = None) -> Response:
    return raw_json(dumps(value), status=status, headers=headers)


def raw_json(body: bytes, *, status: int = 200, headers: Headers | None = None) -> Response:
    return Response(status, body, [("Content-Type", "application/json; charset=utf-8"), *(headers or [])])


def html_response(text: str, *, status: int = 200) -> Response:
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy)]
    return Response(status, text.encode("utf-8", "replace"), headers)


def redirect(location: str) -> Response:
    return Response(302, b"", [("Location", location)])


def with_parameters(address: str, parameters: Mapping[str, str]) -> str:
    """The address with more in its query; parameters without a value are left out."""
    query = urlencode({name: value for name, value in parameters.items() if value})
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


def json_body(request: Request) -> dict[str, Any]:
    """The body as a JSON object; an empty body is an empty object. Refuses with 400 as GitHub does."""
    if not request.body.strip():
        return {}
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(400, "Problems parsing JSON") from None
    if not isinstance(value, dict):
        raise Refusal(400, "Body should be a JSON object")
    return value


def form_or_json(request: Request) -> dict[str, str]:
    """The parameters of a body that may be a form or a JSON object, as text."""
    if "json" in request.header("content-type"):
        return {name: str(value) for name, value in json_body(request).items() if value is not None}
    return request.fields()


def read_request(environ: WSGIEnvironment) -> Request:
    """The request of a WSGI environment. Refuses bodies over a megabyte with 413."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_BODY:
        raise Refusal(413, "Payload too large")
    path = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace")
    base = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST') or environ['SERVER_NAME']}"
    if path == ENTERPRISE_PREFIX or path.startswith(ENTERPRISE_PREFIX + "/"):
        path, base = path[len(ENTERPRISE_PREFIX) :] or "/", base + ENTERPRISE_PREFIX
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return Request(
        verb=environ["REQUEST_METHOD"],
        path=path,
        base=base,
        query_string=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
        address=environ.get("REMOTE_ADDR", ""),
    )
