"""The only reader of htmx headers: which part of a page to render, and of which page."""

from urllib.parse import urlsplit

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


def page_of(request: HttpRequest) -> str:
    """The page a person is on, as a path of ours: a part of it, or a form on it, is no page to come back to.

    Empty where nothing tells. Browsers say from where (`Referer`, `HX-Current-URL`); what they say is a stranger's.
    """
    if swaps(request):
        return _own_path(request, request.headers.get("HX-Current-URL", ""))
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return _own_path(request, request.headers.get("Referer", ""))


def _own_path(request: HttpRequest, address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts._replace(scheme="", netloc="", fragment="").geturl() if parts.netloc == request.get_host() else ""


def render_part(
    request: HttpRequest, template: str, part: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Render the page or its `part`; caches are told that the header decides."""
    response = render(request, pick(request, template, part), context, status=status)
    patch_vary_headers(response, ["HX-Request", "Cookie"])
    return response
