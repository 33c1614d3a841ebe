"""Shape of input: filters of the lists, one decision, many decisions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, TypeVar, cast

from django import forms
from django.http import QueryDict
from django.template.defaultfilters import pluralize
from django.utils.http import url_has_allowed_host_and_scheme

from apps.core.spans import Span
from apps.core.weeks import Week
from apps.core.widgets import Choices, DayField, PlainInput, PlainSelect, frozen
from apps.github.models import Organization
from apps.policy.catalogue import CATALOGUE
from apps.policy.counter_offer import REASON_LIMIT
from apps.tokens.models import SleepingSettings
from apps.tokens.plans import days
from apps.tokens.queries.facets import Facets
from apps.tokens.queries.filters import AccessFilters, GrantFilters, RequestFilters
from apps.tokens.team_field import TeamField

F = TypeVar("F", bound=AccessFilters)
BULK_LIMIT = 500
_KEY = re.compile(r"[0-9]{1,18}:[0-9]{1,18}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)

LEVELS = [("", "Any level"), ("read", "Read or more"), ("write", "Write or more"), ("admin", "Admin")]
RISKS = [("", "Any risk"), ("1", "Medium or more"), ("2", "High or more"), ("3", "Critical")]


def permission_choices() -> list[tuple[str, Any]]:
    """Every permission by its title, under what it is about."""
    kinds = {"repository": "Repositories", "organization": "Organization"}
    found: list[tuple[str, Any]] = [("", "Any permission")]
    for kind, heading in kinds.items():
        entries = {name: entry for by_name in [CATALOGUE.get(kind, {})] for name, (_, entry) in by_name.items()}
        found.append(
            (heading, sorted(((name, entry.title) for name, entry in entries.items()), key=lambda one: one[1]))
        )
    return found


@dataclass(frozen=True)
class Chip:
    """A filter that is set, in words, and the list's address without it."""

    label: str
    value: str
    url: str


class ChoiceField(forms.ChoiceField):
    """One of few."""

    widget = PlainSelect


class LenientChoiceField(ChoiceField):
    """A value outside the choices is taken as it is: GitHub has permissions that Patrol does not know."""

    def valid_value(self, value: object) -> bool:
        """Anything short."""
        return len(str(value)) <= 80


