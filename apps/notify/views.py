"""What a person was told, and what the mails said."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts import access
from apps.accounts.models import User
from apps.core.htmx import render_part
from apps.notify import queries


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The reader's own: about their tokens, and about organizations that they own now."""
    user, owned = _reader(request)
    page, told = queries.told_page(user, owned, request.GET.get("cursor", ""))
    context: dict[str, object] = {"page": page, "told": told, "standing": queries.standing()}
    return render_part(request, "notify/notice_list.html", "list", context)


@login_required
@require_safe
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One mail to the reader, as it was written. 404 for everybody else's."""
    user, owned = _reader(request)
    found = queries.message_of(user, owned, message_id)
    if found is None:
        raise Http404
    return render(request, "notify/message_detail.html", {"message": found.message, "read": found})


def _reader(request: HttpRequest) -> tuple[int, list[int]]:
    """Who reads, and what they own."""
    assert isinstance(request.user, User)
    return request.user.pk, [one.pk for one in access.owned_organizations(request.user)]
