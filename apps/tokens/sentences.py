"""Audit events as sentences: the icon, the verb and the facts worth showing of each name. Pure over event data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.audit.models import Event
from apps.tokens.models import PlannedRevocation

Data = dict[str, Any]


@dataclass(frozen=True)
class Sentence:
    """`verb` follows the actor's name; `tone` colours the icon."""

    icon: str
    verb: str
    tone: str = ""


@dataclass(frozen=True)
class Line:
    """One event as the Activity page shows it; `facts` are (label, text) pairs, text from strangers included."""

    event: Event
    icon: str
    verb: str
    tone: str
    object: str
    path: str
    facts: list[tuple[str, str]] = field(default_factory=list)


SENTENCES: dict[str, Sentence] = {
    "grant_request.seen": Sentence("inbox", "saw a new request"),
    "grant_request.ended": Sentence("circle-slash", "saw a request leave GitHub's list"),
    "grant_request.approval_proposed": Sentence("check", "decided to approve", "accent"),
    "grant_request.denial_proposed": Sentence("x", "decided to deny", "accent"),
    "grant_request.decision_withdrawn": Sentence("undo", "took back a decision before it was sent"),
    "grant_request.approval_confirmed": Sentence("check", "confirmed the approval of", "accent"),
    "grant_request.approval_rejected": Sentence("x", "rejected the approval of", "attention"),
    "grant_request.decision_told": Sentence("person", "heard from GitHub who ended"),
    "grant_request.approved": Sentence("check-circle", "approved", "success"),
    "grant_request.denied": Sentence("x-circle", "denied", "danger"),
    "grant.seen": Sentence("key", "saw a new grant"),
    "grant.gone": Sentence("circle-slash", "saw a grant leave GitHub's list"),
    "grant.revocation_proposed": Sentence("trash", "decided to revoke", "accent"),
    "grant.revocation_withdrawn": Sentence("undo", "took back a revocation before it was sent"),
    "grant.revoked": Sentence("trash", "revoked", "danger"),
    "grant.found_wider": Sentence("alert", "flagged as wider than approved", "danger"),
    "grant.wider_explained": Sentence("info", "marked as explained", "accent"),
    "grant.wider_acknowledged": Sentence("check", "accepted as wider than approved", "accent"),
    "grant.found_narrowed": Sentence("check", "marked as no wider than approved any more"),
    "planned_revocation.planned": Sentence("calendar", "planned to revoke", "accent"),
    "planned_revocation.extended": Sentence("calendar", "named another day to revoke", "accent"),
    "planned_revocation.kept": Sentence("check", "kept what was to be revoked:", "success"),
    "planned_revocation.cancelled": Sentence("undo", "undid the planned revocation of"),
    "planned_revocation.near": Sentence("clock", "said once more that it will be revoked:", "attention"),
    "planned_revocation.sent": Sentence("calendar", "decided, as was planned, to revoke", "accent"),
    "token.changed": Sentence("arrow-switch", "saw a token change"),
    "sync.first_completed": Sentence("sync", "read this organization for the first time", "success"),
    "sync.vanishing_asked": Sentence("alert", "stopped: too much would vanish at once", "attention"),
    "sync.vanishing_accepted": Sentence("check", "confirmed that what vanished is gone", "accent"),
    "effect.attempted": Sentence("arrow-right", "sent to GitHub"),
    "effect.refused": Sentence("circle-slash", "was refused", "danger"),
    "effect.unknown": Sentence("question", "does not know yet whether GitHub did it", "attention"),
    "effect.superseded": Sentence("arrow-switch", "did not send: it was decided or changed meanwhile", "attention"),
    "effect.needs_sign_in": Sentence("lock", "waits for a sign-in", "attention"),
    "contact.confirmed": Sentence("mail", "confirmed an address of their own", "success"),
    "contact.imported": Sentence("mail", "handed in addresses", "accent"),
    "contact.exported": Sentence("download", "took the addresses as a file", "attention"),
    "contact.removed": Sentence("trash", "removed addresses", "attention"),
    "contact.profiles_switched": Sentence("gear", "changed whether public profiles are read"),
    "machine_user.named": Sentence("server", "named machine users and who looks after them"),
    "machine_user.forgotten": Sentence("server", "took back who is a machine user"),
    "contact.taken_back": Sentence("mail", "took back the address of their own"),
    "user.signed_in": Sentence("sign-in", "signed in"),
    "user.signed_out": Sentence("sign-out", "signed out"),
    "user.authorization_revoked": Sentence("sign-out", "withdrew Patrol's permission on GitHub", "attention"),
    "user.sign_in_refused": Sentence("alert", "was refused at sign-in", "attention"),
    "installation.created": Sentence("server", "was installed on this organization", "success"),
    "setup.begun": Sentence("gear", "opened the setup with its one-time code"),
    "app.registered": Sentence("server", "registered the App that GitHub made", "success"),
    "app.webhook_move_asked": Sentence("server", "asked GitHub to send webhooks to another address", "attention"),
    "app.webhook_moved": Sentence("server", "has GitHub send webhooks to another address"),
    "app.key_given": Sentence("key", "gave Patrol another private key of its App", "accent"),
    "app.key_removed": Sentence("trash", "removed a private key of the App from Patrol", "attention"),
    "app.webhook_secret_given": Sentence("key-asterisk", "gave Patrol another webhook secret", "accent"),
    "app.webhook_secret_removed": Sentence("trash", "removed the previous webhook secret from Patrol", "attention"),
    "app.secrets_changed": Sentence("gear", "took other secrets of the App from the settings", "attention"),
    "administrator.named": Sentence("person", "named an administrator of this Patrol", "accent"),
    "administrator.dismissed": Sentence("person", "dismissed an administrator of this Patrol", "attention"),
    "organization.allowed": Sentence("check", "allowed this organization to use Patrol", "success"),
    "installation.found_outside": Sentence("alert", "saw the App installed where nobody allowed it", "attention"),
    "installation.removal_asked": Sentence("server", "asked GitHub to take the App off", "attention"),
    "installation.removed": Sentence("server", "was removed from this organization", "danger"),
    "installation.suspended": Sentence("circle-slash", "was suspended on this organization", "danger"),
    "installation.resumed": Sentence("check-circle", "works on this organization again", "success"),
    "organization.renamed": Sentence("pencil", "saw this organization get another name", "attention"),
    "installation.permissions_changed": Sentence("server", "has other permissions on this organization", "attention"),
    "decision_settings.changed": Sentence("gear", "changed how decisions are taken"),
    "decision_settings.inherited_changed": Sentence("gear", "changed what this organization inherits", "attention"),
    "decision_defaults.changed": Sentence("gear", "changed the defaults of this Patrol"),
    "organization_group.changed": Sentence("gear", "changed a group of organizations"),
    "stated_policy.changed": Sentence("gear", "entered GitHub's token settings"),
    "permission_table.replaced": Sentence("table", "read another table of what endpoints need"),
    "sleeping_settings.changed": Sentence("gear", "changed what becomes of sleeping tokens", "attention"),
    "sleeping_defaults.changed": Sentence("gear", "changed what becomes of sleeping tokens by default"),
    "sleeping_settings.bound_lifted": Sentence("check", "let more sleeping tokens be proposed today", "attention"),
    "saved_view.shared": Sentence("eye", "shared a view of the tokens"),
    "saved_view.unshared": Sentence("eye-closed", "stopped sharing a view of the tokens"),
    "saved_view.changed": Sentence("pencil", "changed a shared view of the tokens"),
    "saved_view.deleted": Sentence("trash", "deleted a shared view of the tokens"),
    "calendar_feed.made": Sentence("calendar", "made a secret address for calendars", "attention"),
    "calendar_feed.revoked": Sentence("trash", "revoked a secret address for calendars"),
    "calendar_feed.ended": Sentence("circle-slash", "ended a secret address for calendars", "attention"),
    "tokens.revocation_decided": Sentence("trash", "decided to revoke all tokens that matched a filter", "accent"),
    "holder.reminded": Sentence("bell", "reminded of tokens that end soon"),
    "token.reminded": Sentence("bell", "reminded that it ends within a day of", "attention"),
    "token.expired_in_use": Sentence("alert", "saw expire while it was in use", "danger"),
    "grant.replacement_confirmed": Sentence("arrow-switch", "confirmed that another token replaces"),
    "grant.replacement_withdrawn": Sentence("undo", "took back that another token replaces"),
    "reminder_settings.changed": Sentence("gear", "changed when people are reminded"),
    "reminder_defaults.changed": Sentence("gear", "changed when people are reminded by default"),
    "reminder_issue_settings.changed": Sentence("gear", "changed whether issues remind whom no address reaches"),
    "reminder_issue_settings.found_unfit": Sentence("alert", "writes no reminding issues any more", "attention"),
    "reminder_issue_settings.found_fit": Sentence("check-circle", "may write reminding issues again", "success"),
    "reminder_issue.opened": Sentence("bell", "opened an issue that reminds of tokens"),
    "reminder_issue.changed": Sentence("bell", "changed the issue that reminds of tokens"),
    "reminder_issue.closed": Sentence("check", "closed the issue that reminded of tokens"),
    "mail_settings.changed": Sentence("mail", "changed which address is told besides"),
    "tokens.exported": Sentence("download", "began an export of tokens", "attention"),
}
UNKNOWN = Sentence("dot-fill", "recorded")


