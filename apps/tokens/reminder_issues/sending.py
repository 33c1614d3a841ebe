"""How an issue gets to GitHub: opened, changed or closed, for the executor in `effects`.

The installation's token sends. Before each write the repository is looked at. What became of the opening of an issue is
settled by looking for one of the App's with the label and the person's marker, never by opening another one.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings

from apps.accounts import contacts
from apps.audit import services as audit
from apps.core import clock
from apps.effects.models import Effect
from apps.effects.registry import Batch, Handler, Outcome, Refused, Superseded, Verdict, register
from apps.github import errors
from apps.github.client import Client
from apps.github.wire_issues import Issue
from apps.tokens.models import ReminderIssue, ReminderIssueSettings
from apps.tokens.names import EffectKind, Name
from apps.tokens.reminder_issues import place, words

Keep = Callable[[], None]
MARGIN = timedelta(hours=1)
"""How far GitHub's clock and this one may be apart, when issues are looked for that were opened since."""
PAUSE = timedelta(hours=6)
"""After a write that came to nothing."""
GONE = "The issue is not there any more."


def register_kind() -> None:
    """Called once, when the app is ready."""
    register(EffectKind.REMINDER_ISSUE, Handler(prepare=prepare, send=send, confirm=confirm, settled=settled))


def prepare(effects: Batch, keep: Keep) -> dict[int, Exception]:
    """Nothing is sent where it is switched off, the person is reached by now, or the repository is not fit."""
    hindered: dict[int, Exception] = {}
    for effect in effects:
        keep()
        why = _hindrance(effect)
        if why is not None:
            hindered[effect.pk] = why
    return hindered


def _hindrance(effect: Effect) -> Exception | None:
    row, organization = _row(effect), effect.organization
    overtaken = _overtaken(row)
    if overtaken:
        return Superseded(overtaken)
    try:
        place.require_permitted(organization)
        with place.client_of(organization) as client:
            place.fit(client, organization, row.repository, row.repository_id)
    except place.Unfit as error:
        return Refused(f"{error} Nothing was sent.")
    return None


def _overtaken(row: ReminderIssue) -> str:
    """Why the issue shall not say it after all; closing it is never overtaken."""
    if not row.lines:
        return ""
    chosen = ReminderIssueSettings.objects.filter(
        organization=row.organization_id, is_on=True, repository_id=row.repository_id
    )
    if not chosen.exists():
        return "It is switched off, or in another repository. Nothing was sent."
    reached = not contacts.unreached([row.person_id], organization_id=row.organization_id)
    return "The person is reached by an address now. Nothing was sent." if reached else ""


def send(effects: Batch, client: Client) -> int:
    """One call; the number of a new issue is kept at once, whoever writes down the rest."""
    row, login = _row(effects[0]), effects[0].organization.login
    title, body = words.title(row.login), words.body(row.person_id, row.login, row.lines, patrol=settings.PUBLIC_URL)
    if row.number is not None:
        state = "open" if row.lines else "closed"
        return client.update_issue(login, row.repository, row.number, title=title, body=body, state=state)
    number = client.create_issue(login, row.repository, title=title, body=body, label=words.LABEL)
    ReminderIssue.objects.filter(pk=row.pk, number=None).update(number=number)
    return 201


def confirm(effects: Batch, keep: Keep) -> dict[int, Outcome]:
    """What the issue of each says; the issue of a lost answer is looked for."""
    outcomes: dict[int, Outcome] = {}
    with place.client_of(effects[0].organization) as client:
        for effect in effects:
            keep()
            outcomes[effect.pk] = _outcome(client, effect, _row(effect))
    return outcomes


def _outcome(client: Client, effect: Effect, row: ReminderIssue) -> Outcome:
    try:
        issue = _issue(client, effect, row)
    except errors.Permanent as error:
        if error.status not in place.GONE:
            raise
        return Outcome(Verdict.SUPERSEDED, GONE)
    if issue is None:
        return Outcome(Verdict.NOT_APPLIED, "No issue was opened.")
    marked = words.marked(issue.body)
    is_so = issue.state == "closed"
    if row.lines:
        is_so = issue.state == "open" and marked == (row.person_id, words.digest(row.login, row.lines))
    if is_so:
        return Outcome(Verdict.CONFIRMED, seen=issue)
    return Outcome(Verdict.NOT_APPLIED, "The issue does not say it.", seen=issue)


def _issue(client: Client, effect: Effect, row: ReminderIssue) -> Issue | None:
    """By its number; else the App's own one that was opened since the attempt and bears the person's marker."""
    login = effect.organization.login
    if row.number is not None:
        return client.issue(login, row.repository, row.number)
    since = (effect.attempted_at or effect.created_at) - MARGIN
    for one in client.issues(login, row.repository, label=words.LABEL, since=since):
        marked = words.marked(one.body)
        if marked and marked[0] == row.person_id and one.user is not None and one.user.type == "Bot":
            return one
    return None


def settled(effect: Effect, seen: Issue | None) -> None:
    """The row says what GitHub's issue says; what came to nothing is tried again after a pause."""
    row = _row(effect)
    if seen is not None and row.number is None:
        row.number = seen.number
    if effect.state == Effect.State.CONFIRMED:
        was, row.digest = row.digest, words.digest(row.login, row.lines)
        row.trouble, row.retry_at = "", None
        _tell(effect, row, was)
    elif effect.answer.endswith(GONE):
        row.number, row.digest = None, ""
    elif effect.state == Effect.State.REFUSED:
        row.trouble, row.retry_at = effect.answer, clock.now() + PAUSE
    row.save(update_fields=["number", "digest", "trouble", "retry_at"])


def _tell(effect: Effect, row: ReminderIssue, was: str) -> None:
    name = Name.REMINDER_ISSUE_CHANGED if was else Name.REMINDER_ISSUE_OPENED
    audit.record(
        name if row.lines else Name.REMINDER_ISSUE_CLOSED, organization_id=effect.organization_id,
        subject=effect.subject, owner_id=row.person_id, owner_login=row.login, count=len(row.lines),
        issue=f"{row.repository}#{row.number}",
    )  # fmt: skip


def _row(effect: Effect) -> ReminderIssue:
    return ReminderIssue.objects.get(pk=effect.arguments["reminder_issue"])
