"""Views of the inventory that owners keep and share, and the columns each person looks at.

What is shared belongs to the organization: any of its owners changes it, and its record tells who did.
"""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock, text
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.columns import Columns, said
from apps.tokens.models import SavedView
from apps.tokens.names import Name

MOST = 50
"""Views of one person, and of one organization."""
PREFERENCE = "token_columns"


def save_view(*, user: User, name: str, query: str, organization: Organization | None = None) -> SavedView:
    """Keep a view; with an organization it is shared with its owners at once.

    Raises RuleBroken for a name that is taken or none, or too many, and what `require_owner_now` raises.
    """
    view = SavedView(user=user, organization=organization, name=_named(name), query=_short(query))
    _may_change(user, view)
    if _siblings(view).count() >= MOST:
        raise RuleBroken(f"There are {MOST} views already: delete one first.")
    with transaction.atomic():
        _keep(user, view)
        _tell(Name.VIEW_SHARED, user, view)
    return view


def change_view(*, user: User, view: SavedView, name: str | None = None, query: str | None = None) -> None:
    """Another name or another filter. Raises as `save_view`."""
    before = {"view": view.name, "filter": view.query}
    view.name = view.name if name is None else _named(name)
    view.query = view.query if query is None else _short(query)
    if before == {"view": view.name, "filter": view.query}:
        return
    _may_change(user, view)
    with transaction.atomic():
        _keep(user, view)
        _tell(Name.VIEW_CHANGED, user, view, before=f"{before['view']}: {before['filter']}")


def share_view(*, user: User, view: SavedView, organization: Organization) -> None:
    """A person's own view becomes the organization's. Raises as `save_view`."""
    view.organization = organization
    _may_change(user, view)
    if _siblings(view).count() >= MOST:
        raise RuleBroken(f"{organization.login} has {MOST} views already: delete one first.")
    with transaction.atomic():
        _keep(user, view)
        _tell(Name.VIEW_SHARED, user, view)


def unshare_view(*, user: User, view: SavedView) -> None:
    """It is seen by nobody but who made it any more. Raises as `save_view`."""
    _may_change(user, view)
    with transaction.atomic():
        _tell(Name.VIEW_UNSHARED, user, view)
        view.organization = None
        _keep(user, view)


def delete_view(*, user: User, view: SavedView) -> None:
    """Raises what `require_owner_now` raises where it is shared."""
    _may_change(user, view)
    with transaction.atomic():
        _tell(Name.VIEW_DELETED, user, view)
        SavedView.objects.filter(pk=view.pk).delete()


def choose_columns(*, user: User, columns: Columns) -> None:
    """What the person's lists show from now on, where no view says otherwise."""
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.preferences = {**locked.preferences, PREFERENCE: said(columns)}
        locked.save(update_fields=["preferences"])


def _may_change(user: User, view: SavedView) -> None:
    """Talks to GitHub where the view is shared: not inside a transaction."""
    if view.organization is not None:
        access.require_owner_now(user, view.organization)


def _siblings(view: SavedView) -> "QuerySet[SavedView]":
    if view.organization is not None:
        return SavedView.objects.filter(organization=view.organization)
    return SavedView.objects.filter(organization__isnull=True, user=view.user)


def _named(name: str) -> str:
    """A stranger to whoever it is shared with wrote it."""
    shown = text.visible(" ".join(name.split()), limit=SavedView.LONGEST_NAME)
    if not shown:
        raise RuleBroken("Give the view a name.")
    return shown


def _short(query: str) -> str:
    if len(query) > SavedView.LONGEST_QUERY:
        raise RuleBroken("The filter is too long to be kept.")
    return query


def _keep(user: User, view: SavedView) -> None:
    view.changed_by_login, view.changed_at = user.login, clock.now()
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        whose = f"shared in {view.organization.login}" if view.organization else "of yours"
        raise RuleBroken(f"There is a view {whose} with that name already.") from error


def _tell(name: Name, user: User, view: SavedView, **more: str) -> None:
    """What is a person's own is nobody else's business."""
    if view.organization is not None:
        audit.record(
            name, organization_id=view.organization.pk, actor=user.actor, view=view.name, filter=view.query, **more
        )
