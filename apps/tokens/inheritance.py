"""How an organization decides: as it says itself, else its group, else the instance, else as Patrol does by itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from apps.core.statements import Statement
from apps.tokens.models import Decides, DecisionSettings, InstanceDefaults, OrganizationGroup, Sleeps

Value = bool | int
Row = Decides | Sleeps


class Source(StrEnum):
    """Who said it."""

    ORGANIZATION = "organization"
    GROUP = "group"
    INSTANCE = "instance"
    PATROL = "Patrol"

    @property
    def words(self) -> str:
        """As pages say it, but for a group, which has a name."""
        named = {Source.ORGANIZATION: "this organization", Source.INSTANCE: "this Patrol's defaults"}
        return named.get(self, "Patrol itself")


@dataclass(frozen=True)
class Setting:
    """One that is inherited. `by_itself`: what Patrol does; `larger_guards`: the larger value is the more careful,
    None: neither is. `unit`: of a number, where it is one and where it is another.
    """

    name: str
    title: str
    by_itself: Callable[[], Value]
    larger_guards: bool | None = True
    unit: tuple[str, str] = ("s", "s")

    def words(self, value: Value) -> str:
        """As pages say it."""
        if isinstance(value, bool):
            return "on" if value else "off"
        return f"{value} {self.unit[value != 1]}"

    def is_weaker(self, before: Value, after: Value) -> bool:
        """Whether `after` guards less than `before`."""
        if self.larger_guards is None:
            return False
        return after < before if self.larger_guards else after > before


Levels = list[tuple[Source, Row | None]]
"""Rows that may say something, the first one first."""
SETTINGS = (
    Setting("two_person", "Two owners for an approval", lambda: False),
    Setting("revoke_wider", "Revoke again what is wider than approved", lambda: False),
    Setting("installation_may_send", "Send as Patrol's App", lambda: False, larger_guards=False),
    Setting("undo_seconds", "Seconds to undo", lambda: min(settings.UNDO_SECONDS, Decides.LONGEST_UNDO)),
)
NAMES = [one.name for one in SETTINGS]


@dataclass(frozen=True)
class Said:
    """A value, and who said it."""

    value: Value
    source: Source


@dataclass(frozen=True)
class Way:
    """How an organization decides; every setting by its name."""

    said: dict[str, Said]
    group: OrganizationGroup | None = None

    @property
    def rests(self) -> int:
        """How many seconds a decision rests before it is sent."""
        return min(int(self.said["undo_seconds"].value), Decides.LONGEST_UNDO)

    @property
    def two_person(self) -> bool:
        """Whether an approval takes two owners."""
        return bool(self.said["two_person"].value)

    @property
    def revoke_wider(self) -> bool:
        """Whether what is wider than approved is revoked again."""
        return bool(self.said["revoke_wider"].value)

    @property
    def installation_may_send(self) -> bool:
        """Whether the installation's token serves where the person's is not let in."""
        return bool(self.said["installation_may_send"].value)

    def origin(self, name: str) -> str:
        """Who said a setting, in words."""
        source = self.said[name].source
        return f"the group {self.group.name}" if source == Source.GROUP and self.group else source.words


def way(own: Decides | None, instance: Decides | None, group: OrganizationGroup | None = None) -> Way:
    """Of rows that are loaded; `group` None: that of the organization's row."""
    group = group or getattr(own, "group", None)
    levels = [(Source.ORGANIZATION, own), (Source.GROUP, group), (Source.INSTANCE, instance)]
    return Way(said_by(levels, SETTINGS), group)


def inherited(own: DecisionSettings | None, instance: Decides | None) -> Way:
    """What would hold if the organization said nothing itself."""
    return way(None, instance, own.group if own else None)


def instance_defaults() -> InstanceDefaults | None:
    """The instance's row."""
    return _INSTANCE.first()


_INSTANCE = Statement(lambda: InstanceDefaults.objects.order_by("pk")[:1])


def own_settings(organization_ids: Iterable[int]) -> dict[int, DecisionSettings]:
    """Of each organization that has some; one query."""
    return {one.organization_id: one for one in _OWN(list(organization_ids))}


_OWN = Statement(lambda ids: DecisionSettings.objects.filter(organization__in=ids).select_related("group"))


def way_of(organization_id: int) -> Way:
    """How one organization decides; two queries."""
    return way(own_settings([organization_id]).get(organization_id), instance_defaults())


def said_by(levels: Levels, settings: Iterable[Setting]) -> dict[str, Said]:
    """Every setting by its name: the first row that says it, else Patrol."""
    return {one.name: _said(one, levels) for one in settings}


def _said(setting: Setting, levels: Levels) -> Said:
    for source, row in levels:
        value = getattr(row, setting.name, None)
        if value is not None:
            return Said(value, source)
    return Said(setting.by_itself(), Source.PATROL)
