"""Before the click: where a decision may go out as Patrol's App instead of as the person."""

from collections.abc import Iterable

from apps.github.models import Organization


def may_be_sent_as_app(organizations: Iterable[Organization]) -> list[Organization]:
    """Those whose owners want the installation's token where GitHub does not let a person's in, each once.

    Their `decision_settings` should be loaded, as those of rows are.
    """
    once = {one.pk: one for one in organizations}.values()
    return [one for one in once if getattr(getattr(one, "decision_settings", None), "installation_may_send", False)]
