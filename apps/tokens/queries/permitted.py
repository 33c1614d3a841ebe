"""What a page has to say of the App's permissions: where Patrol only looks, and what it cannot see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apps.github import permitted
from apps.github.models import Organization
from apps.github.permissions import DECISIONS, LOOKING, MEMBERS, Switch, in_words, lacking
from apps.tokens.kinds import Kind

NAMED = 3
_LOOK_ONLY = "look only. Owners decide on GitHub."
_CANNOT = {
    "grant_request": "Patrol cannot see requests there.",
    "grant": "Patrol cannot see tokens there.",
    MEMBERS: "Patrol cannot say there who left, or read a second owner's role.",
}


@dataclass(frozen=True)
class Gap:
    """A permission that the App lacks on organizations: what follows, and the switch that says who does what."""

    what: str
    switch: Switch
    organizations: list[Organization] = field(default_factory=list)

    @property
    def text(self) -> str:
        """For the top of a page."""
        logins = [one.login for one in self.organizations]
        more = f" and {len(logins) - NAMED} more" if len(logins) > NAMED else ""
        where = "" if self.only else " The settings of each say who does what."
        return f"{', '.join(logins[:NAMED])}{more}: {self.what}{where}"

    @property
    def only(self) -> Organization | None:
        """The organization, where it is one: its page is led to."""
        return self.organizations[0] if len(self.organizations) == 1 else None


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
    gaps: dict[str, Gap] = {}
    for one in organizations:
        if one.pk not in held:
            continue
        (found.look_only if lacking(held[one.pk], kind.deciding) else found.decided_here).append(one)
        if lacking(held[one.pk], kind.reading):
            found.unread.append(one)
        for gap in _gaps(held[one.pk], kind):
            gaps.setdefault(gap.what, gap).organizations.append(one)
    found.gaps.extend(gaps.values())
    return found


def _gaps(held: Mapping[str, str], kind: Kind) -> Iterator[Gap]:
    """What cannot be read first; where it can, whether it is only looked at."""
    unread, members = lacking(held, kind.reading), lacking(held, {MEMBERS: "read"})
    if unread:
        yield Gap(f"{_CANNOT[kind.name]} Its App lacks {in_words(unread)}.", LOOKING)
    elif lacking(held, kind.deciding):
        yield Gap(_LOOK_ONLY, DECISIONS)
    if members:
        yield Gap(f"{_CANNOT[MEMBERS]} Its App lacks {in_words(members)}.", LOOKING)
