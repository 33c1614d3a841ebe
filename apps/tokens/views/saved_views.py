"""The views of the inventory that a reader keeps, and the columns they look at."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import access
from apps.core.errors import RuleBroken
from apps.core.htmx import render_part
from apps.github.models import Organization
from apps.tokens import columns, services
from apps.tokens.models import SavedView
from apps.tokens.queries import saved_views as queries
from apps.tokens.view_forms import ColumnsForm, ViewChangeForm, ViewForm, kept
from apps.tokens.views.common import reader, way_back

Organizations = list[Organization] | None


def _here(request: HttpRequest, login: str | None) -> tuple[Organization | None, Organizations]:
    """The organization of the page, and those its filter offers (None: it offers none)."""
    if login is None:
        return None, access.owned_organizations(reader(request))
    return access.owned_organization(reader(request), login), None


def list_path(organization: Organization | None) -> str:
    """The inventory a view is looked at on."""
    return reverse("tokens:token-list", args=[organization.login]) if organization else reverse("tokens:all-tokens")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def views(request: HttpRequest, login: str | None = None) -> HttpResponse:
    """GET: all the reader sees, to be renamed, shared and deleted. POST: one more."""
    organization, offered = _here(request, login)
    if request.method == "POST":
        return _save(request, organization, offered)
    found = queries.views(reader(request).pk, organization, "", "", lambda query: query)
    context: dict[str, object] = {"organization": organization, "views": found, "list_path": list_path(organization)}
    return render(request, "tokens/saved_view_list.html", context)


@login_required
@require_safe
def view_new(request: HttpRequest, login: str | None = None) -> HttpResponse:
    """The name of a view of what the address shows."""
    organization, offered = _here(request, login)
    query = kept(request.GET.urlencode(), offered, reader(request).preferences.get(services.COLUMNS_PREFERENCE))
    return _new(request, organization, ViewForm(of=organization, initial={"query": query}))


def _new(request: HttpRequest, organization: Organization | None, form: ViewForm, status: int = 200) -> HttpResponse:
    context: dict[str, object] = {"organization": organization, "form": form, "list_path": list_path(organization)}
    return render_part(request, "tokens/saved_view_new.html", "form", context, status=status)


def _save(request: HttpRequest, organization: Organization | None, offered: Organizations) -> HttpResponse:
    user, form = reader(request), ViewForm(request.POST, of=organization, initial={})
    if not form.is_valid():
        return _new(request, organization, form, 422)
    shared = organization if form.cleaned_data.get("share") else None
    query = kept(form.cleaned_data["query"], offered)
    try:
        view = services.save_view(user=user, name=form.cleaned_data["name"], query=query, organization=shared)
    except RuleBroken as error:
        form.add_error("name", str(error))
        return _new(request, organization, form, 409)
    messages.success(request, format_html("The view <bdi hx-disable>{}</bdi> is kept.", view.name))
    return redirect(_address(organization, view))


@login_required
@require_POST
def view_change(request: HttpRequest, view_id: int, login: str | None = None) -> HttpResponse:
    """Rename, change, share, stop sharing or delete one."""
    organization, offered = _here(request, login)
    view = queries.find_view(reader(request).pk, organization, view_id)
    if view is None:
        raise Http404
    form = ViewChangeForm(request.POST)
    manage = reverse("tokens:token-views", args=[login]) if organization else reverse("tokens:all-tokens-views")
    if not form.is_valid():
        messages.error(request, "Nothing was changed: load the page again.")
        return redirect(manage)
    do, query = form.cleaned_data["do"], kept(form.cleaned_data["query"], offered)
    try:
        said = _acts(request, view, organization)[do](form.cleaned_data["name"], query)
    except RuleBroken as error:
        messages.error(request, str(error))
        return redirect(manage)
    messages.success(request, format_html(said, format_html("<bdi hx-disable>{}</bdi>", view.name)))
    return redirect(_address(organization, view) if do == "change" else manage)


def _acts(
    request: HttpRequest, view: SavedView, organization: Organization | None
) -> dict[str, Callable[[str, str], str]]:
    """What can be done with it; each says what was, with a place for its name."""
    user = reader(request)

    def change(_: str, query: str) -> str:
        services.change_view(user=user, view=view, query=query)
        return "The view {} shows this now."

    def rename(name: str, _: str) -> str:
        services.change_view(user=user, view=view, name=name)
        return "The view is called {} now."

    def share(_: str, __: str) -> str:
        if organization is None or view.organization is not None:
            raise RuleBroken(
                "It is shared already." if view.organization else "Share it on an organization's own list."
            )
        services.share_view(user=user, view=view, organization=organization)
        return f"The owners of {organization.login} see {{}} now."

    def unshare(_: str, __: str) -> str:
        if view.organization is None:
            raise RuleBroken("It is not shared.")
        services.unshare_view(user=user, view=view)
        return f"Only {view.user.login} sees {{}} now."

    def delete(_: str, __: str) -> str:
        services.delete_view(user=user, view=view)
        return "The view {} is deleted."

    return {"change": change, "rename": rename, "share": share, "unshare": unshare, "delete": delete}


def _address(organization: Organization | None, view: SavedView) -> str:
    return f"{list_path(organization)}?{queries.View(str(view.pk), view.name, view.query).address}"


@login_required
@require_POST
def choose_columns(request: HttpRequest, login: str | None = None) -> HttpResponse:
    """Kept for the person; where a view is shown, the address says them too, and the view is changed."""
    organization, _ = _here(request, login)
    form = ColumnsForm(request.POST)
    back = urlsplit(way_back(request, "tokens:token-list" if organization else "tokens:all-tokens", organization))
    if not form.is_valid():
        messages.error(request, "There is no such column.")
        return redirect(back.geturl())
    services.choose_columns(user=reader(request), columns=form.chosen)
    query = [(name, value) for name, value in parse_qsl(back.query) if name != "columns"]
    if any(name == "view" for name, _ in query):
        query.append(("columns", columns.said(form.chosen)))
    return redirect(back._replace(query=urlencode(query)).geturl())
