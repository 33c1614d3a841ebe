"""What is called a sleeping token, and what comes of it: as its organization says, else the instance, else Patrol.

Whether anything is proposed is each organization's own word, and nobody else's.
"""

from dataclasses import dataclass

from django.db.models import F, Subquery, Value
from django.db.models.functions import Coalesce

from apps.tokens.inheritance import Said, Setting, Source, said_by
from apps.tokens.models import SleepingDefaults, SleepingSettings

UNUSED = 90
"""Days, where nobody says otherwise."""
_DAYS = ("day", "days")
SETTINGS = (
    Setting("unused_days", "A token sleeps after", lambda: UNUSED, larger_guards=None, unit=_DAYS),
    Setting("notice_days", "It is revoked after", lambda: 14, larger_guards=None, unit=_DAYS),
    Setting("grace_days", "Leave new access alone for", lambda: 30, larger_guards=None, unit=_DAYS),
)
NAMES = [one.name for one in SETTINGS]


@dataclass(frozen=True)
class Rule:
    """What holds for an organization; every setting by its name."""

    said: dict[str, Said]

    @property
    def unused_days(self) -> int:
        """A token sleeps that was not used for so long."""
        return int(self.said["unused_days"].value)

    @property
    def notice_days(self) -> int:
        """So long after it was proposed it is revoked."""
        return int(self.said["notice_days"].value)

    @property
    def grace_days(self) -> int:
        """Access that is younger is left alone."""
        return int(self.said["grace_days"].value)


def rule(own: SleepingSettings | None, instance: SleepingDefaults | None) -> Rule:
    """Of rows that are loaded."""
    return Rule(said_by([(Source.ORGANIZATION, own), (Source.INSTANCE, instance)], SETTINGS))


def rule_of(own: SleepingSettings | None) -> Rule:
    """What holds for the organization of the row; one query."""
    return rule(own, defaults())


def defaults() -> SleepingDefaults | None:
    """The instance's row."""
    return SleepingDefaults.objects.first()


def sleeps_after() -> Coalesce:
    """`unused_days` as it holds for each row of a query about something of an organization's."""
    instance = Subquery(SleepingDefaults.objects.values("unused_days")[:1])
    return Coalesce(F("organization__sleeping__unused_days"), instance, Value(UNUSED))
