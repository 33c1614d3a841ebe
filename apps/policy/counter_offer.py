"""A denial with a fix: what would be accepted instead, and the words that say it within GitHub's limit. Pure.

The words go to whoever asked, by GitHub's mail. They are shortened in one fixed order: the list of repositories, the
description in the link, our sentence that repeats the link, the name in the link; a link that is still too long is
left out whole, for steps in words. A link is never cut.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from apps.core.errors import RuleBroken
from apps.policy.facts import AccessFacts, Permissions
from apps.policy.permissions import PermissionLine, covers, difference, flat, lines_of, rank
from apps.policy.prefill import DAYS_LIMIT, PREFILLED, creation_link, has_parameter

REASON_LIMIT = 1024
"""docs.github.com/rest/orgs/personal-access-tokens: "Max length is 1024 characters"."""
USUAL_DAYS = 90
FEW = 3
"""So many repositories stay named while something else can still be left out."""
_NAME_LIMIT = 60
_STEPS = "Settings, Developer settings, Personal access tokens, Fine-grained tokens, Generate new token"


class Because(StrEnum):
    """Ready-made reasons for a denial."""

    NOT_NEEDED = "not-needed"
    TOO_WIDE = "too-wide"
    TOO_LONG = "too-long"
    AUTOMATION = "automation"
    OTHER = "other"

    @property
    def countered(self) -> bool:
        """Whether less access or a shorter life would mend it."""
        return self in {Because.TOO_WIDE, Because.TOO_LONG}


SENTENCES = {
    Because.NOT_NEEDED: "This access is not needed any more. Please delete the token if nothing else uses it.",
    Because.TOO_WIDE: "This asks for more access than its purpose needs.",
    Because.TOO_LONG: "This token lives longer than its purpose needs.",
    Because.AUTOMATION: (
        "This is work for a GitHub App or, inside a workflow, for the GITHUB_TOKEN of GitHub Actions: their tokens end "
        "within hours and belong to no person. Please ask for one of these instead of a personal access token."
    ),
    Because.OTHER: "",
}


class NotAnOffer(RuleBroken):
    """What is offered is more than what was asked for, or nothing at all; the message is for the owner."""


@dataclass(frozen=True)
class Offer:
    """What an owner would accept. `selection` as GitHub says it: none, subset or all repositories.

    `repositories` are the first names of a subset of `repository_count`; none are given where whoever asked for all
    has yet to name those that are needed.
    """

    permissions: Permissions
    days: int
    selection: str
    repositories: tuple[str, ...] = ()
    repository_count: int = 0


@dataclass(frozen=True)
class Place:
    """Where the next token is made: GitHub's pages, the organization, and whether forms can be filled by links."""

    web_url: str
    organization: str
    links: bool = True


@dataclass(frozen=True)
class Words:
    """What is sent to whoever asked: at most REASON_LIMIT characters. `link` stands whole in `text`, or is empty."""

    text: str
    link: str = ""


def offerable(kind: str, name: str, asked: str) -> tuple[str, ...]:
    """The levels an owner may choose from, least first: none, what GitHub has up to the one asked for, and that one."""
    known = PREFILLED.get(kind, {}).get(name, ("read", "write"))
    lower = [level for level in known if rank(level) < rank(asked)]
    return ("none", *lower, asked)


def most_days(asked_days: int | None) -> int:
    """The longest life a counter-offer may have: GitHub's, or the one asked for. None is for ever."""
    return DAYS_LIMIT if asked_days is None else max(1, min(asked_days, DAYS_LIMIT))


def usual_days(asked_days: int | None) -> int:
    """For how long, where nobody chose: as asked, 90 days at most. None is for ever."""
    return USUAL_DAYS if asked_days is None else max(1, min(asked_days, USUAL_DAYS))


def check_offer(facts: AccessFacts, offer: Offer, asked_days: int | None) -> None:
    """Raise NotAnOffer where it is more than `facts` in anything, or nothing at all; `asked_days` None: for ever."""
    most = most_days(asked_days)
    if not covers(facts.permissions, offer.permissions) or _reach(offer.selection) > _reach(facts.repository_selection):
        raise NotAnOffer("This is more access than was asked for.")
    if not 1 <= offer.days <= most:
        raise NotAnOffer(f"Choose 1 to {most} days: a counter-offer is not longer than what was asked for.")
    if flat(facts.permissions) and not flat(offer.permissions):
        raise NotAnOffer("Leave at least one permission, or deny without a counter-offer.")


def is_as_asked(facts: AccessFacts, offer: Offer, asked_days: int | None) -> bool:
    """Whether nothing is less than what was asked for: no offer, then."""
    same = not difference(facts.permissions, offer.permissions) and offer.selection == facts.repository_selection
    return same and offer.days == asked_days


