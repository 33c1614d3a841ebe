"""What views share: the reader, the way back, and what a use case answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts import access
from apps.accounts.access import GitHubAway, NeedsSignIn, NeedsSso, NotAnOwner
from apps.accounts.models import User
from apps.core.errors import RuleBroken
from apps.github.models import Organization
from apps.tokens.forms import own_path
from apps.tokens.services import Outcome, Planned, Refusal

FINISHED = 286
"""htmx stops asking: https://htmx.org/docs/#load_polling"""
NOUNS = {"approve": ("Approval", "approvals"), "deny": ("Denial", "denials"), "revoke": ("Revocation", "revocations")}


def reader(request: HttpRequest) -> User:
    """The signed-in person."""
    assert isinstance(request.user, User)
    return request.user


def over_all(view: Callable[[HttpRequest, list[Organization]], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page over all organizations of the reader; who owns none is led to the overview, which leads them on."""

    @wraps(view)
    def shown(request: HttpRequest) -> HttpResponse:
        organizations = access.owned_organizations(reader(request))
        return redirect("dashboard:overview") if access.owns_nothing(reader(request)) else view(request, organizations)

    return shown


def way_back(request: HttpRequest, name: str, organization: Organization | None = None) -> str:
    """Where the form was: its `next` if that is ours, else the list `name`."""
    fallback = reverse(name, args=[organization.login] if organization else [])
    return own_path(request.POST.get("next", ""), fallback)


@dataclass(frozen=True)
class Answer:
    """What came of a use case: how many are on their way, what was refused and why; `status` as HTTP says it.

    `held` of them wait for a second owner first.
    """

    done: int = 0
    held: int = 0
    refused: list[Refusal] = field(default_factory=list)
    sentence: str = ""
    status: int = 200

    @property
    def good(self) -> bool:
        """Whether anything is on its way."""
        return self.done > 0


def ask(use_case: Callable[[], Outcome | Planned]) -> Answer:
    """Run a use case: 409 when it refuses, 403 when the person is no owner any more, 503 when GitHub is away.

    NeedsSignIn and NeedsSso pass: the middleware of accounts has a page for each.
    """
    try:
        outcome = use_case()
    except (NeedsSignIn, NeedsSso):
        raise
    except NotAnOwner as error:
        return Answer(sentence=str(error), status=403)
    except GitHubAway as error:
        return Answer(sentence=str(error), status=503)
    except RuleBroken as error:
        return Answer(sentence=str(error), status=409)
    done, refused = outcome.done, list(outcome.refused)
    sentence = refused[0].sentence if len(refused) == 1 else f"{len(refused)} could not be decided."
    held = done if outcome.held else 0
    return Answer(done, held, refused, sentence if refused else "", 409 if refused and not done else 200)


def tell_one(request: HttpRequest, action: str, token_name: str, *, held: bool = False) -> None:
    """Flash that a decision left; the name is a stranger's, so it is set apart."""
    noun = NOUNS[action][0]
    what = "waits for another owner to confirm it" if held else "is on its way to GitHub"
    messages.success(request, format_html("{} of <bdi hx-disable>{}</bdi> {}.", noun, token_name, what))


def tell_many(request: HttpRequest, action: str, answer: Answer) -> None:
    """Flash how many left, and each different reason why others did not."""
    one, many = NOUNS[action]
    for count, what in (
        (answer.done - answer.held, "on the way to GitHub"),
        (answer.held, "waiting for a second owner"),
    ):
        if count:
            messages.success(request, f"{f'1 {one.lower()} is' if count == 1 else f'{count} {many} are'} {what}.")
    for sentence in dict.fromkeys(refusal.sentence for refusal in answer.refused):
        count = sum(refusal.sentence == sentence for refusal in answer.refused)
        messages.warning(request, f"{count} × {sentence}" if count > 1 else sentence)
