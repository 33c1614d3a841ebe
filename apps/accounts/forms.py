"""What may stand in the sign-in page's address."""

import re

from django import forms

from apps.accounts import handshake

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


class SignInForm(forms.Form):
    """Where to go afterwards, and whom to suggest to GitHub; what does not fit is left out, not refused."""

    next = forms.CharField(required=False, strip=False)
    login = forms.CharField(required=False)

    def clean_next(self) -> str:
        """Only a path of our own."""
        return handshake.own_path(self.cleaned_data["next"])

    def clean_login(self) -> str:
        """GitHub's alphabet of logins; Enterprise Managed Users bear an underscore."""
        login = self.cleaned_data["login"]
        return login if _LOGIN.fullmatch(login) else ""


class AddressForm(forms.Form):
    """Where Patrol is to write to the person; whether it is an address the use case says."""

    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Patrol sends a link there. Nothing else comes until you confirm it.",
    )
