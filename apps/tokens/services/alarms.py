"""What owners say to an alarm: an approved token turned out to reach further than what was approved."""

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.models import WiderGrant
from apps.tokens.names import Name
from apps.tokens.readback import in_words


def acknowledge_wider(*, user: User, organization: Organization, pat_id: int) -> None:
    """An owner has seen that the grant is wider than what was approved, and lets it be. All its open alarms end.

    Raises what `require_owner_now` raises, and RuleBroken when there is none or it is the person's own token.
    """
    access.require_owner_now(user, organization)
    with transaction.atomic():
        alarms = WiderGrant.objects.open().filter(organization=organization, grant__pat_id=pat_id)
        found = list(alarms.select_for_update(of=("self",)).select_related("grant__token").order_by("pk"))
        if not found:
            raise RuleBroken("Nothing waits for an answer about this token any more.")
        token = found[0].grant.token
        if token.owner_id == user.pk:
            raise RuleBroken("This is your own token: another owner has to answer.")
        WiderGrant.objects.filter(pk__in=[one.pk for one in found]).update(
            ended_at=clock.now(), ended_as=WiderGrant.End.ACKNOWLEDGED, acknowledged_by_login=user.login
        )
        beyond = "; ".join(in_words(one.beyond) for one in found)
        audit.record(
            Name.WIDER_ACKNOWLEDGED, organization_id=organization.pk, actor=user.actor, subject=found[0].grant.subject,
            token_name=token.name, owner_login=token.owner_login, beyond=beyond,
        )  # fmt: skip
