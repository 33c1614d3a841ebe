"""Before the click: where a decision may go out as Patrol's App instead of as the person."""

from collections.abc import Sequence

from apps.github.models import Organization
from apps.tokens.models import DecisionSettings


def may_be_sent_as_app(organizations: Sequence[Organization]) -> list[Organization]:
    """Those whose owners want the installation's token where GitHub does not let a person's in; one query."""
    chosen = DecisionSettings.objects.filter(organization__in=organizations, installation_may_send=True)
    wanted = set(chosen.values_list("organization", flat=True))
    return [one for one in organizations if one.pk in wanted]
