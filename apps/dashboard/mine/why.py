"""Why one's token fails: what is known of it, put to the rules of policy.failing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from apps.accounts.access import Visible
from apps.core import clock
from apps.dashboard.mine.forms import UNLISTED
from apps.dashboard.mine.queries import Mine
from apps.policy.failing import Cause, Known, State, causes, told
from apps.tokens.models import StatedPolicy


@dataclass(frozen=True)
class Because:
    """The causes, the most certain first, of `mine`; None: of a token that is in no list, at `place`."""

    causes: list[Cause]
    mine: Mine | None
    place: Visible | None
    stated: StatedPolicy | None


def because(
    *, token: str, organization: str, kind: str, answer: str, mine: Sequence[Mine], joined: Sequence[Visible]
) -> Because:
    """Of the token with that key, or of one that is not listed and should reach the organization of that number."""
    found = next((one for one in mine if one.key == token), None) if token != UNLISTED else None
    place = next((one for one in joined if str(one.organization.pk) == organization), None)
    if found is not None:
        place = next((one for one in joined if one.organization.pk == found.organization.pk), None)
        stated = found.stated
    else:
        stated = StatedPolicy.objects.filter(organization=place.organization.pk).first() if place else None
    known = _with(stated, _of_mine(found) if found else _unlisted(kind, place))
    return Because(causes(known, told(answer), clock.now()), found, place, stated)


def _of_mine(mine: Mine) -> Known:
    access = mine.access
    return Known(
        state=mine.state,
        permissions=access.permissions if access else {},
        selection=access.repository_selection if access else "",
        began=mine.began,
        ends=mine.token.expires_at,
        asks_more=mine.more is not None,
    )


def _unlisted(kind: str, place: Visible | None) -> Known:
    return Known(
        state=State.UNLISTED,
        permissions={},
        kind=kind,
        member=place is not None,
        sso=place is not None and place.state == "sso_required",
    )


def _with(stated: StatedPolicy | None, known: Known) -> Known:
    """With what an owner entered of the organization."""
    if stated is None:
        return known
    return replace(
        known, max_days=stated.fine_grained_max_days, classic_allowed=stated.classic_allowed,
        fine_grained_allowed=stated.fine_grained_allowed,
    )  # fmt: skip
