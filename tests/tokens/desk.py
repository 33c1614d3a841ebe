"""An owner's desk: people signed in, an organization read from GitHub, and decisions taken as pages take them."""

from datetime import timedelta
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.audit.models import Event
from apps.core import clock
from apps.effects import services as effects
from apps.effects.models import Effect
from apps.github.models import Organization
from apps.tokens import services, sync
from apps.tokens.facts import facts_of
from apps.tokens.models import Grant, GrantRequest
from apps.tokens.services import Outcome
from tests.cast import ORGANIZATION, OWNER
from tests.conftest import sign_in
from tests.github import GitHub

WRITES = ["repository", "contents", "write"]


class Desk:
    """Who decides, where, and what is there."""

    def __init__(self, github: GitHub, login: str = OWNER, organization: str = ORGANIZATION) -> None:
        self.github = github
        self.browser = sign_in(Client(), login)
        self.user = User.objects.get(login=login)
        self.organization = Organization.objects.get(login=organization)
        self.sync()

    def sync(self) -> None:
        """Read the organization's lists."""
        assert sync.sync_organization(self.organization.pk).state == "complete"

    def request(self, **fields: Any) -> GrantRequest:
        """A pending request, asked for now and read."""
        asked = self.github.ask(organization=self.organization.login, **fields)
        self.sync()
        return GrantRequest.objects.get(organization=self.organization, pat_request_id=asked["id"])

    def grant(self, **fields: Any) -> Grant:
        """A grant, given now and read."""
        given = self.github.grant(organization=self.organization.login, **fields)
        self.sync()
        return Grant.objects.get(organization=self.organization, pat_id=given["id"])

    def approve(self, *requests: GrantRequest, reason: str = "") -> Outcome:
        """As the form of the page shown just now would."""
        return self._decide("approve", requests, reason)

    def deny(self, *requests: GrantRequest, reason: str = "") -> Outcome:
        """As the form of the page shown just now would."""
        return self._decide("deny", requests, reason)

    def revoke(self, *grants: Grant) -> Outcome:
        """As the form of the page shown just now would."""
        chosen = {grant.pat_id: digest(grant) for grant in grants}
        return services.revoke_grants(user=self.user, organization=self.organization, chosen=chosen)

    def sent(self) -> list[tuple[str, str, str]]:
        """(action, path, login) of everything GitHub accepted of Patrol."""
        return [(one["body"]["action"], one["path"], one["login"]) for one in self.github.ledger()]

    def decided(self) -> list[int]:
        """The pat_request_ids and pat_ids that GitHub was told something about, however many in one call."""
        numbers: list[int] = []
        for one in self.github.ledger():
            body = one["body"]
            many = body.get("pat_request_ids") or body.get("pat_ids")
            numbers += many or [int(one["path"].rsplit("/", 1)[1])]
        return sorted(numbers)

    def events(self, subject: str) -> list[str]:
        """The names of a subject's events, oldest first."""
        found = Event.objects.filter(chain=self.organization.pk, subject=subject)
        return list(found.order_by("sequence").values_list("name", flat=True))

    def _decide(self, action: services.Action, requests: tuple[GrantRequest, ...], reason: str) -> Outcome:
        chosen = {request.pat_request_id: digest(request) for request in requests}
        return services.decide_requests(
            user=self.user, organization=self.organization, action=action, reason=reason, chosen=chosen
        )


def digest(access: GrantRequest | Grant) -> str:
    """What a page shown now carries."""
    return facts_of(access, access.repositories.values_list("pk", flat=True)).digest()


def work(rounds: int = 10) -> None:
    """Do what is due of the effects, until nothing is."""
    for _ in range(rounds):
        if effects.sweep() == 0:
            return


def later(**delta: float) -> None:
    """The same, so much later."""
    with clock.moved(timedelta(**delta)):
        work()


def state_of(outcome: Outcome) -> str:
    """The state of the only effect of an outcome."""
    (review,) = outcome.reviews
    return Effect.objects.get(pk=review.effect_id).state


def effect_of(outcome: Outcome) -> Effect:
    """The only effect of an outcome, as it is now."""
    (review,) = outcome.reviews
    return Effect.objects.get(pk=review.effect_id)
