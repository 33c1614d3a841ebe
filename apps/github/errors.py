"""What can go wrong at GitHub, in the three kinds that callers treat differently."""

from datetime import datetime


class GitHubError(Exception):
    """Any failure at GitHub; `status` is HTTP's, or 0 without an answer."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Permanent(GitHubError):
    """Asking again would give the same answer."""


class NotFound(Permanent):
    """404: it does not exist, or this token may not see it."""


class Unauthorized(Permanent):
    """401: the token is not valid (any more)."""


class SsoRequired(Permanent):
    """403 with `X-GitHub-SSO`: the organization is behind SAML and the token has no session there."""

    def __init__(self, message: str, *, url: str = "") -> None:
        super().__init__(message, status=403)
        self.url = url


class NotPermitted(Permanent):
    """403 "Resource not accessible by integration": the App has not got the permission, or not any more.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
    """


class Barred(Permanent):
    """403: the organization's IP allow list does not have the address that Patrol calls from.

    https://docs.github.com/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization
    """


class OAuthRefused(Permanent):
    """The token endpoint said no, with status 200 and an `error`; `code` is that error's name."""

    def __init__(self, code: str) -> None:
        super().__init__(f"GitHub refused the sign-in ({code}).", status=200)
        self.code = code


def permanent(status: int, message: str) -> Permanent:
    """The error that an answer of GitHub's stands for which would come again."""
    if status == 403 and message.startswith("Resource not accessible by integration"):
        return NotPermitted("GitHub says that Patrol's App lacks the permission for this.", status=status)
    if status == 403 and "IP allow list" in message:
        return Barred(message, status=status)
    kinds = {401: Unauthorized, 404: NotFound}
    return kinds.get(status, Permanent)(message, status=status)


class Transient(GitHubError):
    """GitHub or the network failed; ask again later. A write's outcome is unknown unless `sent` is False.

    `trouble` is a core.http.Trouble where no answer came.
    """

    def __init__(self, message: str, *, status: int = 0, sent: bool = True, trouble: str = "") -> None:
        super().__init__(message, status=status)
        self.sent, self.trouble = sent, trouble


class Unreadable(Transient):
    """GitHub answered with something that is not what its description promises: cut off, or a page of a proxy."""


class RateLimited(GitHubError):
    """Not before `retry_at`. The request was not carried out."""

    def __init__(self, message: str, *, retry_at: datetime, status: int = 403) -> None:
        super().__init__(message, status=status)
        self.retry_at = retry_at
