"""Shape of the question why a token fails. Nobody is asked for the token."""

from typing import Any

from django import forms

from apps.accounts.access import Visible
from apps.core.redaction import holds_secret, redacted
from apps.core.widgets import PlainSelect
from apps.dashboard.mine.queries import Mine
from apps.policy.failing import MOST

UNLISTED = "none"
ELSEWHERE = "0"
KINDS = [("", "I do not know"), ("fine-grained", "github_pat_"), ("classic", "ghp_")]
IS_A_VALUE = (
    "That held a token's value. Patrol neither used nor kept it. If it left your machine, regenerate the token: "
    "Patrol never needs its value."
)


class WhyForm(forms.Form):
    """One of one's tokens or none of them, and what GitHub answered."""

    token = forms.ChoiceField(
        label="Which token fails?", widget=PlainSelect, error_messages={"required": "Choose one of these."}
    )
    organization = forms.ChoiceField(label="Where should it reach?", required=False, widget=PlainSelect)
    kind = forms.ChoiceField(
        label="How does its value begin?", choices=KINDS, required=False, widget=forms.RadioSelect,
        help_text="The first letters tell its kind. Do not paste more of it.",
    )  # fmt: skip
    answer = forms.CharField(
        label="What did GitHub answer?", required=False, max_length=MOST, strip=True,
        help_text="Status, message and headers, as far as you have them; curl -i shows them.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off", "data-redact": ""}),
    )  # fmt: skip

    def __init__(self, data: Any, *, mine: list[Mine], joined: list[Visible], chosen: str = "") -> None:
        super().__init__(data, initial={"token": chosen, "kind": ""})
        named = [(one.key, f"{one.token.name}, in {one.organization.login}") for one in mine]
        places = [(str(one.organization.pk), one.organization.login) for one in joined]
        self.fields["token"].choices = [("", "Choose one"), *named, (UNLISTED, "It is not in this list")]  # type: ignore[attr-defined]
        self.fields["organization"].choices = [*places, (ELSEWHERE, "Another organization")]  # type: ignore[attr-defined]

    def clean_answer(self) -> str:
        """Nothing that holds a token's value is looked at, or shown again."""
        answer: str = self.cleaned_data["answer"]
        if holds_secret(answer):
            raise forms.ValidationError(IS_A_VALUE)
        return answer

    def shown(self) -> "WhyForm":
        """Itself, with credentials in what was typed blacked out."""
        if self.is_bound:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["answer"] = redacted(self.data.get("answer", "")[:MOST])  # type: ignore[index]
        return self
