"""The rules of this room, as errors. Each carries a sentence for the person who asked.

Views need not catch them: the middleware of this room turns what they let through into a page.
"""

from apps.core.errors import RuleBroken
from apps.github.models import Organization


class NotAnOwner(RuleBroken):
    """GitHub says that the person is no (or no longer) owner of the organization."""


class NotAMember(RuleBroken):
    """GitHub says that the person does not belong (any more) to the organization."""


class GitHubAway(RuleBroken):
    """GitHub could not be asked, and what it said last is too old for what is to be done."""


class NeedsSignIn(RuleBroken):
    """Patrol holds no token of this person that GitHub accepts; signing in again gives one."""

    def __init__(self, message: str = "GitHub no longer accepts your sign-in. Sign in again.") -> None:
        super().__init__(message)


class NeedsSso(RuleBroken):
    """An owner's token has no SAML session at the organization; `url` is where GitHub opens one."""

    def __init__(self, organization: Organization, url: str) -> None:
        super().__init__(f"{organization.login} asks for single sign-on: open a session there, then sign in again.")
        self.organization = organization
        self.url = url


class NotConnected(RuleBroken):
    """Patrol's App does not work on an organization of the person, and Patrol shows nothing of it."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(f"Patrol's App does not work on {organization.login}.")
        self.organization = organization


class Renamed(RuleBroken):
    """The organization has another login by now."""

    def __init__(self, organization: Organization, before: str) -> None:
        super().__init__(f"{before} is called {organization.login} on GitHub now.")
        self.organization = organization


class TooOften(RuleBroken):
    """An address is read more often than a calendar needs; `seconds` later it is served again."""

    def __init__(self, seconds: int) -> None:
        super().__init__("This calendar is read too often.")
        self.seconds = seconds


class SignInRefused(RuleBroken):
    """The person is known, and is not let in."""
