"""A token that lost its access by a revoke here: how its owner hands it back, and what is asked when they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery

from apps.effects.models import Effect
from apps.github import addresses
from apps.github.models import Repository
from apps.policy.facts import AccessFacts
from apps.tokens.models import Grant, GrantRequest, Review
from apps.tokens.queries.changes import Change, access_changes
from apps.tokens.queries.rows import GrantRow

NAMED_REPOSITORIES = 20
WAY = "Settings > Developer settings > Personal access tokens > Fine-grained tokens"


@dataclass(frozen=True)
class BringBack:
    """What the token's owner does on GitHub. `message` is the whole of it as plain text.

    `grant` is what the same token has again by now, `request` what it asks for again.
    """

    settings_url: str
    steps: tuple[str, ...]
    message: str
    grant: Grant | None
    request: GrantRequest | None


@dataclass(frozen=True)
class Revoke:
    """The revoke that a request comes after; `changes` are from what was revoked to what is asked for.

    `pat_id` is that of the revoked grant. `own`: the reader revoked it.
    """

    pat_id: int
    reviewer_login: str
    decided_at: datetime
    own: bool
    changes: list[Change]

    @property
    def unchanged(self) -> bool:
        """Whether exactly the access that was taken is asked for again."""
        return not self.changes


def bring_back(
    row: GrantRow, repositories: Sequence[Repository], granted: Sequence[Grant], asked: Sequence[GrantRequest]
) -> BringBack | None:
    """The way back of a revoked grant; `granted` and `asked` are what its owner has and asks for. None: not revoked."""
    if row.state != Grant.State.REVOKED:
        return None
    pending = (one for one in asked if one.state == GrantRequest.State.PENDING and one.token_id == row.token.pk)
    url, steps = f"{addresses.web_url()}/settings/personal-access-tokens", _steps(row)
    return BringBack(
        settings_url=url,
        steps=steps,
        message=_message(row, repositories, url, steps),
        grant=next((one for one in granted if one.token_id == row.token.pk), None),
        request=next(pending, None),
    )


def with_newest_grant(found: "QuerySet[GrantRequest]") -> "QuerySet[GrantRequest, Any]":
    """With `newest_grant`, the state of the newest grant of each one's token there (None: it had none)."""
    newest = _newest_grants(OuterRef("organization"), OuterRef("token"))
    return found.annotate(newest_grant=Subquery(newest.values("state")))


def revoke_before(request: GrantRequest, facts: AccessFacts, reader_id: int) -> Revoke | None:
    """The confirmed revoke that took the token's last access here, if that is how it ended; one query."""
    newest = _newest_grants(request.organization_id, request.token_id)
    found = Review.objects.filter(
        grant__in=newest.values("pk"),
        grant__state=Grant.State.REVOKED,
        action=Review.Action.REVOKE,
        effect__state=Effect.State.CONFIRMED,
    )
    review = found.annotate(pat_id=F("grant__pat_id")).order_by("-pk").first()
    if review is None:
        return None
    changes = _changes(review.evidence, facts.as_evidence())
    own = review.reviewer_id == reader_id
    return Revoke(review.pat_id, review.reviewer_login, review.decided_at, own, changes)


# --- putting together ------------------------------------------------------------------------------------------


def _newest_grants(organization: OuterRef | int, token: OuterRef | int) -> "QuerySet[Grant]":
    """The newest grant of a token in an organization, whatever became of it; for a subquery."""
    mine = Grant.objects.filter(organization=organization, token=token)
    return mine.order_by("-access_granted_at", "-pk")[:1]


def _changes(revoked: dict[str, Any], asked: dict[str, Any]) -> list[Change]:
    found = access_changes(revoked, asked)
    if revoked.get("expires_at") != asked["expires_at"]:
        found.append(Change("changed", "Expiry", _ends(revoked.get("expires_at")), _ends(asked["expires_at"])))
    return found


def _ends(instant: str | None) -> str:
    return f"{instant[:16].replace('T', ' ')} UTC" if instant else "never"


def _steps(row: GrantRow) -> tuple[str, ...]:
    return (
        f"Sign in to GitHub as {row.token.owner_login} and open {WAY}.",
        f"Choose the token {_name(row)} and edit it. Do not regenerate it: its secret stays as it is.",
        f"Set its resource owner back to {row.organization.login}.",
        "Choose the same permissions and repositories as before, and save.",
        f"Where {row.organization.login} asks for approval, GitHub asks its owners again; one of them restores it.",
    )


def _message(row: GrantRow, repositories: Sequence[Repository], url: str, steps: Sequence[str]) -> str:
    lines = [f"You can hand the token {_name(row)} back to {row.organization.login}, with the secret it has:", ""]
    lines += [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    lines += ["", f"The page: {url}", "", "What it had:"]
    lines += [f"- {line.title}: {line.level}" for line in row.lines] or ["- no permissions"]
    return "\n".join([*lines, f"- on {_reach(row, repositories)}"])


def _reach(row: GrantRow, repositories: Sequence[Repository]) -> str:
    if row.facts.repository_selection != "subset":
        return {"all": "all repositories"}.get(row.facts.repository_selection, "no repositories")
    names = [one.name for one in repositories[:NAMED_REPOSITORIES]]
    more = len(repositories) - len(names)
    return ", ".join([*names, *([f"and {more} more"] if more else [])])


def _name(row: GrantRow) -> str:
    """On one line: a stranger chose it."""
    return f'"{" ".join(row.token.name.split())}"'
