"""Controls that are written without a template for each of their parts."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from html import escape
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe


class PlainSelect(forms.Select):
    """Django's select in a tenth of the time: a list of a hundred permissions is a third of a page otherwise.

    Choices are pairs, or groups of pairs, already: Django would look through each of them whenever a form is made.
    """

    @property
    def choices(self) -> Any:
        """Pairs, and groups of pairs."""
        return self._choices

    @choices.setter
    def choices(self, value: Any) -> None:
        self._choices = value

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Every name, value and label is escaped."""
        attributes = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        options = _options(frozen(self.choices), frozenset(self.format_value(value)))
        return mark_safe(f"<select{attributes}>{options}</select>")  # noqa: S308  escaped where it is made


class PlainInput(forms.TextInput):
    """Django's one-line field, as quickly; of the kind that `type` in its attributes says."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Every name and value is escaped."""
        shown = self.format_value(value)
        given = {"type": self.input_type, "name": name, **({} if shown is None else {"value": shown})}
        return mark_safe(f"<input{flatatt({**given, **self.build_attrs(self.attrs, attrs)})}>")  # noqa: S308  the same


class PlainHiddenInput(PlainInput):
    """The same unseen."""

    input_type = "hidden"


Choices = tuple[tuple[Any, Any], ...]


def frozen(choices: Iterable[Any]) -> Choices:
    """Choices, and groups of them, as what is compared quickly."""
    return tuple((key, frozen(label) if isinstance(label, list | tuple) else label) for key, label in choices)


@lru_cache(256)
def _options(choices: Choices, chosen: frozenset[str]) -> str:
    """Few of them differ from page to page."""
    parts = []
    for key, label in choices:
        if isinstance(label, tuple):
            parts.append(f'<optgroup label="{escape(str(key))}">{_options(label, chosen)}</optgroup>')
            continue
        value = "" if key is None else str(key)
        selected = " selected" if value in chosen else ""
        parts.append(f'<option value="{escape(value)}"{selected}>{escape(str(label))}</option>')
    return "".join(parts)


class DayField(forms.DateField):
    """A day, as browsers let people pick one: ISO, with the first and the last one that may be chosen."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"})
        invalid = {"invalid": "Write the day as 2026-12-31."}
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], error_messages=invalid, **options)

    def between(self, first: date, last: date) -> None:
        """What the browser offers; rules are checked where they are kept."""
        self.widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
