"""Health and error pages."""

import sys

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.core import crypto

READ_ONLY_SQL_TRANSACTION = "25006"
"""PostgreSQL's: https://www.postgresql.org/docs/current/errcodes-appendix.html"""
TRY_AGAIN_SECONDS = 10


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers, its tables stand, and secrets can be opened; 503 names what is missing."""
    problems = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_session WHERE 1 = 0")
    except DatabaseError:
        problems["database"] = "not reachable or not migrated"
    try:
        crypto.seal("probe", row="readyz")
    except (crypto.Sealed, ValueError):
        problems["encryption_keys"] = "sealed: no usable key"
    return JsonResponse({"status": "not ready" if problems else "ok", **problems}, status=503 if problems else 200)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the sentence the access function gave."""
    return render(request, "403.html", {"reason": str(exception) if exception else ""}, status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same bytes for what does not exist and what the reader may not see."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 where it was the database that failed; without the database."""
    if not _database_is_away(sys.exc_info()[1]):
        return HttpResponse(render_to_string("500.html"), status=500)
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(TRY_AGAIN_SECONDS)})


def _database_is_away(error: BaseException | None) -> bool:
    """Not reachable, cut off, locked, full, or open for reading only: what was asked may be asked again."""
    read_only = getattr(getattr(error, "__cause__", None), "sqlstate", "") == READ_ONLY_SQL_TRANSACTION
    return read_only or isinstance(error, OperationalError | InterfaceError)
