"""Shape of input: the inventory as an address shows it, and the views that are kept of it."""

from collections.abc import Mapping, Sequence

from django import forms
from django.http import QueryDict

from apps.core.widgets import PlainHiddenInput
from apps.github.models import Organization
from apps.tokens import columns
from apps.tokens.columns import Columns
from apps.tokens.forms import GrantFilterForm
from apps.tokens.models import SavedView
from apps.tokens.queries.addressing import view_query

LONGEST_KEY = 40


class TokenListForm(GrantFilterForm):
    """The filter, with the view that is shown and the columns where the address names them."""

    view = forms.CharField(required=False, max_length=LONGEST_KEY, widget=PlainHiddenInput)
    columns = forms.CharField(required=False, max_length=200, widget=PlainHiddenInput)

    def shown_columns(self, preferred: object = "") -> Columns:
        """Those of the address, else the person's own, else the first ones."""
        named = columns.read(self.cleaned_data.get("columns"))
        if named is None:
            named = columns.read(preferred)
        return columns.FIRST if named is None else named


def kept(query: str, organizations: Sequence[Organization] | None, preferred: object = "") -> str:
    """A query string as a view keeps it: what the filter form understands of it, and the columns."""
    form = TokenListForm(QueryDict(query), list(organizations) if organizations is not None else None)
    return view_query(form.filters(), form.shown_columns(preferred))


class ViewForm(forms.Form):
    """A view to be kept: its name, what it shows, and whether the other owners see it."""

    name = forms.CharField(label="Name", max_length=SavedView.LONGEST_NAME)
    query = forms.CharField(required=False, max_length=SavedView.LONGEST_QUERY, widget=forms.HiddenInput)
    share = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict | None = None, *, of: Organization | None, initial: Mapping[str, str]) -> None:
        super().__init__(data, initial=dict(initial))
        if of is None:
            del self.fields["share"]
        else:
            self.fields["share"].label = f"Share with the owners of {of.login}"
            self.fields["share"].help_text = "Each of them may change and delete it; the record tells who did."


class ViewChangeForm(forms.Form):
    """What happens to a view that is kept."""

    do = forms.ChoiceField(choices=[(one, one) for one in ("change", "rename", "share", "unshare", "delete")])
    name = forms.CharField(required=False, max_length=SavedView.LONGEST_NAME)
    query = forms.CharField(required=False, max_length=SavedView.LONGEST_QUERY)


class ColumnsForm(forms.Form):
    """Which columns are shown."""

    columns = forms.MultipleChoiceField(required=False, choices=list(columns.COLUMNS.items()))

    @property
    def chosen(self) -> Columns:
        """In their order."""
        return tuple(name for name in columns.COLUMNS if name in self.cleaned_data.get("columns", ()))
