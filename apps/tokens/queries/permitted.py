"""What a page has to say of the App's permissions: where Patrol only looks, and what it cannot see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps.github import permitted
from apps.github.models import Organization
from apps.github.permissions import DECISIONS, LOOKING, MEMBERS, Switch, in_words, lacking
from apps.tokens.kinds import Kind

_CANNOT_SAY = {
    "grant_request": "see requests there",
    "grant": "see tokens there",
}
_MEMBERS = "say there who left, or read a second owner's role"


@dataclass(frozen=True)
class Gap:
    """A permission that the App lacks on one organization: what follows, and the switch that says who does what."""

    organization: Organization
    text: str
    switch: Switch


@dataclass(frozen=True)
class Permitted:
    """Of the organizations on a page. `unread`: those whose list may not be read.

    `look_only`: those decided about on GitHub; `decided_here` the others.
    """

    gaps: list[Gap] = field(default_factory=list)
    unread: list[Organization] = field(default_factory=list)
    look_only: list[Organization] = field(default_factory=list)
    decided_here: list[Organization] = field(default_factory=list)


def permitted_on(organizations: Sequence[Organization], kind: Kind) -> Permitted:
    """For a page about items of that kind; one query."""
    held = permitted.held(one.pk for one in organizations)
    found = Permitted()
    for one in organizations:
        if one.pk in held:
            _add(found, one, held[one.pk], kind)
    return found


def _add(found: Permitted, one: Organization, held: Mapping[str, str], kind: Kind) -> None:
    unread, members = lacking(held, kind.reading), lacking(held, {MEMBERS: "read"})
    if unread:
        found.unread.append(one)
        found.gaps.append(_cannot(one, _CANNOT_SAY[kind.name], unread))
    if members:
        found.gaps.append(_cannot(one, _MEMBERS, members))
    if not lacking(held, kind.deciding):
        found.decided_here.append(one)
        return
    found.look_only.append(one)
    if not unread:
        found.gaps.append(Gap(one, f"{one.login}: look only. Owners decide on GitHub.", DECISIONS))


def _cannot(one: Organization, what: str, missing: Mapping[str, str]) -> Gap:
    return Gap(one, f"{one.login}: Patrol cannot {what}. Its App lacks {in_words(missing)}.", LOOKING)
