"""The only reader of htmx headers: which part of a page to render."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


class HtmxHttpRequest(HttpRequest):
    """A request after django-htmx's middleware."""

    htmx: HtmxDetails


def swaps(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into a page.

    Boosted links and history restores ask with htmx's header but want the page.
    """
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def pick(request: HttpRequest, template: str, part: str) -> str:
    """`template#part` for an htmx swap, the whole page otherwise."""
    return f"{template}#{part}" if swaps(request) else template


def render_part(
    request: HttpRequest, template: str, part: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Render the page or its `part`; caches are told that the header decides."""
    response = render(request, pick(request, template, part), context, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response
