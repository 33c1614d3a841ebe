"""What the filter of the inventory shows, as a file. It is asked for by POST, because the record tells of it."""

import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from apps.accounts import access
from apps.core import clock, spreadsheets
from apps.github.models import Organization
from apps.tokens import services
from apps.tokens.queries import export as queries
from apps.tokens.queries import saved_views
from apps.tokens.queries.addressing import query_of
from apps.tokens.view_forms import TokenListForm
from apps.tokens.views.common import reader

BLOCK = 100
"""Lines sent at once, after the first block."""
TYPES = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/x-ndjson; charset=utf-8"}


@login_required
@require_POST
def token_export(request: HttpRequest, login: str, kind: str) -> StreamingHttpResponse:
    """The tokens of one organization."""
    organization = access.owned_organization(reader(request), login)
    return _export(request, [organization], organization, kind)


@login_required
@require_POST
def export_all(request: HttpRequest, kind: str) -> StreamingHttpResponse:
    """Those of all organizations of the reader."""
    return _export(request, access.owned_organizations(reader(request)), None, kind)


def _export(
    request: HttpRequest, organizations: list[Organization], current: Organization | None, kind: str
) -> StreamingHttpResponse:
    form = TokenListForm(request.GET, None if current else organizations)
    filters = form.filters()
    query = query_of(filters)
    found = queries.export(organizations, filters)
    services.record_export(user=reader(request), counts=found.counts, query=query, form=kind)
    lines = _csv(found.records) if kind == "csv" else _json_lines(found.records)
    response = StreamingHttpResponse(_blocks(lines), content_type=TYPES[kind])
    shown = _shown(reader(request).pk, current, form) or ("filtered-tokens" if query else "tokens")
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(current, shown)}.{kind}"'
    return response


def _shown(reader_id: int, current: Organization | None, form: TokenListForm) -> str:
    """The name of the view the list shows, as far as file systems take its letters."""
    found = saved_views.views(reader_id, current, form.cleaned_data.get("view", ""), "", str)
    return slugify(found.shown.name)[:60] if found.shown else ""


def _file_name(current: Organization | None, shown: str) -> str:
    """Whose, what and when, in letters that every file system takes."""
    whose = slugify(current.login) if current else "all-organizations"
    return f"{whose}-{shown}-{clock.now():%Y-%m-%d}"


def _csv(records: Iterable[queries.Record]) -> Iterator[str]:
    return spreadsheets.lines(chain([queries.COLUMNS], (record.cells for record in records)))


def _json_lines(records: Iterable[queries.Record]) -> Iterator[str]:
    return (json.dumps(record.values) + "\n" for record in records)


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    """The first line by itself, so that the reader sees at once that it comes; the others by the hundred."""
    size = 1
    while block := "".join(islice(lines, size)):
        # Not all that Python calls text can be written down: half a character becomes a question mark.
        yield block.encode(errors="replace")
        size = BLOCK
