"""The job: what issues shall say is compared with what they say, and a write is proposed for each that differs.

At most `most` writes of an organization are on their way; the rest waits for the next run. Nothing is proposed where
the repository is not fit: why, the owners see.
"""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from django.db import transaction

from apps.audit import services as audit
from apps.core import clock
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.github import errors
from apps.github.models import App, Installation, Organization
from apps.jobs import services as jobs
from apps.tokens.models import ReminderIssue, ReminderIssueSettings
from apps.tokens.names import EffectKind, Name
from apps.tokens.reminder_issues import place
from apps.tokens.reminder_issues.wanted import Wanted, people, wanted
from apps.tokens.reminder_issues.words import digest

log = structlog.get_logger(__name__)
EVERY = timedelta(minutes=5)
MOST = 5
"""Writes of one organization that are on their way at once: a person's decision waits no longer than for these."""
PART = 500
"""People whose issues are compared at once."""


def keep_all(most: int = MOST) -> int:
    """Every organization where Patrol works and such issues are, or were, written. Returns how many were proposed."""
    live = Installation.objects.live().filter(app__role=App.Role.GOVERNANCE)
    chosen = ReminderIssueSettings.objects.filter(
        organization__in=live.values("organization_id"), organization__sync__completed_at__isnull=False
    ).select_related("organization")
    return sum(_kept(one, most) for one in chosen.order_by("pk"))


def _kept(chosen: ReminderIssueSettings, most: int) -> int:
    """One organization's trouble is not the others'."""
    try:
        return keep(chosen, most)
    except Exception:
        log.exception("reminder_issues.failed", organization=chosen.organization_id)
        return 0


def keep(chosen: ReminderIssueSettings, most: int) -> int:
    """Propose what differs; returns how many. Switched off, what is open is closed."""
    organization = chosen.organization
    theirs = ReminderIssue.objects.filter(organization=organization)
    if chosen.is_on and not _is_fit(chosen):
        return 0
    open_now = set(theirs.exclude(digest="").values_list("person_id", flat=True))
    concerned = sorted(open_now | (people(organization) if chosen.is_on else set()))
    on_the_way = Effect.objects.filter(
        organization=organization, kind=EffectKind.REMINDER_ISSUE, state__in=Effect.OPEN
    ).count()
    done = 0
    for start in range(0, len(concerned), PART):
        part = concerned[start : start + PART]
        rows = {one.person_id: one for one in theirs.filter(person_id__in=part)}
        now_open = wanted(organization, part) if chosen.is_on else {}
        for person_id in part:
            if on_the_way + done >= most:
                return done
            done += _proposed(chosen, rows.get(person_id), person_id, now_open)
    return done


def _is_fit(chosen: ReminderIssueSettings) -> bool:
    """Look, and tell the owners when it is another answer than before. Where GitHub does not answer: not now."""
    organization, why = chosen.organization, ""
    try:
        place.require_permitted(organization)
        with place.client_of(organization) as client:
            place.fit(client, organization, chosen.repository, chosen.repository_id)
    except place.Unfit as error:
        why = str(error)
    except errors.GitHubError as error:
        log.warning("reminder_issues.not_looked", organization=organization.pk, error=type(error).__name__)
        return False
    with transaction.atomic():
        mine = ReminderIssueSettings.objects.filter(pk=chosen.pk, changed_at=chosen.changed_at)
        if mine.update(trouble=why, looked_at=clock.now()) == 1 and why != chosen.trouble:
            name = Name.REMINDER_ISSUES_STOPPED if why else Name.REMINDER_ISSUES_RESUMED
            audit.record(name, organization_id=organization.pk, why=why, repository=chosen.repository)
    return not why


def _proposed(
    chosen: ReminderIssueSettings, row: ReminderIssue | None, person_id: int, now_open: Mapping[int, Wanted]
) -> int:
    """1 where a write was proposed: to open, change or close the person's issue."""
    one = now_open.get(person_id)
    if row is None:
        if one is None or chosen.repository_id is None:
            return 0
        row = ReminderIssue(organization=chosen.organization, person_id=person_id)
    elif row.retry_at is not None and row.retry_at > clock.now():
        return 0
    if row.digest and row.repository_id != chosen.repository_id:
        one = None  # it is closed where it is, and opened anew where it shall be by the next run
    if digest(one.login, one.lines) == row.digest if one else not row.digest:
        return 0
    return _propose(chosen, row, one)


def _propose(chosen: ReminderIssueSettings, row: ReminderIssue, one: Wanted | None) -> int:
    organization: Organization = chosen.organization
    try:
        with transaction.atomic():
            row.lines = one.lines if one else []
            if one is not None:
                row.login = one.login
                if row.repository_id != chosen.repository_id:
                    row.repository_id, row.repository = chosen.repository_id or 0, chosen.repository
                    row.number = None
            row.save()
            effect = effects.propose(
                organization=organization, kind=EffectKind.REMINDER_ISSUE,
                subject=f"reminder_issue:{row.person_id}", arguments={"reminder_issue": row.pk}, actor=None,
            )  # fmt: skip
            jobs.ring("effects.run", effect.pk)
    except effects.AlreadyOnItsWay:
        return 0
    return 1
