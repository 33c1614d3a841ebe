"""Which events people hear of: who, and how soon. The words are in words.py. Pure.

An event that is told carries in its data all that its message says; see `Told`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.notify.models import Notice

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """How an event is told. HOLDER means its `owner_id`, and who looks after that one where it is a machine.

    Where no holder can be reached the organization's owners are told in their place, whether they are named or not.
    Its data has `organization` (login), `owner_id`, `owner_login`, and what words.py says of it; dates as ISO text.
    """

    roles: tuple[Notice.Role, ...]
    pace: Notice.Pace


Role, Pace = Notice.Role, Notice.Pace
HOLDER, EVERYBODY = (Role.HOLDER,), (Role.HOLDER, Role.OWNER, Role.COPY)
TABLE: Mapping[str, Told] = {
    "holder.reminded": Told(EVERYBODY, Pace.DAILY),
    "token.reminded": Told(EVERYBODY, Pace.OWN),
    "token.expired_in_use": Told(EVERYBODY, Pace.OWN),
    "planned_revocation.planned": Told(HOLDER, Pace.SOON),
    "planned_revocation.near": Told(EVERYBODY, Pace.SOON),
    "planned_revocation.extended": Told(HOLDER, Pace.SOON),
    "planned_revocation.kept": Told(EVERYBODY, Pace.SOON),
    "planned_revocation.cancelled": Told(HOLDER, Pace.SOON),
    "planned_revocation.sent": Told(EVERYBODY, Pace.SOON),
}
BY_RULE = Told(EVERYBODY, Pace.SOON)
PROMPT = frozenset(name for name, told in TABLE.items() if told.pace != Pace.DAILY)
"""What rings as soon as it is recorded; the rest is found within a minute."""


def told_of(name: str, data: Data) -> Told:
    """How an event of the table is told: owners hear of a plan that none of them made, too."""
    by_rule = name == "planned_revocation.planned" and data.get("cause") == "sleeping"
    return BY_RULE if by_rule else TABLE[name]


def is_near(data: Data) -> bool:
    """Whether something of it happens today or tomorrow."""
    return any(one.get("days", 2) <= 1 for one in data.get("tokens", ()))
