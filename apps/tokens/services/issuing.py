"""Whether people whom no address reaches are reminded by issues, and where."""

from django.db import transaction

from apps.accounts import access
from apps.accounts.models import User
from apps.audit import services as audit
from apps.core import clock
from apps.core.errors import RuleBroken
from apps.github import errors
from apps.github.models import Organization
from apps.tokens.models import ReminderIssueSettings
from apps.tokens.names import Name
from apps.tokens.reminder_issues import place


def change_reminder_issues(*, user: User, organization: Organization, is_on: bool, repository: str) -> None:
    """From now on. Switched on, GitHub is asked whether the repository is private and the App may write there.

    Raises what `require_owner_now` raises, and RuleBroken with the reason. Not inside a transaction.
    """
    access.require_owner_now(user, organization)
    after: dict[str, object] = {"is_on": is_on}
    if is_on:
        try:
            found = place.chosen(organization, repository)
        except errors.GitHubError as error:
            raise RuleBroken(f"GitHub could not be asked about the repository: {error}") from error
        after |= {"repository_id": found.id, "repository": found.name}
    with transaction.atomic():
        before = ReminderIssueSettings.objects.filter(organization=organization).values(*after).first()
        ReminderIssueSettings.objects.update_or_create(
            organization=organization,
            defaults=after | {"trouble": "", "changed_by_login": user.login, "changed_at": clock.now()},
        )
        audit.record(
            Name.REMINDER_ISSUES_CHANGED, organization_id=organization.pk, actor=user.actor, before=before, after=after
        )
