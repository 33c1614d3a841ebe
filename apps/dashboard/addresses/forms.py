"""Shape of input."""

from io import BytesIO
from typing import Any, BinaryIO

from django import forms

from apps.accounts.contact_lines import LARGEST


class HandInForm(forms.Form):
    """A file, or lines that were copied from one."""

    file = forms.FileField(
        label="A CSV file", required=False, widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"})
    )
    lines = forms.CharField(
        label="Or its lines",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        """One of both; a file that is too large is not read."""
        given = super().clean() or {}
        if not self.errors and not given.get("file") and not (given.get("lines") or "").strip():
            raise forms.ValidationError("Choose a file, or paste some lines.")
        if given.get("file") and given["file"].size > LARGEST:
            self.add_error("file", f"The file is larger than {LARGEST // 1024 // 1024} MiB. Cut it into several.")
        return given

    @property
    def content(self) -> BinaryIO:
        """What was handed in, to be read line by line."""
        file = self.cleaned_data.get("file")
        return file if file else BytesIO(self.cleaned_data["lines"].encode())


class MachinesForm(forms.Form):
    """Machine users and who looks after them; what it means, the use case says."""

    who = forms.CharField(
        label="Login, number or pattern",
        max_length=120,
        help_text="* stands for any text and ? for one character: *-bot means every login that ends with -bot.",
    )
    maintainers = forms.CharField(
        label="Members who look after them", max_length=500, required=False, help_text="Logins, apart by commas."
    )
    email = forms.CharField(
        label="And an address", max_length=254, required=False, widget=forms.EmailInput, help_text="A team's, perhaps."
    )
