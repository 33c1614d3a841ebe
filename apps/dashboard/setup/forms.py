"""The shape of what is typed while Patrol is set up."""

import re
from typing import Any

from django import forms

from apps.dashboard.setup.browser import ONE, SEVERAL
from apps.github import hosts

BY_HAND = "by-hand"
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,98}[A-Za-z0-9])?")


class CodeForm(forms.Form):
    """The one-time code."""

    code = forms.CharField(
        label="Setup code", max_length=60, help_text="Patrol printed it where it was started. It works once.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class HostForm(forms.Form):
    """Which GitHub, by one name; its addresses may be written by hand where they are others."""

    github = forms.CharField(
        label="Your GitHub", max_length=hosts.LONGEST, initial="github.com",
        help_text="github.com, SUBDOMAIN.ghe.com, or the address of your Enterprise Server.",
    )  # fmt: skip
    api_url = forms.CharField(label="API address", max_length=hosts.LONGEST, required=False)
    web_url = forms.CharField(label="Address of the pages", max_length=hosts.LONGEST, required=False)
    upload_url = forms.CharField(label="Address for uploads", max_length=hosts.LONGEST, required=False)

    def clean(self) -> dict[str, Any]:
        """`host` is what came of it."""
        typed = super().clean() or self.cleaned_data
        if "github" not in typed:
            return typed
        try:
            derived = hosts.derive(typed["github"])
            names = ("api_url", "web_url", "upload_url")
            wanted = {name: typed.get(name) or getattr(derived, name) for name in names}
            typed["host"] = hosts.edited(**wanted)
        except hosts.NoAddress as error:
            self.add_error("github", str(error))
        return typed


def typed_for(host: hosts.Host) -> dict[str, str]:
    """What is typed to choose that GitHub: its name, and its addresses where they do not follow from it."""
    name = host.web_url if host.is_server else host.name
    try:
        if hosts.derive(name) == host:
            return {"github": name}
    except hosts.NoAddress:
        pass
    return {"github": name, "api_url": host.api_url, "web_url": host.web_url, "upload_url": host.upload_url}


class OrganizationsForm(forms.Form):
    """For how many organizations, and whose the App shall be."""

    organization = forms.CharField(
        label="Your organization's name on GitHub", max_length=100, required=False,
        help_text="As in its address: github.com/NAME. The App will belong to it; you have to be its owner.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    how = forms.ChoiceField(
        label="How many organizations?", initial=ONE, widget=forms.RadioSelect,
        choices=[
            (ONE, "One: a private App, which only this organization can install"),
            (SEVERAL, "Several: a public App, and a list here of the organizations that may use it"),
            (BY_HAND, "All of an enterprise: an App owned by the enterprise, made by hand"),
        ],
    )  # fmt: skip

    def clean_organization(self) -> str:
        """GitHub's alphabet of logins; an address of the organization is taken for its last part."""
        login: str = self.cleaned_data["organization"].strip().rstrip("/").rpartition("/")[2].removeprefix("@")
        if login and not _LOGIN.fullmatch(login):
            raise forms.ValidationError("A name on GitHub has letters, digits and single hyphens.")
        return login

    def clean(self) -> dict[str, Any]:
        """Only an App made by hand needs no organization."""
        typed = super().clean() or self.cleaned_data
        if typed.get("how") != BY_HAND and not typed.get("organization") and "organization" not in self.errors:
            self.add_error("organization", "Type the name of an organization you own.")
        return typed
