"""Shape of input."""

from typing import Any

from django import forms

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
    """How the organization's decisions are taken."""

    two_person = forms.BooleanField(label="Approvals need two owners: one proposes, another confirms", required=False)
    revoke_wider = forms.BooleanField(
        label="Revoke again what reaches further than was approved", required=False,
        help_text="Patrol reads each approval back. Wider is always an alarm; with this, Patrol also revokes its access"
        " by itself, unless GitHub tells of another owner's approval that explains it.",
    )  # fmt: skip
    installation_may_send = forms.BooleanField(
        label="Send as Patrol's App where GitHub does not let a person's token in", required=False,
        help_text="Without a single sign-on session, or a sign-in, a decision waits for its owner. With this it is sent"
        " with the token of Patrol's App instead, after GitHub's list of owners was read: GitHub's log then names the"
        " App, Patrol's record the person.",
    )  # fmt: skip
    undo_seconds = forms.IntegerField(
        label="Seconds to undo a decision", min_value=0, max_value=60, required=False,
        help_text="So long a decision rests before GitHub hears of it; 0 sends it at once.",
    )  # fmt: skip


class ActivityFilterForm(forms.Form):
    """What to show of the record."""

    q = forms.CharField(label="Who", required=False, max_length=120)
    what = forms.ChoiceField(label="What", choices=WHATS, required=False)
