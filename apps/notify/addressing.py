"""Where a notice goes now, if it concerns its reader still: asked when a message is made, and before it leaves."""

from collections import defaultdict
from collections.abc import Iterable

from apps.notify.audiences import Audience, audience, owner_ids, person
from apps.notify.models import Notice

Role = Notice.Role


def where(notices: Iterable[Notice]) -> dict[int, str | None]:
    """Of each notice (by primary key) the address; empty: there is none; None: its reader has lost the role for it.

    Their events are loaded. An address serves the organization that it was given for, so they are asked for one by one.
    """
    by_organization: dict[int, list[Notice]] = defaultdict(list)
    for one in notices:
        by_organization[one.organization_id].append(one)
    found: dict[int, str | None] = {}
    for organization_id, some in by_organization.items():
        holders = {int(one.event.data["owner_id"]) for one in some}
        everybody = audience(organization_id, holders)
        owners = {person(one).key for one in owner_ids(organization_id)}
        found |= {one.pk: _one(one, everybody, owners) for one in some}
    return found


def _one(notice: Notice, everybody: Audience, owners: set[str]) -> str | None:
    if notice.role == Role.OWNER and notice.recipient not in owners:
        return None
    if notice.role == Role.MAINTAINER:
        keepers = {one.key for one, _ in everybody.kept_by[int(notice.event.data["owner_id"])]}
        if notice.recipient not in keepers:
            return None
    return everybody.addresses.get(notice.recipient, None if notice.person_id is None else "")
