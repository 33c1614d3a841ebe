"""What is planned for grants, read along with them: no query of its own, whatever the number of rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import JSONField, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from apps.github.models import Organization
from apps.tokens.models import PlannedRevocation

Cause, State = PlannedRevocation.Cause, PlannedRevocation.State
_SHOWN = (State.PLANNED, State.KEPT)
_COLUMNS = (
    "cause", "state", "due_on", "due_at", "planned_by_id", "planned_by_login", "planned_at", "reason", "trouble",
    "retry_at", "kept_by_login", "kept_until", "kept_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """A plan as pages tell it; the fields are those of PlannedRevocation."""

    id: int
    cause: str
    state: str
    due_on: date
    due_at: datetime
    planned_by_id: int | None
    planned_by_login: str
    planned_at: datetime
    reason: str
    trouble: str
    retry_at: datetime | None
    kept_by_login: str
    kept_until: date | None
    kept_reason: str

    @property
    def is_optional(self) -> bool:
        """Whether a word for the token ends it."""
        return self.cause in PlannedRevocation.OPTIONAL

    @property
    def short(self) -> str:
        """In lists: "quarantine: Dec 12"."""
        year = f", {self.due_on.year}" if self.due_on.year != self.planned_at.year else ""
        return f"{_LABELS[self.cause]} {self.due_on:%b} {self.due_on.day}{year}"


_LABELS: dict[str, str] = {
    Cause.OFFBOARDING: "holder leaves:",
    Cause.QUARANTINE: "quarantine until",
    Cause.APPROVED_UNTIL: "approved until",
    Cause.SLEEPING: "sleeps: revoked",
}


class Listed(Subquery):
    """One column of the subquery as a list; null where it has no rows. `made_of` is its SQL, by vendor."""

    output_field = JSONField()

    def __init__(self, found: "QuerySet[Any, Any]", column: str, *, objects: bool = False) -> None:
        super().__init__(found)
        self.sql = {"postgresql": f"jsonb_agg({column})", "sqlite": f"json_group_array({column})"}
        if objects:
            self.sql["sqlite"] = f"json_group_array(json({column}))"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """As jsonb."""
        template = f"(SELECT {self.sql['postgresql']} FROM (%(subquery)s) AS one)"  # noqa: S608  our own column
        return self.as_sql(compiler, connection, template, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """As text."""
        template = f"(SELECT {self.sql['sqlite']} FROM (%(subquery)s))"  # noqa: S608  our own column
        return self.as_sql(compiler, connection, template, **extra)


def plans_on(column: str = "pk") -> Listed:
    """Of a row whose `column` is a grant: what is planned, and what was kept; for `plans_in`."""
    found = PlannedRevocation.objects.filter(grant=OuterRef(column), state__in=_SHOWN)
    told = JSONObject(id="pk", **{name: name for name in _COLUMNS})
    return Listed(found.values(told=told), "told", objects=True)


def plans_in(listed: list[Mapping[str, Any]] | None) -> tuple[Plan, ...]:
    """What `plans_on` read, the earliest first."""
    return tuple(sorted((_plan(one) for one in listed or ()), key=lambda one: (one.due_at, one.id)))


def find_plan(organization: Organization, plan_id: int) -> PlannedRevocation | None:
    """A plan whose grant is known."""
    found = PlannedRevocation.objects.filter(organization=organization, pk=plan_id, grant__isnull=False)
    return found.select_related("grant", "token", "organization").first()


def _plan(told: Mapping[str, Any]) -> Plan:
    instants = {name: _instant(told[name]) for name in ("due_at", "planned_at", "retry_at")}
    days = {name: date.fromisoformat(told[name]) if told[name] else None for name in ("due_on", "kept_until")}
    return Plan(**{**told, **instants, **days})


def _instant(text: str | None) -> datetime | None:
    """PostgreSQL says the offset, SQLite leaves it out: both tell UTC."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