def _instant(value: Any) -> str:
    return f"{str(value)[:16].replace('T', ' ')} UTC"


_SENT_WITH = {"user": "the person's own token", "installation": "the token of Patrol's App"}

_PLANNED_FOR = dict(PlannedRevocation.Cause.choices)

# What of an event's data people want to read, in this order.
FACTS: list[tuple[str, str, Callable[[Any], str]]] = [
    ("token_name", "Token", str),
    ("owner_login", "Token owner", str),
    ("owner", "Token owner", str),
    ("reason", "Reason", str),
    ("beyond", "More than approved", str),
    ("explanation", "Explained by", str),
    ("token", "Sent with", lambda kind: _SENT_WITH.get(str(kind), str(kind))),
    ("sentence", "Why", str),
    ("why", "Why", str),
    ("cause", "Cause", lambda cause: _PLANNED_FOR.get(str(cause), str(cause))),
    ("ends_on", "Day", str),
    ("until", "Given until", str),
    ("kept_until", "Kept until", str),
    ("planned_by", "Planned by", str),
    ("late", "Late", str),
    ("by", "By", str),
    ("maker", "Made by", str),
    ("told_at", "GitHub told it", _instant),
    ("not_before", "Not before", _instant),
    ("not_after", "Not after", _instant),
    ("answer", "GitHub's answer", str),
    ("status", "HTTP status", str),
    ("vanishing", "Would vanish", str),
    ("view", "View", str),
    ("filter", "Filter", str),
    ("count", "How many", str),
    ("format", "Format", str),
    ("grant_requests", "Requests", str),
    ("grants", "Grants", str),
    ("now", "Now", str),
    ("contacts_new", "New", str),
    ("contacts_changed", "Changed", str),
    ("contacts_same", "As before", str),
    ("contacts_unknown", "Of nobody known", str),
    ("contacts_invalid", "Not in order", str),
    ("pattern", "Logins", str),
    ("person_id", "Person's number", str),
    ("maintainers", "How many look after them", str),
    ("changes", "Changes", str),
    ("group", "Group", str),
    ("fingerprint", "Fingerprint", str),
    ("replacement", "Replaced by", str),
    ("repository", "Repository", str),
    ("issue", "Issue", str),
    ("address", "The address was", str),
    ("ends_at", "Ends", _instant),
    ("before", "Before", str),
    ("after", "Now", str),
]


