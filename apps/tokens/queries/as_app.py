"""Before the click: where a decision may go out as Patrol's App instead of as the person."""

from collections.abc import Iterable

from apps.github.models import Organization
from apps.tokens.inheritance import instance_defaults, way


def may_be_sent_as_app(organizations: Iterable[Organization]) -> list[Organization]:
    """Those whose owners want the installation's token where GitHub does not let a person's in, each once.

    Their `decision_settings` and its group should be loaded, as those of rows are; one query more.
    """
    once = {one.pk: one for one in organizations}.values()
    if not once:
        return []
    instance = instance_defaults()
    return [one for one in once if way(getattr(one, "decision_settings", None), instance).installation_may_send]