class OpenChoiceField(ChoiceField):
    """One of few, or another value that a link leads to; `named` says its name, None where it is nothing."""

    def __init__(self, *, named: Callable[[str], str | None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._named = named

    def valid_value(self, value: object) -> bool:
        """It becomes one of the choices, so that its name is shown."""
        name = None if super().valid_value(value) else self._named(str(value))
        if name is not None:
            self.choices = [*cast("list[Any]", self.choices), (str(value), name)]
        return super().valid_value(value)


def _week(value: str) -> str | None:
    """As a chart leads to it: "2026-W49"."""
    week = Week.parse(value)
    return week.title if week and week.key == value else None


def _span(value: str) -> str | None:
    """As a calendar leads to it: "2026-12-01", "2026-W49"."""
    span = Span.parse(value)
    return span.title if span else None


def _unused(value: str) -> str | None:
    """As the rule of an organization for sleeping tokens leads to it: "45"."""
    number = int(value) if _DAYS.fullmatch(value) else 0
    return f"Not for {number} day{pluralize(number)}" if 0 < number <= SleepingSettings.LONGEST else None


_DAYS = re.compile(r"[1-9]\d{0,2}", re.ASCII)


class AccessFilterForm(forms.Form):
    """What requests and grants are filtered by alike. A value that makes no sense filters nothing."""

    q = forms.CharField(label="Search names, owners and reasons", required=False, max_length=120)
    owner = forms.CharField(label="Owner", required=False, max_length=120, widget=PlainInput)
    repository = forms.CharField(label="Repository", required=False, max_length=120, widget=PlainInput)
    permission = LenientChoiceField(label="Permission", choices=permission_choices, required=False)
    level = ChoiceField(label="Level", choices=LEVELS, required=False)
    risk = ChoiceField(label="Risk", choices=RISKS, required=False)

    def __init__(self, data: QueryDict, organizations: list[Organization] | None = None) -> None:
        """`organizations` are offered to choose from on the pages over all."""
        super().__init__(data)
        if organizations is not None:
            choices = [("", "All organizations"), *((one.login, one.login) for one in organizations)]
            chosen = ChoiceField(label="Organization", choices=choices, required=False)
            self.fields = {"q": self.fields.pop("q"), "organization": chosen, **self.fields}
        self.full_clean()

    titles: dict[str, str] = {}

    @property
    def title(self) -> str:
        """What the list shows, by the state it is filtered by; the first one where none was chosen."""
        return self.titles.get(self.cleaned_data.get("state", ""), next(iter(self.titles.values())))

    def chips(self, path: str) -> list[Chip]:
        """The filters that are set, each with the address of the list without it; the order and the page are none."""
        found = []
        for bound in self.visible_fields():
            name, field, value = bound.name, bound.field, self.cleaned_data.get(bound.name)
            if not value or name == "sort" or (name == "state" and value == next(iter(self.titles))):
                continue
            words = _labels(field.choices).get(value, value) if isinstance(field, ChoiceField) else value
            found.append(Chip("Search" if name == "q" else str(field.label), words, self._without(name, path)))
        return found

    def _without(self, name: str, path: str) -> str:
        assert isinstance(self.data, QueryDict)
        query = self.data.copy()
        for one in (name, "cursor"):
            query.pop(one, None)
        return f"{path}?{query.urlencode()}" if query else path

    def values(self, kind: type[F]) -> F:
        """The filters, with `kind`'s own value where nothing or nonsense was given."""
        given = {one.name: self.cleaned_data.get(one.name) for one in fields(kind)}
        return kind(**{name: value for name, value in given.items() if value})


def _labels(choices: Any) -> dict[str, str]:
    """Value -> label, those in groups too."""
    found: dict[str, str] = {}
    for key, label in choices:
        found |= _labels(label) if isinstance(label, list | tuple) else {key: label}
    return found


@lru_cache(256)
def _counted(facets: Facets, name: str, choices: Choices) -> Choices:
    """The choices with how many active tokens each has, where that is known."""
    told: list[Any] = []
    for key, label in choices:
        if isinstance(label, tuple):
            told.append((key, _counted(facets, name, label)))
        else:
            count = facets.of(name, key)
            told.append((key, label if count is None else f"{label} ({count:,})"))
    return tuple(told)


class RequestFilterForm(AccessFilterForm):
    """Over the queue."""

    age = OpenChoiceField(
        label="Age", required=False, named=_week,
        choices=[
            ("", "Any age"), ("new", "Last 24 hours"), ("week", "Older than 7 days"), ("month", "Older than 30 days"),
        ],
    )  # fmt: skip
    decided = OpenChoiceField(label="Decided", required=False, named=_week, choices=[("", "Any time")])
    state = ChoiceField(
        label="State", required=False,
        choices=[
            ("pending", "Pending"), ("to_confirm", "To confirm"), ("on_its_way", "On its way"),
            ("approved", "Approved"), ("denied", "Denied"), ("ended", "Ended"), ("all", "All"),
        ],
    )  # fmt: skip
    sort = ChoiceField(
        label="Sort", required=False,
        choices=[
            ("newest", "Newest"), ("oldest", "Oldest"), ("risk", "Highest risk"), ("owner", "Owner"),
            ("expiry", "Soonest expiry"),
        ],
    )  # fmt: skip

    titles = {
        "pending": "Waiting", "to_confirm": "Waits for your confirmation", "on_its_way": "On the way to GitHub",
        "approved": "Approved", "denied": "Denied", "ended": "Ended elsewhere", "all": "All requests",
    }  # fmt: skip

    def __init__(self, data: QueryDict, organizations: list[Organization] | None = None) -> None:
        """A chart leads to the weeks in which something was decided; nobody is asked to choose among them."""
        super().__init__(data, organizations)
        if not self.cleaned_data.get("decided"):
            del self.fields["decided"]

    def filters(self) -> RequestFilters:
        """As values."""
        return self.values(RequestFilters)


class GrantFilterForm(AccessFilterForm):
    """Over the inventory."""

    field_order = ["q", "owner", "team"]
    team = TeamField(label="Team", required=False, max_length=300)
    selection = ChoiceField(
        label="Repositories", required=False,
        choices=[("", "Any"), ("all", "All repositories"), ("subset", "Named repositories"), ("none", "None")],
    )  # fmt: skip
    expiring = OpenChoiceField(
        label="Expiry", required=False, named=_span,
        choices=[
            ("", "Any"), ("7", "Within 7 days"), ("30", "Within 30 days"), ("90", "Within 90 days"),
            ("never", "Never expires"), ("expired", "Expired"),
        ],
    )  # fmt: skip
    unused = OpenChoiceField(
        label="Use", required=False, named=_unused,
        choices=[
            ("", "Any"), ("30", "Not for 30 days"), ("90", "Not for 90 days"), ("365", "Not for a year"),
            ("never", "Never used"),
        ],
    )  # fmt: skip
    lifetime = ChoiceField(
        label="Lifetime", required=False,
        choices=[("", "Any"), ("90", "Longer than 90 days"), ("366", "Longer than 366 days")],
    )  # fmt: skip
    holder = ChoiceField(label="Holder", required=False, choices=[("", "Anybody"), ("left", "Left the organization")])
    scope = ChoiceField(
        label="Permissions of", required=False, choices=[("", "Anything"), ("organization", "The organization itself")]
    )
    state = ChoiceField(
        label="State", required=False,
        choices=[
            ("active", "Active"), ("planned", "Planned to be revoked"), ("on_its_way", "On its way"),
            ("wider", "Wider than approved"), ("revoked", "Revoked"), ("gone", "Gone"), ("all", "All"),
        ],
    )  # fmt: skip
    sort = ChoiceField(
        label="Sort", required=False,
        choices=[
            ("newest", "Newest"), ("oldest", "Oldest"), ("risk", "Highest risk"), ("owner", "Owner"),
            ("expiry", "Soonest expiry"), ("unused", "Longest unused"),
        ],
    )  # fmt: skip

    def tell_facets(self, facets: Facets) -> None:
        """Show behind each choice how many active tokens it has; chips say the choice alone."""
        for name, field in self.fields.items():
            if isinstance(field, ChoiceField):
                shown = cast("PlainSelect", field.widget)
                shown.choices = _counted(facets, name, frozen(shown.choices))
            elif isinstance(field, TeamField):
                field.offer(facets.teams, self.cleaned_data.get(name, ""))

    titles = {
        "active": "Active", "planned": "Planned to be revoked", "on_its_way": "On the way to GitHub",
        "wider": "Wider than approved",
        "revoked": "Revoked", "gone": "Gone", "all": "All tokens",
    }  # fmt: skip

    def filters(self) -> GrantFilters:
        """As values."""
        return self.values(GrantFilters)


class ReasonField(forms.CharField):
    """The reviewer's words. Browsers send line breaks as two characters and count them as one."""

    def to_python(self, value: object) -> str:
        """With single line breaks, so that the limit is the one people see."""
        return str(super().to_python(str(value or "").replace("\r\n", "\n")))


class DecisionForm(forms.Form):
    """One decision: the words for the requester, and the digest of what was on the page."""

    reason = ReasonField(
        label="Reason", required=False, max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LIMIT}),
        help_text="GitHub sends it to the person who asked.",
    )  # fmt: skip
    digest = forms.RegexField(_DIGEST, widget=forms.HiddenInput, error_messages={"invalid": "Load the page again."})


