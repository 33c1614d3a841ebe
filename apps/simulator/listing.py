"""Pages of a list and their `Link` header.

Source: docs.github.com, "Using pagination in the REST API": `per_page` above 100 is cut silently, a page past
the end is empty, callers follow `Link`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import parse_qsl

from apps.simulator.http import Headers, Request, Response, invalid, raw_json
from apps.simulator.routing import Call

DEFAULT_PAGE = 30
LARGEST_PAGE = 100

Item = TypeVar("Item")


def listed(request: Request, items: Sequence[Item], render: Callable[[Item], bytes]) -> Response:
    """One page of a list whose items are already in order; items are made into JSON only when on the page."""
    page, headers = page_of(request, items)
    return raw_json(b"[" + b",".join(map(render, page)) + b"]", headers=headers)


def counted(
    request: Request, items: Sequence[Item], render: Callable[[Item], bytes], *, key: str, extra: bytes = b""
) -> Response:
    """One page inside an object with `total_count`, as the installation endpoints answer."""
    page, headers = page_of(request, items)
    inner = b",".join(map(render, page))
    body = b'{"total_count":%d,%s"%s":[%s]}' % (len(items), extra, key.encode(), inner)
    return raw_json(body, headers=headers)


def page_of(request: Request, items: Sequence[Item]) -> tuple[Sequence[Item], Headers]:
    """The items of the asked page, and its `Link` header when there are other pages."""
    size = page_size(request)
    page = _number(request, "page", 1)
    last = max(1, -(-len(items) // size))
    link = _link(request, page, last)
    return items[(page - 1) * size : page * size], [("Link", link)] if link else []


def page_size(request: Request) -> int:
    return min(_number(request, "per_page", DEFAULT_PAGE), LARGEST_PAGE)


def _number(request: Request, name: str, default: int) -> int:
    text = request.parameter(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) > 0 else default


def _link(request: Request, page: int, last: int) -> str:
    targets = {}
    if page > 1:
        targets["prev"] = min(page - 1, last)
    if page < last:
        targets |= {"next": page + 1, "last": last}
    if page > 1:
        targets["first"] = 1
    kept = [pair for pair in parse_qsl(request.query_string, keep_blank_values=True) if pair[0] != "page"]
    return ", ".join(
        f'<{request.with_query([*kept, ("page", str(number))])}>; rel="{name}"' for name, number in targets.items()
    )


def choice(call: Call, name: str, allowed: tuple[str, ...]) -> str:
    """The parameter, "all" by default; 422 for anything but `allowed`."""
    value = call.request.parameter(name, "all")
    if value not in allowed:
        raise invalid("Query", name, f"{name} must be one of {', '.join(allowed)}")
    return value
