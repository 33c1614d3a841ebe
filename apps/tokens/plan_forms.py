"""Shape of input about plans: a day, words, and what was seen."""

from datetime import date, timedelta
from typing import cast

from django import forms

from apps.core.widgets import DayField
from apps.github.models import Organization
from apps.tokens.forms import ManyForm, ReasonField
from apps.tokens.models import PlannedRevocation
from apps.tokens.plans import days

LONGEST = PlannedRevocation.LONGEST_REASON


class DayForm(forms.Form):
    """One day that can be planned for."""

    day = DayField(label="Day")

    def offer(self, organization: Organization) -> None:
        """The days that may be chosen there."""
        cast("DayField", self.fields["day"]).between(days.first_day(organization), days.last_day(organization))


class ExtendForm(DayForm):
    """Another day; without one the next EXTENSION."""

    day = DayField(label="Another day", required=False)


class QuarantineForm(ManyForm):
    """Many tokens, in how many days they are revoked unless somebody keeps them, and why."""

    LIKELY = 14

    in_days = forms.IntegerField(
        label="Revoke in so many days, unless somebody keeps it", min_value=1, max_value=days.LONGEST.days,
        initial=LIKELY, widget=forms.NumberInput(attrs={"class": "DaysInput"}),
        help_text="At 9:00 on that day, where the organization is.",
    )  # fmt: skip
    reason = ReasonField(
        label="Why", required=False, max_length=LONGEST, help_text="Everybody concerned reads it.",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}),
    )  # fmt: skip

    def day(self, organization: Organization) -> date:
        """That is, there."""
        return days.today(organization) + timedelta(days=self.cleaned_data["in_days"])


class OffboardForm(ManyForm, DayForm):
    """The tokens of who leaves, and the day."""

    day = DayField(label="Their last day, or the day after", help_text="Patrol revokes at 9:00 on that day.")
    reason = ReasonField(
        label="Note", required=False, max_length=LONGEST, help_text="Everybody concerned reads it.",
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST}),
    )  # fmt: skip


class KeepForm(DayForm):
    """Why a token is kept, and until when."""

    day = DayField(label="Keep it until", help_text="Then it may be proposed again.")
    reason = ReasonField(
        label="What it is needed for",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}),
    )
    field_order = ["reason", "day"]
