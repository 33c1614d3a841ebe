"""What the instance and groups of organizations say for those that do not say it themselves.

A change is shown before it is saved: `instance_changes` and `group_changes` say what becomes different where, and
only what was shown is saved.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Installation, Organization
from apps.tokens.inheritance import NAMES, SETTINGS, Said, Setting, Value, instance_defaults, own_settings, way
from apps.tokens.models import Decides, DecisionSettings, InstanceDefaults, OrganizationGroup
from apps.tokens.names import Name

Told = Mapping[str, Value | None]
"""Settings by name; None: not said."""
Ways = Callable[[int], tuple[Mapping[str, Said], Mapping[str, Said]]]
"""What holds for an organization before and after."""


class ChangesUnseen(RuleBroken):
    """What would become different is not what was shown."""


@dataclass(frozen=True)
class Change:
    """One setting of one organization that becomes another. `weaker`: it guards less than before."""

    organization: Organization
    setting: Setting
    before: Value
    after: Value

    @property
    def weaker(self) -> bool:
        """Whether it guards less than before."""
        return self.setting.is_weaker(self.before, self.after)

    @property
    def words(self) -> str:
        """As pages and the record say it."""
        return f"{self.setting.title}: {self.setting.words(self.before)} → {self.setting.words(self.after)}"


@dataclass(frozen=True)
class GroupDraft:
    """A group as it shall be. Without organizations it ends."""

    name: str
    organizations: frozenset[int]
    told: Told = field(default_factory=dict)


def digest(changes: Iterable[Change]) -> str:
    """Stands for what was shown."""
    seen = sorted(f"{one.organization.pk} {one.words}" for one in changes)
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()


# --- the instance ---------------------------------------------------------------------------------------------------


def instance_changes(told: Told) -> list[Change]:
    """What becomes different where, by login. A constant number of queries."""
    ids = Installation.objects.governing().filter(removed_at__isnull=True).values_list("organization_id", flat=True)
    own, before, after = own_settings(ids), instance_defaults(), InstanceDefaults(**told)
    return differing(ids, lambda pk: (way(own.get(pk), before).said, way(own.get(pk), after).said), SETTINGS)


def change_instance_defaults(*, user: User, told: Told, seen: str) -> None:
    """By an administrator of this Patrol. Raises PermissionDenied, ChangesUnseen, RuleBroken."""
    if not user.is_administrator:
        raise PermissionDenied
    _require_sane(told)
    with transaction.atomic():
        before = InstanceDefaults.objects.select_for_update().first()
        changes = require_seen(instance_changes(told), seen)
        InstanceDefaults.objects.update_or_create(
            id=InstanceDefaults.ONLY,
            defaults={**told, "changed_by_login": user.login, "changed_at": clock.now()},
        )
        audit.record(
            Name.INSTANCE_DEFAULTS_CHANGED, actor=user.actor, before=_of(before), after=dict(told), changes=len(changes)
        )
        record_changes(changes, user)


# --- groups ---------------------------------------------------------------------------------------------------------


def groups_of(owned: Iterable[int]) -> list[OrganizationGroup]:
    """Groups of which the person owns every organization, by name; two queries."""
    ids = set(owned)
    groups = OrganizationGroup.objects.prefetch_related("places__organization").order_by("name")
    return [one for one in groups if {place.organization_id for place in one.places.all()} <= ids]


def group_changes(group: OrganizationGroup | None, draft: GroupDraft) -> list[Change]:
    """What becomes different where: in the group, for those that join it and for those that leave."""
    instance, members = instance_defaults(), _members(group)
    ids = members | draft.organizations
    own = own_settings(ids)
    new = OrganizationGroup(name=draft.name, **draft.told)

    def ways(pk: int) -> tuple[Mapping[str, Said], Mapping[str, Said]]:
        alone = DecisionSettings(**{name: getattr(own.get(pk), name, None) for name in NAMES})
        before = way(alone, instance, group if pk in members else None)
        return before.said, way(alone, instance, new if pk in draft.organizations else None).said

    return differing(ids, ways, SETTINGS)


def change_group(*, user: User, group: OrganizationGroup | None, draft: GroupDraft, seen: str) -> None:
    """By who owns every organization that is in it or shall be.

    Raises what `require_owner_now` raises, ChangesUnseen, RuleBroken. Talks to GitHub.
    """
    _require_sane(draft.told)
    _require_name(group, draft)
    for organization in Organization.objects.filter(pk__in=_members(group) | draft.organizations):
        access.require_owner_now(user, organization)
    with transaction.atomic():
        _require_free(group, draft)
        changes = require_seen(group_changes(group, draft), seen)
        saved = _saved_group(user, group, draft)
        logins = Organization.objects.filter(pk__in=draft.organizations).values_list("login", flat=True)
        audit.record(
            Name.GROUP_CHANGED, actor=user.actor, subject=f"organization_group:{saved}", group=draft.name,
            before=_of(group), after=dict(draft.told), organizations=list(logins),
        )  # fmt: skip
        record_changes(changes, user, draft.name)


def _saved_group(user: User, group: OrganizationGroup | None, draft: GroupDraft) -> int:
    """Its number, also where it ends."""
    changed = {"changed_by_login": user.login, "changed_at": clock.now()}
    row = group or OrganizationGroup()
    for name, value in {**draft.told, **changed, "name": draft.name}.items():
        setattr(row, name, value)
    row.save()
    number = row.pk
    DecisionSettings.objects.filter(group=row).exclude(organization__in=draft.organizations).update(group=None)
    for pk in draft.organizations:
        DecisionSettings.objects.update_or_create(
            organization_id=pk, defaults={"group": row}, create_defaults={"group": row, **changed}
        )
    if not draft.organizations:
        row.delete()
    return number


# --- rules ----------------------------------------------------------------------------------------------------------


def _require_sane(told: Told) -> None:
    seconds = told.get("undo_seconds")
    if seconds is not None and not 0 <= seconds <= Decides.LONGEST_UNDO:
        raise RuleBroken(f"A decision rests for 0 to {Decides.LONGEST_UNDO} seconds.")


def _require_name(group: OrganizationGroup | None, draft: GroupDraft) -> None:
    others = OrganizationGroup.objects.filter(name__iexact=draft.name)
    if others.exclude(pk=group.pk if group else 0).exists():
        raise RuleBroken("Another group has this name.")
    if group is None and not draft.organizations:
        raise RuleBroken("A group has at least one organization.")


def _require_free(group: OrganizationGroup | None, draft: GroupDraft) -> None:
    """An organization belongs to one group at most."""
    places = DecisionSettings.objects.filter(organization__in=draft.organizations)
    list(places.order_by("pk").select_for_update())
    other = places.exclude(group=None).exclude(group=group).select_related("organization").first()
    if other is not None:
        raise RuleBroken(f"{other.organization.login} is in another group already.")


def require_seen(changes: list[Change], seen: str) -> list[Change]:
    """They were shown. Raises ChangesUnseen; where nothing becomes different there is nothing to see."""
    if changes and digest(changes) != seen:
        raise ChangesUnseen("Look at what becomes different before you save it.")
    return changes


def differing(ids: Iterable[int], ways: Ways, settings: Iterable[Setting]) -> list[Change]:
    """What of these settings becomes another in which organization, by login; one query."""
    found = []
    for organization in Organization.objects.filter(pk__in=set(ids)).order_by("login"):
        before, after = ways(organization.pk)
        for one in settings:
            values = before[one.name].value, after[one.name].value
            if values[0] != values[1]:
                found.append(Change(organization, one, *values))
    return found


def record_changes(changes: list[Change], user: User, group: str = "") -> None:
    """In the record of each organization where something becomes different."""
    by_organization: dict[int, list[str]] = {}
    for one in changes:
        by_organization.setdefault(one.organization.pk, []).append(one.words)
    for pk, words in by_organization.items():
        audit.record(
            Name.INHERITED_SETTINGS_CHANGED, organization_id=pk, actor=user.actor, changes="; ".join(words), group=group
        )


def _members(group: OrganizationGroup | None) -> set[int]:
    return set(group.places.values_list("organization_id", flat=True)) if group else set()


def _of(row: Decides | None) -> dict[str, Value | None]:
    return {name: getattr(row, name, None) for name in NAMES}