def words(
    because: Because, *, facts: AccessFacts | None = None, offer: Offer | None = None, place: Place | None = None
) -> Words:
    """The reason and, with an offer, how to ask for that. The offer was checked; all three are given or none."""
    if facts is None or offer is None or place is None:
        return Words(SENTENCES[because])
    opening, lines = SENTENCES[because], lines_of(offer.permissions)
    tries = _with_link(opening, lines, facts, offer, place) if place.links else iter(())
    return next((one for one in tries if len(one.text) <= REASON_LIMIT), None) or _with_steps(
        opening, lines, offer, place
    )


def _with_link(
    opening: str, lines: Sequence[PermissionLine], facts: AccessFacts, offer: Offer, place: Place
) -> Iterator[Words]:
    """Ever shorter words around a whole link; those that are too long are passed over."""
    carried = [(one.kind, one.name, one.level) for one in lines if has_parameter(one.kind, one.name, one.level)]
    missing = [_named(one) for one in lines if not has_parameter(one.kind, one.name, one.level)]
    by_hand = f"Choose by hand: {_listed(missing)}." if missing else ""
    said = f"This would be accepted: {_access(lines)}, for {_days(offer)}."
    for description, sentence, name, least in [
        (facts.reason, said, facts.token_name, FEW),
        ("", said, facts.token_name, FEW),
        ("", "", facts.token_name, FEW),
        ("", "", "", 0),
    ]:
        link = creation_link(
            place.web_url, owner=place.organization, days=offer.days, permissions=carried, name=name,
            description=description,
        )  # fmt: skip
        lead = "This link fills in the form" + (
            ":" if offer.selection == "none" else "; repositories are to be chosen there:"
        )
        fixed = [opening, sentence, by_hand, lead, link]
        yield Words(_around(fixed, offer, least, at=2), link)


def _with_steps(opening: str, lines: Sequence[PermissionLine], offer: Offer, place: Place) -> Words:
    """The way in words, with as many permissions named as fit."""
    host = place.web_url.split("://", 1)[-1]
    steps = f"On {host}: {_STEPS}, with {place.organization} as resource owner."
    for shown in range(len(lines), -1, -1):
        said = f"This would be accepted: {_access(lines, shown)}, for {_days(offer)}."
        text = _around([opening, said, steps], offer, FEW if shown == len(lines) else 0, at=2)
        if len(text) <= REASON_LIMIT:
            break
    return Words(text)


def _around(fixed: Sequence[str], offer: Offer, least: int, *, at: int) -> str:
    """The lines with one on repositories as the `at`-th, which names as many as there is room for, `least` at least."""

    def text(shown: int) -> str:
        return "\n".join(filter(None, [*fixed[:at], _repositories(offer, shown), *fixed[at:]]))

    known = len(offer.repositories)
    tries = (text(shown) for shown in range(known, min(least, known) - 1, -1))
    shortest = ""
    for shortest in tries:
        if len(shortest) <= REASON_LIMIT:
            break
    return shortest


def _repositories(offer: Offer, shown: int) -> str:
    if offer.selection == "none":
        return ""
    if offer.selection == "all":
        return "Repositories: all."
    if not offer.repository_count:
        return "Repositories: only those it needs, chosen by name."
    named = [_line(one) for one in offer.repositories]
    return f"Repositories: {_listed(named, shown, offer.repository_count)}."


def _access(lines: Sequence[PermissionLine], shown: int | None = None) -> str:
    return _listed([_named(one) for one in lines], shown) if lines else "no permissions"


def _named(line: PermissionLine) -> str:
    of_it = " of the organization" if line.kind == "organization" else ""
    return f"{_line(line.title)}{of_it} ({_line(line.level)})"


def _days(offer: Offer) -> str:
    return "1 day" if offer.days == 1 else f"{offer.days} days"


def _line(text: str) -> str:
    """A name in one line, bounded."""
    return " ".join(text.split())[:_NAME_LIMIT]


def _listed(names: Sequence[str], shown: int | None = None, total: int | None = None) -> str:
    """ "a, b and c", or "a, b and 7 more"; nothing named: "the 9 that were asked for"."""
    total = len(names) if total is None else total
    seen = list(names if shown is None else names[:shown])
    if not seen:
        return f"the {total} that were asked for"
    rest = [f"{total - len(seen)} more"] if total > len(seen) else []
    parts = [*seen, *rest]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _reach(selection: str) -> int:
    """How far a selection of repositories goes, to be compared with others."""
    return {"none": 0, "subset": 1}.get(selection, 2)
