"""The views a list can be looked at through: built in, the reader's own, and shared with an organization's owners."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from apps.core.statements import Statement
from apps.github.models import Organization
from apps.tokens.models import SavedView

BUILT_IN = {
    "never-expire": ("Never expire", "expiring=never"),
    "never-used": ("Never used", "unused=never"),
    "write-everywhere": ("Can write to all repositories", "permission=contents&level=write&selection=all"),
    "ends-this-week": ("End within 7 days", "expiring=7"),
    "sleeping": ("Not used for 90 days", "unused=90&sort=unused"),
    "planned": ("Planned to be revoked", "state=planned"),
}
"""Where a new owner looks first: key -> (name, filter)."""


@dataclass(frozen=True)
class View:
    """One in the menu. `query` shows it: it is a part of an address, and so is `key`. `saved` None: built in."""

    key: str
    name: str
    query: str
    saved: SavedView | None = None

    @property
    def address(self) -> str:
        """After the "?" of a list. The filter stands there in full: it works for whom the view is not shared with."""
        return "&".join(filter(None, [self.query, f"view={self.key}"]))


@dataclass(frozen=True)
class Views:
    """All of a list. `shown` is the one the address names; `changed`: the list shows something else by now.

    `query` is what a view made of the list now would keep.
    """

    query: str
    built_in: list[View] = field(default_factory=list)
    own: list[View] = field(default_factory=list)
    shared: list[View] = field(default_factory=list)
    shown: View | None = None
    changed: bool = False


def views(reader_id: int, organization: Organization | None, key: str, query: str, kept: Callable[[str], str]) -> Views:
    """Of the reader's list of one organization, or over all (None); one query.

    `kept` makes of a query what a view would keep of it today: filters come and go.
    """
    seen = seen_by(reader_id, organization)
    built_in = [View(name, title, filters) for name, (title, filters) in BUILT_IN.items()]
    own = [one for one in seen if one.saved and one.saved.organization_id is None]
    shared = [one for one in seen if one.saved and one.saved.organization_id is not None]
    shown = next((one for one in [*built_in, *seen] if one.key == key), None)
    changed = shown is not None and kept(shown.query) != query
    return Views(query, built_in, own, shared, shown, changed)


def seen_by(reader_id: int, organization: Organization | None) -> list[View]:
    """The reader's own and those shared with them here, by name."""
    found = _SEEN(reader_id) if organization is None else _SEEN(reader_id, organization.pk)
    return [View(str(one.pk), one.name, one.query, one) for one in found]


def find_view(reader_id: int, organization: Organization | None, pk: int) -> SavedView | None:
    """One that the reader may see here."""
    found = SavedView.objects.filter(_seen(reader_id, organization.pk if organization else None), pk=pk).select_related(
        "organization", "user"
    )
    return found.first()


def _seen(reader_id: int, organization_id: int | None) -> Q:
    own = Q(user_id=reader_id, organization__isnull=True)
    return own | Q(organization=organization_id) if organization_id is not None else own


def _by_name(reader_id: int, organization_id: int | None = None) -> "QuerySet[SavedView]":
    found = SavedView.objects.filter(_seen(reader_id, organization_id))
    return found.select_related("user").order_by(Lower("name"))


_SEEN = Statement(_by_name)