def line(event: Event, organization_login: str) -> Line:
    """How one event reads; a name without a sentence shows itself."""
    sentence = SENTENCES.get(event.name, UNKNOWN)
    verb = sentence.verb if event.name in SENTENCES else f"{UNKNOWN.verb} {event.name}"
    subject, path = _subject(event, organization_login)
    return Line(event, sentence.icon, verb, sentence.tone, subject, path, [*_facts(event.data), *_seen(event.data)])


def _subject(event: Event, login: str) -> tuple[str, str]:
    kind, _, key = event.subject.partition(":")
    if kind == "grant_request":
        return f"request {key}", f"/orgs/{login}/requests/{key}/"
    if kind == "grant":
        return f"grant {key}", f"/orgs/{login}/tokens/{key}/"
    return (f"token {key}", "") if kind == "token" else ("", "")


def _facts(data: Data) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for key, label, show in FACTS:
        if data.get(key) not in (None, "", []) and not isinstance(data[key], dict | list):
            found.setdefault(label, show(data[key]))
    return list(found.items())


def _seen(data: Data) -> list[tuple[str, str]]:
    """What was seen when the decision was taken: the evidence, in one line, with the digest it is bound by."""
    evidence = data.get("evidence")
    if not isinstance(evidence, dict):
        return []
    permissions = [
        f"{name}: {level}"
        for names in evidence.get("permissions", {}).values()
        if isinstance(names, dict)
        for name, level in sorted(names.items())
    ]
    repositories = evidence.get("repository_ids") or []
    reach = {"all": "all repositories", "none": "no repositories"}.get(
        str(evidence.get("repository_selection")),
        f"{len(repositories)} {'repository' if len(repositories) == 1 else 'repositories'}",
    )
    expires = evidence.get("expires_at")
    ends = f"expires {str(expires)[:10]}" if expires else "never expires"
    seen = "; ".join([", ".join(permissions) or "no permissions", reach, ends])
    digest = str(data.get("digest", ""))
    return [("What was seen", seen), *([("Digest", digest[:16])] if digest else [])]
