"""Shape of input."""

from typing import Any

from django import forms
from django.http import QueryDict

from apps.tokens.forms import LEVELS, LenientChoiceField, permission_choices
from apps.tokens.inheritance import NAMES, SETTINGS, Way
from apps.tokens.models import Decides
from apps.tokens.queries.reaching import Rights

ANSWERS = [("", "Not entered"), ("true", "Yes"), ("false", "No")]
WHATS = [
    ("", "Everything"),
    ("grant_request.", "Requests"),
    ("grant.", "Grants"),
    ("effect.", "Writes to GitHub"),
    ("token.", "Changes of tokens"),
    ("sync.", "Synchronisation"),
    ("stated_policy.", "Settings"),
    ("installation.", "Installation"),
]


def _switch(label: str, help_text: str = "") -> forms.TypedChoiceField:
    """On, off, or not said here."""
    return forms.TypedChoiceField(
        label=label, help_text=help_text, choices=[("", "Inherited"), ("on", "On"), ("off", "Off")], required=False,
        coerce=lambda word: word == "on", empty_value=None,
    )  # fmt: skip


def _answer(value: Any) -> bool | None:
    return {"true": True, "false": False}.get(str(value))


class StatedPolicyForm(forms.Form):
    """GitHub's own token settings as an owner reads them off GitHub's page."""

    approval_required = forms.TypedChoiceField(
        label="Owners must approve fine-grained tokens", choices=ANSWERS, coerce=_answer, required=False,
        empty_value=None,
    )  # fmt: skip
    fine_grained_allowed = forms.TypedChoiceField(
        label="Fine-grained tokens may reach this organization", choices=ANSWERS, coerce=_answer, required=False,
        empty_value=None,
    )  # fmt: skip
    classic_allowed = forms.TypedChoiceField(
        label="Classic tokens may reach this organization", choices=ANSWERS, coerce=_answer, required=False,
        empty_value=None,
    )  # fmt: skip
    fine_grained_max_days = forms.IntegerField(
        label="Longest life of a fine-grained token, in days", min_value=1, max_value=366, required=False,
        help_text="GitHub allows 1 to 366. Empty: not entered, or no limit.",
    )  # fmt: skip
    classic_max_days = forms.IntegerField(
        label="Longest life of a classic token, in days", min_value=1, max_value=366, required=False,
        help_text="GitHub allows 1 to 366. Empty: not entered, or no limit.",
    )  # fmt: skip


class DecisionSettingsForm(forms.Form):
    """How decisions are taken; what is left empty is inherited. `inherited` is what then holds."""

    two_person = _switch("Approvals need two owners: one proposes, another confirms")
    revoke_wider = _switch(
        "Revoke again what reaches further than was approved",
        "Patrol reads each approval back. Wider is always an alarm; with this, Patrol also revokes its access by"
        " itself, unless GitHub tells of another owner's approval that explains it.",
    )
    installation_may_send = _switch(
        "Send as Patrol's App where GitHub does not let a person's token in",
        "Without a single sign-on session, or a sign-in, a decision waits for its owner. With this it is sent with the"
        " token of Patrol's App instead, after GitHub's list of owners was read: GitHub's log then names the App,"
        " Patrol's record the person.",
    )
    undo_seconds = forms.IntegerField(label="Seconds to undo a decision", min_value=0, max_value=60, required=False)

    def __init__(self, *args: Any, inherited: Way, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for setting in SETTINGS:
            holds = setting.words(inherited.said[setting.name].value)
            words = f"{holds}, from {inherited.origin(setting.name)}"
            one = self.fields[setting.name]
            if isinstance(one, forms.ChoiceField):
                one.choices = [("", f"Inherited: {words}"), ("on", "On"), ("off", "Off")]
            else:
                one.help_text = (
                    "So long a decision rests before GitHub hears of it; 0 sends it at once. "
                    f"Empty: inherited, {words}."
                )

    @property
    def said(self) -> dict[str, Any]:
        """The settings alone, by name; None: inherited."""
        return {name: self.cleaned_data[name] for name in NAMES}


def initial_of(row: Decides | None) -> dict[str, Any]:
    """What a row says, as the form takes it."""
    words = {True: "on", False: "off", None: ""}
    said = {name: getattr(row, name, None) for name in NAMES}
    return {name: words[value] if isinstance(value, bool) or value is None else value for name, value in said.items()}


class InstanceDefaultsForm(DecisionSettingsForm):
    """Of the instance. `seen` is the digest of the changes that were shown before saving."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)


class GroupForm(InstanceDefaultsForm):
    """A group: its name and organizations, and what it says."""

    name = forms.CharField(label="Name", max_length=60)
    organizations = forms.TypedMultipleChoiceField(
        label="Organizations", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, organizations: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organizations"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = organizations


class ActivityFilterForm(forms.Form):
    """What to show of the record."""

    q = forms.CharField(label="Who", required=False, max_length=120)
    what = forms.ChoiceField(label="What", choices=WHATS, required=False)


class RightsForm(forms.Form):
    """What narrows the tokens that reach a repository. A value that makes no sense narrows nothing."""

    permission = LenientChoiceField(label="Permission", required=False)
    level = forms.ChoiceField(choices=LEVELS, required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        nothing, of_repositories, *_ = permission_choices()
        self.fields["permission"].choices = [nothing, *of_repositories[1]]  # type: ignore[attr-defined]
        self.full_clean()

    def rights(self) -> Rights:
        """As values."""
        return Rights(self.cleaned_data.get("permission", ""), self.cleaned_data.get("level", ""))