def until_field() -> DayField:
    """The day on which what is approved is taken away again."""
    return DayField(
        label="Approve until", required=False,
        help_text="Patrol revokes it at 9:00 on that day, where the organization is. The holder is told.",
    )  # fmt: skip


class ApprovalForm(DecisionForm):
    """A decision that may be an approval for less long than was asked."""

    until = until_field()

    def offer(self, organization: Organization) -> "ApprovalForm":
        """The days that may be chosen there."""
        cast("DayField", self.fields["until"]).between(days.first_day(organization), days.last_day(organization))
        return self


class UrgentForm(forms.Form):
    """Taking access away; `urgent` leaves out the seconds in which it could be undone."""

    urgent = forms.BooleanField(label="Urgent: send at once, without the seconds to undo it", required=False)


class RevocationForm(UrgentForm, DecisionForm):
    """One revocation."""


class ManyForm(forms.Form):
    """Many at once: keys "<organization id>:<pat id>" under `chosen`, each with what was seen under `digest-<key>`."""

    reason = ReasonField(
        label="Reason", required=False, max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LIMIT}),
        help_text="GitHub sends it to each person who asked.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Nothing chosen, too many, or a key that is none: one sentence each."""
        assert isinstance(self.data, QueryDict)
        keys = list(dict.fromkeys(self.data.getlist("chosen")))
        if not keys:
            raise forms.ValidationError("Nothing was selected.")
        if len(keys) > BULK_LIMIT:
            raise forms.ValidationError(f"More than {BULK_LIMIT} at once: choose fewer.")
        seen = {key: self.data.get(f"digest-{key}", "") for key in keys}
        if not all(_KEY.fullmatch(key) and _DIGEST.fullmatch(digest) for key, digest in seen.items()):
            raise forms.ValidationError("The selection cannot be read. Load the page again.")
        self.cleaned_data["seen"] = seen
        return self.cleaned_data

    @property
    def seen(self) -> dict[str, str]:
        """Key -> digest of what the person saw, in the order chosen."""
        found: dict[str, str] = self.cleaned_data.get("seen", {})
        return found


class RevokeManyForm(UrgentForm, ManyForm):
    """Many revocations."""


class DecideManyForm(ManyForm):
    """Approve or deny many, or confirm what another owner proposed.

    `ask` in place of `action` wants the page with the words first.
    """

    until = until_field()

    def __init__(self, data: QueryDict) -> None:
        given = data.copy()
        given.setdefault("action", data.get("ask", ""))
        super().__init__(given)

    action = forms.ChoiceField(
        choices=[("approve", "Approve"), ("deny", "Deny"), ("confirm", "Confirm")], widget=forms.HiddenInput
    )


def own_path(address: str, fallback: str) -> str:
    """`address` when it is a path of this Patrol, else `fallback`."""
    safe = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if safe else fallback
