"""Shape of what is said about reminders."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from apps.tokens.reminder_rules import LONGEST, MOST, Rule


class DaysField(forms.CharField):
    """Whole numbers of days, between commas or blanks; empty is None: inherited."""

    def to_python(self, value: Any) -> list[int] | None:  # type: ignore[override]
        """Raises ValidationError for what is no such number."""
        words = (super().to_python(value) or "").replace(",", " ").split()
        if not words:
            return None
        if not all(word.isascii() and word.isdigit() and len(word) <= 3 for word in words):
            raise forms.ValidationError("Numbers of days, such as 30, 14, 7, 1, 0.")
        days = sorted({int(word) for word in words}, reverse=True)
        if len(days) > MOST or days[0] > LONGEST:
            raise forms.ValidationError(f"At most {MOST} numbers, each up to {LONGEST}.")
        return days


class ReminderDefaultsForm(forms.Form):
    """When people are reminded; `inherited` is what holds where nothing is entered."""

    days = DaysField(label="Days before a token ends", required=False, max_length=80)

    def __init__(self, *args: Any, inherited: Rule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].help_text = (
            "0 is the day itself. Who hears of a token hears of it once for each. "
            f"Empty: inherited, {inherited.words}, from {inherited.origin}."
        )


class ReminderSettingsForm(ReminderDefaultsForm):
    """The same for one organization, with the clock its days are counted by."""

    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        help_text="The organization's days begin and end by it, and people are reminded from 8:00 on. A name such as"
        " Europe/Berlin: type a few letters of the city.",
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_time_zone(self) -> str:
        """As the list of zones spells it."""
        given = str(self.cleaned_data["time_zone"]).strip()
        spelled = {name.lower(): name for name in available_timezones()}
        if given.lower() not in spelled:
            raise forms.ValidationError("There is no such time zone. Choose one of the list, such as Europe/Berlin.")
        return spelled[given.lower()]


class CopyForm(forms.Form):
    """An address that is told besides."""

    email = forms.EmailField(
        label="Address",
        required=False,
        help_text="A team's mailbox, or a channel's address. It gets what the owners get. Empty: none.",
    )


def zones() -> list[str]:
    """Those that people choose from: named after places, and UTC."""
    places = (one for one in available_timezones() if "/" in one and not one.startswith(("Etc/", "SystemV/")))
    return [*sorted(places), "UTC"]


def written(days: list[int] | None) -> str:
    """As the form takes it."""
    return ", ".join(map(str, days or []))
