"""The control by which a team is chosen: a select where there are few, else a text with suggestions."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import Any

from django import forms
from django.utils.safestring import SafeString, mark_safe

from apps.core.widgets import PlainInput, PlainSelect
from apps.tokens.queries.team_counts import Offer, TeamCount


class TeamField(forms.CharField):
    """A team's slug, or "organization/slug" on lists over all organizations."""

    def offer(self, offer: Offer, chosen: str) -> None:
        """Let choose from what there is; `chosen` stays chosen whether it is among them or not."""
        if offer.more:
            self.widget = Suggesting(offer)
            return
        self.widget = PlainSelect(choices=[("", "Any"), *_choices(offer, chosen)])


@lru_cache(32)
def _choices(offer: Offer, chosen: str) -> list[Any]:
    groups = [(login, list(teams)) for login, teams in groupby(offer.teams, key=lambda one: one.organization)]
    choices: list[Any] = [(login, _options(offer, teams)) for login, teams in groups]
    if len(groups) == 1 and "/" not in offer.teams[0].value:
        choices = _options(offer, groups[0][1])
    if chosen and chosen not in {one.value for one in offer.teams}:
        choices.append((chosen, chosen))
    if offer.unread:
        choices.append(("Not read yet" + (f": {', '.join(offer.unread)}" if groups else ""), []))
    elif not groups:
        choices.append(("There are none", []))
    return choices


def _options(offer: Offer, teams: Sequence[TeamCount]) -> list[tuple[str, str]]:
    return [(one.value, offer.titled(one)) for one in teams]


class Suggesting(PlainInput):
    """A text, and what it may be completed to: browsers show these while somebody types."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Every value and label is escaped."""
        key = f"suggestions-{name}"
        field = super().render(name, value, {**(attrs or {}), "list": key, "autocomplete": "off"}, renderer)
        return mark_safe(f'{field}<datalist id="{escape(key)}">{_suggestions(self._offer)}</datalist>')  # noqa: S308  escaped below


@lru_cache(32)
def _suggestions(offer: Offer) -> str:
    return "".join(f'<option value="{escape(one.value)}">{escape(offer.titled(one))}</option>' for one in offer.teams)
