"""Shape of input about plans: a day, words, and what was seen."""

from typing import cast

from django import forms

from apps.core.widgets import DayField
from apps.github.models import Organization
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


class KeepForm(DayForm):
    """Why a token is kept, and until when."""

    day = DayField(label="Keep it until", help_text="Then it may be proposed again.")
    reason = forms.CharField(
        label="What it is needed for",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}),
    )
    field_order = ["reason", "day"]
