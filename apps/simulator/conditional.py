"""Conditional requests: an ETag per address, content and access token, and 304 for who has seen it already.

A new access token therefore sees new ETags for the same content (observed on GitHub; a walk with a fresh
installation token pays full price). Comparison is weak (RFC 9110, section 8.8.3.2).
"""

from __future__ import annotations

import hashlib

from apps.simulator.http import Request, Response


def entity_tag(request: Request, response: Response, token_digest: str) -> str:
    """Weak when the caller accepts compression, as GitHub's are, else strong."""
    content = hashlib.blake2b(response.body, digest_size=20)
    content.update(f"\n{request.base}{request.path}?{request.query_string}\n{token_digest}".encode("utf-8", "replace"))
    weak = "W/" if "gzip" in request.header("accept-encoding") else ""
    return f'{weak}"{content.hexdigest()}"'


def conditional(request: Request, response: Response, token_digest: str) -> Response:
    """The response with its ETag, or 304 without a body."""
    if request.verb != "GET" or response.status != 200:
        return response
    tag = entity_tag(request, response, token_digest)
    response.headers.append(("ETag", tag))
    if _matches(request.header("if-none-match"), tag):
        kept = [(name, value) for name, value in response.headers if not name.startswith("Content-")]
        return Response(304, b"", kept)
    return response


def _matches(header: str, tag: str) -> bool:
    if header.strip() == "*":
        return True
    return tag.removeprefix("W/") in {part.strip().removeprefix("W/") for part in header.split(",")}
