"""Revoking everything a filter matches: first it is frozen and shown, then exactly that is decided.

A preview keeps ids and digests, not payloads. What changed since, or was decided otherwise, is refused one by one by
the rules of every decision; what began to match since is not in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.access import GitHubAway, NeedsSignIn, NeedsSso
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock, leases
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.models import Grant, PreviewItem, RevocationPreview
from apps.tokens.names import Name
from apps.tokens.queries.filters import GrantFilters, grants_matching
from apps.tokens.queries.rows import GrantRow, grant_rows, loaded
from apps.tokens.services.deciding import Outcome, Refusal, revoke_grants

READ_AT_ONCE = 500
SENT_AT_ONCE = 100
"""As many as one call to GitHub takes."""
LeftOut = PreviewItem.LeftOut


def freeze_revocation(
    *, user: User, organizations: Sequence[Organization], organization: Organization | None, filters: GrantFilters,
    query: str,
) -> RevocationPreview:  # fmt: skip
    """Write down what the filter matches now: at most CEILING, those that Patrol came to know first.

    Statements grow with the ceiling, a few a READ_AT_ONCE, not with the organization. Raises RuleBroken where nothing
    matches.
    """
    now = clock.now()
    found = grants_matching(Grant.objects.filter(organization__in=organizations), filters, now).order_by("pk")
    pks = list(found.values_list("pk", flat=True)[: RevocationPreview.CEILING])
    if not pks:
        raise RuleBroken("Nothing matches the filter any more.")
    whole = len(pks) < RevocationPreview.CEILING
    matching = len(pks) if whole else found.order_by().count()
    with transaction.atomic():
        RevocationPreview.objects.filter(user=user, frozen_at__lt=now - 24 * RevocationPreview.LASTS).delete()
        preview = RevocationPreview.objects.create(
            user=user, organization=organization, query=query, matching=matching, frozen_at=now
        )
        for start in range(0, len(pks), READ_AT_ONCE):
            grants = list(loaded(Grant.objects.filter(pk__in=pks[start : start + READ_AT_ONCE]).order_by("pk")))
            PreviewItem.objects.bulk_create(_item(preview, row) for row in grant_rows(grants, user.pk))
    return preview


def _item(preview: RevocationPreview, row: GrantRow) -> PreviewItem:
    return PreviewItem(
        preview=preview, organization=row.organization, grant=row.grant, digest=row.digest, left_out=_left_out(row)
    )


def _left_out(row: GrantRow) -> LeftOut:
    """Why one cannot be revoked by this person here; the most telling reason."""
    if row.state != Grant.State.ACTIVE:
        return LeftOut.ENDED
    if row.on_its_way:
        return LeftOut.ON_ITS_WAY
    if row.own:
        return LeftOut.OWN
    return LeftOut.LOOK_ONLY if row.look_only else LeftOut.NO


def send_revocation(*, user: User, preview: RevocationPreview, urgent: bool) -> int:
    """Decide everything of the preview that was not tried yet, SENT_AT_ONCE after another, each organization apart.

    What came of each stands in its item; returns how many were refused. Raises RuleBroken where the preview is too old,
    being sent, or sent; NeedsSso, NeedsSignIn and GitHubAway leave what was not tried yet to the next click.
    """
    if clock.now() > preview.ends_at:
        raise RuleBroken("This preview is older than an hour. Select anew, so that you see what is there now.")
    _claim(preview)
    try:
        todo = list(_untried(preview).select_related("organization", "grant").order_by("organization_id", "pk"))
        if not todo:
            raise RuleBroken("All of this was sent already.")
        refused = 0
        for organization, items in groupby(todo, key=attrgetter("organization")):
            refused += _send(user, preview, organization, list(items), urgent=urgent)
    finally:
        RevocationPreview.objects.filter(pk=preview.pk).update(lease_until=None)
    RevocationPreview.objects.filter(pk=preview.pk, sent_at=None).update(sent_at=clock.now())
    return refused


def _claim(preview: RevocationPreview) -> None:
    """Two clicks are one: the second one finds it held."""
    now = clock.now()
    free = RevocationPreview.objects.filter(leases.over(now, leases.WORK), pk=preview.pk)
    if free.update(lease_until=now + leases.WORK) != 1:
        raise RuleBroken("This is being sent already.")


def _untried(preview: RevocationPreview) -> "QuerySet[PreviewItem]":
    return preview.items.filter(left_out=LeftOut.NO, outcome=PreviewItem.Outcome.OPEN)


def _send(
    user: User, preview: RevocationPreview, organization: Organization, items: list[PreviewItem], *, urgent: bool
) -> int:
    """Everything of one organization; its record tells of it as one act beside those of the tokens. Returns how many
    were refused.
    """
    sent = 0
    for part in _parts(items):
        chosen = {item.grant.pat_id: item.digest for item in part}
        outcome = _decided(user, organization, chosen, urgent=urgent)
        _note(part, outcome)
        sent += len(outcome.reviews)
        RevocationPreview.objects.filter(pk=preview.pk).update(lease_until=clock.now() + leases.WORK)
    with transaction.atomic():
        audit.record(
            Name.MATCHING_REVOKED, organization_id=organization.pk, actor=user.actor, filter=preview.query, count=sent,
            left=len(items) - sent,
        )  # fmt: skip
    return len(items) - sent


def _decided(user: User, organization: Organization, chosen: dict[int, str], *, urgent: bool) -> Outcome:
    """What came of each; where the organization as a whole refuses, all of them are refused by its sentence."""
    try:
        return revoke_grants(user=user, organization=organization, chosen=chosen, urgent=urgent)
    except (NeedsSso, NeedsSignIn, GitHubAway):
        raise
    except RuleBroken as error:
        return Outcome(refused=[Refusal(pat_id, str(error)) for pat_id in chosen])


def _note(part: Sequence[PreviewItem], outcome: Outcome) -> None:
    """One statement for what was sent, and one for each different reason."""
    by_number = {item.grant.pat_id: item.pk for item in part}
    sent = {review.grant_id for review in outcome.reviews}
    _mark((item.pk for item in part if item.grant_id in sent), outcome=PreviewItem.Outcome.SENT)
    for sentence in {one.sentence for one in outcome.refused}:
        pks = (by_number[one.subject_id] for one in outcome.refused if one.sentence == sentence)
        _mark(pks, outcome=PreviewItem.Outcome.REFUSED, sentence=sentence[:300])


def _mark(pks: Iterable[int], **values: Any) -> None:
    PreviewItem.objects.filter(pk__in=list(pks)).update(**values)


def _parts(items: Sequence[PreviewItem]) -> Iterator[Sequence[PreviewItem]]:
    return (items[start : start + SENT_AT_ONCE] for start in range(0, len(items), SENT_AT_ONCE))
