"""Pages of what organizations inherit: the instance's defaults, and groups. Each change is shown before it is saved."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import access
from apps.core.errors import RuleBroken
from apps.dashboard.forms import GroupForm, InstanceDefaultsForm, initial_of
from apps.github.models import Organization
from apps.tokens.inheritance import inherited, instance_defaults, way
from apps.tokens.models import OrganizationGroup
from apps.tokens.services import defaults
from apps.tokens.views.common import reader

GET_OR_POST = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(GET_OR_POST)
def instance(request: HttpRequest) -> HttpResponse:
    """What holds for organizations that say nothing themselves, now and when they are installed."""
    user = reader(request)
    access.require_administrator(user)
    row = instance_defaults()
    form = InstanceDefaultsForm(request.POST or None, initial=initial_of(row), inherited=inherited(None, None))
    changes: list[defaults.Change] = []
    if request.method == "POST" and form.is_valid():
        changes = defaults.instance_changes(form.said)
        if _saved(
            request, form, changes,
            lambda seen: defaults.change_instance_defaults(user=user, told=form.said, seen=seen),
        ):  # fmt: skip
            return redirect("dashboard:defaults")
    return _page(request, "dashboard/defaults.html", form, changes, {"row": row})


@login_required
@require_safe
def groups(request: HttpRequest) -> HttpResponse:
    """Groups of which the reader owns every organization."""
    owned = access.owned_organizations(reader(request))
    found = defaults.groups_of(one.pk for one in owned)
    return render(request, "dashboard/groups.html", {"groups": found, "owned": owned})


@login_required
@require_http_methods(GET_OR_POST)
def new_group(request: HttpRequest) -> HttpResponse:
    """A group of organizations of the reader's."""
    return _group(request, None, access.owned_organizations(reader(request)))


@login_required
@require_http_methods(GET_OR_POST)
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """One group. 404 for who does not own every organization of it."""
    owned = access.owned_organizations(reader(request))
    found = [one for one in defaults.groups_of(each.pk for each in owned) if one.pk == group_id]
    if not found:
        raise Http404
    return _group(request, found[0], owned)


def _group(request: HttpRequest, row: OrganizationGroup | None, owned: list[Organization]) -> HttpResponse:
    members = [place.organization_id for place in row.places.all()] if row else []
    form = GroupForm(
        request.POST or None,
        initial=initial_of(row) | {"name": row.name if row else "", "organizations": members},
        inherited=way(None, instance_defaults()),
        organizations=[(one.pk, one.login) for one in owned],
    )
    changes: list[defaults.Change] = []
    if request.method == "POST" and form.is_valid():
        chosen = frozenset(form.cleaned_data["organizations"])
        draft = defaults.GroupDraft(form.cleaned_data["name"], chosen, form.said)
        changes = defaults.group_changes(row, draft)
        user = reader(request)
        if _saved(
            request, form, changes,
            lambda seen: defaults.change_group(user=user, group=row, draft=draft, seen=seen),
        ):  # fmt: skip
            return redirect("dashboard:groups")
    return _page(request, "dashboard/group.html", form, changes, {"row": row})


def _saved(
    request: HttpRequest, form: InstanceDefaultsForm, changes: list[defaults.Change], save: Callable[[str], None]
) -> bool:
    """Whether it was saved: only after what becomes different was shown."""
    try:
        save(form.cleaned_data["seen"])
    except defaults.ChangesUnseen:
        return False
    except RuleBroken as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "Saved. It holds for decisions from now on.")
    return True


def _page(
    request: HttpRequest, name: str, form: InstanceDefaultsForm, changes: list[defaults.Change], more: dict[str, object]
) -> HttpResponse:
    context = {"form": form, "changes": changes, "seen": defaults.digest(changes), **more}
    context["weaker"] = any(one.weaker for one in changes)
    return render(request, name, context, status=422 if form.errors else 200)
