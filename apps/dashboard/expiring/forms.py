"""Shape of input: a new address for calendars, and which one is revoked."""

from django import forms

from apps.tokens.forms import ChoiceField

ALARMS = [("", "No alarm"), ("1", "1 day before"), ("7", "7 days before"), ("14", "14 days before")]


class FeedForm(forms.Form):
    """A new address."""

    alarm = ChoiceField(
        label="Alarm", required=False, choices=ALARMS, help_text="At nine in the morning, by your calendar's clock."
    )

    @property
    def days(self) -> int | None:
        """How many days before the end an alarm rings; None: it does not."""
        chosen = self.cleaned_data["alarm"]
        return int(chosen) if chosen else None


class RevokeFeedForm(forms.Form):
    """One address, by its number."""

    feed = forms.IntegerField(min_value=1, max_value=2**62)

    @property
    def number(self) -> int:
        """Its primary key."""
        found: int = self.cleaned_data["feed"]
        return found
