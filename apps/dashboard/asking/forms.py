"""Shape of what is pasted, and for which organization the token would be. What is pasted is never shown again."""

from typing import Any

from django import forms

from apps.accounts.access import Visible
from apps.core.redaction import holds_secret
from apps.core.widgets import PlainSelect
from apps.policy.asking.shell import MOST
from apps.policy.prefill import DAYS_LIMIT, NAME_LIMIT

PLACEHOLDER = (
    "curl -X POST https://api.github.com/repos/acme/api/issues\ngh pr create --fill\nGET /repos/{owner}/{repo}/pulls"
)


class AskForm(forms.Form):
    """Commands, routes or steps; `secret` whether a token's value came along."""

    commands = forms.CharField(
        label="What fails, or what you are about to run", max_length=MOST, strip=False,
        error_messages={
            "required": "Paste a command, a route or a step of a workflow.",
            "max_length": f"This is too much: {MOST:,} characters are read at a time.",
        },
        help_text="Lines of curl, gh or git, routes such as GET /repos/{owner}/{repo}/pulls, or steps of a workflow.",
        widget=forms.Textarea(attrs={
            "rows": 8, "spellcheck": "false", "autocomplete": "off", "data-redact": "", "class": "AskText",
            "placeholder": PLACEHOLDER,
        }),
    )  # fmt: skip
    organization = forms.ChoiceField(label="Organization", required=False, widget=PlainSelect)
    days = forms.IntegerField(
        label="For how many days", required=False, min_value=1, max_value=DAYS_LIMIT,
        help_text="Empty: 90, or less where the organization allows less.",
    )  # fmt: skip
    name = forms.CharField(
        label="Name of the token", required=False, max_length=NAME_LIMIT, strip=True,
        help_text="What it is for: owners see it when they decide.",
    )  # fmt: skip

    def __init__(self, data: Any, *, joined: list[Visible]) -> None:
        super().__init__(data)
        self.secret = False
        places = [("", "The one that owns the repository")]
        places += [(str(one.organization.pk), one.organization.login) for one in joined]
        self.fields["organization"].choices = places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Note a secret, wherever it stands; the name is shown again, so it may not be one."""
        fields: dict[str, Any] = self.cleaned_data
        self.secret = holds_secret(self.data.get("commands", "")[:MOST])
        if holds_secret(fields.get("name", "")):
            self.secret = True
            fields["name"] = ""
        return fields

    def shown(self) -> "AskForm":
        """The same without what was pasted."""
        if self.is_bound:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["commands"] = ""  # type: ignore[index]
            if holds_secret(self.data.get("name", "")):
                self.data["name"] = ""  # type: ignore[index]
        return self
