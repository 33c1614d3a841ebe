"""The shape of a denial that Patrol helps to write: a ready-made reason, and what is accepted instead."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from apps.core.errors import RuleBroken
from apps.github import addresses
from apps.policy import counter_offer
from apps.policy.counter_offer import Because, Offer, Place, Words
from apps.policy.facts import Permissions
from apps.policy.permissions import PermissionLine
from apps.tokens.forms import DecisionForm
from apps.tokens.queries.rows import RequestRow

REASONS = [
    (Because.NOT_NEEDED.value, "Not needed any more"),
    (Because.TOO_WIDE.value, "Too wide"),
    (Because.TOO_LONG.value, "Lives too long"),
    (Because.AUTOMATION.value, "Use a GitHub App or Actions token instead"),
    (Because.OTHER.value, "Something else"),
]


@dataclass(frozen=True)
class Choice:
    """One permission that was asked for, with the field that says how much of it is accepted."""

    line: PermissionLine
    field: forms.BoundField


class DenialDraft(forms.Form):
    """Bound when the query holds a reason. `words` are then what Patrol wrote, `offered` whether with a counter-offer.

    `unchanged`: one was possible, but nothing is less than what was asked for.
    """

    because = forms.ChoiceField(
        label="What is wrong with it?", choices=REASONS, widget=forms.RadioSelect,
        error_messages={"required": "Choose what is wrong with it.", "invalid_choice": "Choose one of these."},
    )  # fmt: skip

    def __init__(self, data: QueryDict, row: RequestRow, repositories: list[str]) -> None:
        """`repositories` are the first names of the subset that was asked for."""
        self.row, self._repositories = row, repositories
        self.words, self.offered, self.unchanged = Words(""), False, False
        self.place = _place(row.organization.login)
        super().__init__(data if {"because", "days"} & data.keys() else None)
        self._allowed_days = _allowed_days(row)
        self.fields["days"] = _days_field(self._allowed_days)
        if row.facts.repository_selection == "all":
            self.fields["repositories"] = forms.ChoiceField(
                label="On which repositories", required=False, initial="all",
                choices=[("all", "All, as asked"), ("subset", "Named ones only")],
                error_messages={"invalid_choice": "Choose one of these."},
            )  # fmt: skip
        for line in row.lines:
            self.fields[_field(line)] = _level_field(line)
        self.full_clean()

    @property
    def choices(self) -> list[Choice]:
        """The permissions that were asked for, what allows most first."""
        return [Choice(line, self[_field(line)]) for line in self.row.lines]

    def decision(self, *, focus: bool) -> DecisionForm:
        """The form that is sent, with what was written; `focus` puts the cursor there, unless a choice was refused."""
        form = DecisionForm(initial={"digest": self.row.digest, "reason": self.words.text})
        attributes = form.fields["reason"].widget.attrs
        attributes |= ({"rows": 10} if self.offered else {}) | (
            {"autofocus": True} if focus and not self.errors else {}
        )
        return form

    def clean(self) -> dict[str, Any]:
        """Have the words written. What is offered counts only where an offer is made; more than asked is a sentence."""
        because = Because(self.cleaned_data["because"]) if "because" in self.cleaned_data else None
        if because and not because.countered:
            self.errors.clear()
        if because and not self.errors:
            try:
                self.words = self._write(because)
            except RuleBroken as error:
                raise forms.ValidationError(str(error)) from error
        return self.cleaned_data

    def _write(self, because: Because) -> Words:
        if not because.countered:
            return counter_offer.words(because)
        facts, asked_days, offer = self.row.facts, self.row.asked_days, self._offer()
        counter_offer.check_offer(facts, offer, self._allowed_days)
        self.unchanged = counter_offer.is_as_asked(facts, offer, asked_days)
        self.offered = not self.unchanged
        if self.unchanged:
            return counter_offer.words(because)
        return counter_offer.words(because, facts=facts, offer=offer, place=self.place)

    def _offer(self) -> Offer:
        accepted: Permissions = {}
        for line in self.row.lines:
            level = self.cleaned_data.get(_field(line)) or line.level
            if level != "none":
                accepted.setdefault(line.kind, {})[line.name] = level
        days = self.cleaned_data.get("days")
        return Offer(
            permissions=accepted,
            days=self.fields["days"].initial if days is None else days,
            selection=self.cleaned_data.get("repositories") or self.row.facts.repository_selection,
            repositories=tuple(self._repositories),
            repository_count=self.row.repository_count,
        )


def _field(line: PermissionLine) -> str:
    return f"level.{line.kind}.{line.name}"


def _allowed_days(row: RequestRow) -> int | None:
    """As long as was asked for, and as the organization's limit allows where an owner entered one."""
    stated = getattr(row.organization, "stated_policy", None)
    limits = [days for days in (row.asked_days, stated and stated.fine_grained_max_days) if days is not None]
    return min(limits, default=None)


def _days_field(asked_days: int | None) -> forms.IntegerField:
    most = counter_offer.most_days(asked_days)
    sentence = f"Choose 1 to {most} days."
    return forms.IntegerField(
        label="Days", required=False, min_value=1, max_value=most, initial=counter_offer.usual_days(asked_days),
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), sentence),
    )  # fmt: skip


def _level_field(line: PermissionLine) -> forms.ChoiceField:
    levels = counter_offer.offerable(line.kind, line.name, line.level)
    return forms.ChoiceField(
        label=line.title, required=False, initial=line.level,
        choices=[(one, f"{one.capitalize()}, as asked" if one == line.level else one.capitalize()) for one in levels],
        error_messages={"invalid_choice": "This is more than was asked for."},
    )  # fmt: skip


def _place(organization: str) -> Place:
    """Enterprise Server, known by its API's address, has no links that fill in the form."""
    host = addresses.current()
    return Place(host.web_url, organization, not host.is_server)
