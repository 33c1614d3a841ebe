"""What was pasted, answered: with the table in use, and GitHub's form filled in for an organization of the person."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.access import Visible
from apps.github.hosts import GITHUB_COM, Host
from apps.github.models import Organization
from apps.policy.asking.answering import Answer, answer
from apps.policy.asking.http_calls import Hosts
from apps.policy.asking.reading import read
from apps.policy.asking.workflows import is_workflow
from apps.policy.form_link import FilledForm, days_for, filled_form
from apps.policy.permissions import PermissionLine, grouped
from apps.tokens.models import StatedPolicy
from apps.tokens.queries.permission_table import InUse


@dataclass(frozen=True)
class Offer:
    """What to ask for. `organization` None: the person chooses it on GitHub; `form` None: GitHub has no such links.

    `limit`: what an owner entered as the longest life in days. `elsewhere`: owners of named repositories that are none
    of the person's organizations. `in_workflow`: it was a step of a workflow.
    """

    answer: Answer
    organization: Organization | None
    form: FilledForm | None
    days: int
    limit: int | None
    elsewhere: tuple[str, ...]
    in_workflow: bool
    settings_url: str

    @property
    def groups(self) -> list[tuple[str, tuple[PermissionLine, ...]]]:
        """What to ask for, under what it is about."""
        return [(group.value, lines) for group, lines in grouped(self.answer.permissions)]


def offer(
    *,
    commands: str,
    organization: str,
    days: int | None,
    name: str,
    joined: Sequence[Visible],
    table: InUse,
    host: Host,
) -> Offer:
    """For the organization of that number; "": the one that owns a named repository, else the only or first one."""
    found = answer(read(commands, hosts_of(host)), table.catalogue)
    chosen = _chosen(organization, found.organizations, [one.organization for one in joined])
    stated = StatedPolicy.objects.filter(organization=chosen.pk).first() if chosen else None
    limit = stated.fine_grained_max_days if stated else None
    life, form = days_for(days, limit), None
    if not host.is_server and chosen and found.permissions:
        form = filled_form(
            host.web_url, organization=chosen.login, lines=found.permissions, days=life, name=name or _name(found)
        )
    known = {one.organization.login.lower() for one in joined}
    elsewhere = tuple(one for one in found.organizations if one.lower() not in known)
    page = f"{host.web_url}/settings/personal-access-tokens"
    return Offer(found, chosen, form, life, limit, elsewhere, is_workflow(commands), page)


def hosts_of(host: Host) -> Hosts:
    """Where requests to GitHub go: to github.com, and to this Patrol's GitHub."""
    both = list(dict.fromkeys((GITHUB_COM, host)))
    usual = Hosts()
    return Hosts(
        api=tuple(_bare(one.api_url) for one in both),
        uploads=tuple(_bare(one.upload_url) for one in both),
        web=tuple(dict.fromkeys([*usual.web, *(_bare(one.web_url) for one in both)])),
    )


def _bare(url: str) -> str:
    return url.partition("://")[2]


def _chosen(number: str, owners: Sequence[str], joined: Sequence[Organization]) -> Organization | None:
    wanted = [one.lower() for one in owners]
    picked = [one for one in joined if str(one.pk) == number] or [one for one in joined if one.login.lower() in wanted]
    return next(iter([*picked, *joined]), None)


def _name(found: Answer) -> str:
    """What it is for, as far as the commands tell."""
    repository = found.repositories[0].partition("/")[2] if found.repositories else ""
    first = found.permissions[0].title.lower()
    return f"{repository} {first}".strip()
