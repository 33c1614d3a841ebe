"""The teams somebody is in, told with another row of the same person: no page has to ask for them apart."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Aggregate, JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from apps.github.models import Organization, TeamMember

Named = dict[str, str]
"""A team's "slug" and "name"."""


class _Array(Aggregate):
    """Everything of a group as one JSON array."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL's name for it."""
        return self.as_sql(compiler, connection, function="JSONB_AGG", **extra)


def teams_of(organization: str, user_id: str) -> Subquery:
    """For `annotate`, by the names of columns: [{"slug", "name"}] of one person in one organization, or None."""
    theirs = TeamMember.objects.filter(organization=OuterRef(organization), user_id=OuterRef(user_id))
    named = _Array(JSONObject(slug="team__slug", name="team__name"))
    return Subquery(theirs.order_by().values("user_id").annotate(named=named).values("named"))


def told(organization: Organization, annotated: Sequence[Named] | None, *, here: bool) -> tuple[Named, ...] | None:
    """What `teams_of` found, by name; None where nothing was, and not all teams were read. Not `here`: in none."""
    if not here:
        return ()
    if not annotated and organization.teams_read_at is None:
        return None
    return tuple(sorted(annotated or (), key=lambda one: one["name"].casefold()))
