"""Every page of an organization, found by its address: strangers 404, members 403, and looking changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.tokens.models import Grant, GrantRequest
from tests.cast import MEMBER, ORGANIZATION, OUTSIDER
from tests.conftest import sign_in
from tests.tokens.desk import Desk


def _patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, list[str]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, entry.namespace or space)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{space}:{entry.name}", list(entry.pattern.converters)


PATTERNS = dict(_patterns(get_resolver()))
OF_AN_ORGANIZATION = sorted(name for name, arguments in PATTERNS.items() if "login" in arguments)
MEMBERS_TOO = {"tokens:plan-keep"}
"""Whose token it is may go there; of anybody else's it says 404."""


def addresses(desk: Desk, names: list[str], login: str = ORGANIZATION) -> list[str]:
    """Of pages about something that is there; a new page with a new number has to be added here."""
    here = {"organization": desk.organization}
    some = Grant.objects.filter(**here, repositories__isnull=False).select_related("token")[0]
    known: dict[str, object] = {
        "login": login,
        "pat_request_id": GrantRequest.objects.filter(**here).values_list("pat_request_id", flat=True)[0],
        "pat_id": Grant.objects.filter(**here).values_list("pat_id", flat=True)[0],
        "key": "decisions",
        "view_id": 1,
        "preview_id": 1,
        "person": some.token.owner_login,
        "number": some.token.owner_id,
        "name": some.repositories.values_list("name", flat=True)[0],
        "organization_id": desk.organization.pk,
        "group_id": 1,
        "installation_id": desk.organization.installations.get().installation_id,
        "secret": "patrol_ical_none",
        **dict.fromkeys(("import_id", "row_id", "plan_id", "message_id"), 1),
    }
    return [reverse(name, kwargs={argument: known[argument] for argument in PATTERNS[name]}) for name in names]


def everything(desk: Desk) -> dict[str, Any]:
    """Every row of the database, and what GitHub was told."""
    rows = {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()}
    return {**rows, "ledger": desk.github.ledger()}


def answers(browser: Client, paths: list[str], method: str) -> dict[str, int]:
    return {path: getattr(browser, method)(path).status_code for path in paths}


@pytest.mark.parametrize(("login", "status"), [(OUTSIDER, 404), (MEMBER, 403)])
def test_who_is_no_owner_is_refused_on_every_page_of_the_organization(desk: Desk, login: str, status: int) -> None:
    names = [name for name in OF_AN_ORGANIZATION if login != MEMBER or name not in MEMBERS_TOO]
    browser, paths = sign_in(Client(), login), addresses(desk, names)
    before = everything(desk)
    for method in ("get", "head", "post"):
        found = answers(browser, paths, method)
        # A page that knows only the other method may say so: it says the same about everything.
        assert {path: code for path, code in found.items() if code not in {status, 405}} == {}
        assert status in found.values()
    assert everything(desk) == before


def test_a_stranger_cannot_tell_an_organization_from_one_that_is_not_there(desk: Desk) -> None:
    browser = sign_in(Client(), OUTSIDER)
    for name in OF_AN_ORGANIZATION:
        (here,), (nowhere,) = addresses(desk, [name]), addresses(desk, [name], "no-such-organization")
        for method in ("get", "post"):
            ours, theirs = getattr(browser, method)(here), getattr(browser, method)(nowhere)
            assert ours.status_code == theirs.status_code, name
            assert ours.content.replace(here.encode(), b"") == theirs.content.replace(nowhere.encode(), b""), name


def test_a_member_reads_what_owners_see(desk: Desk) -> None:
    page = sign_in(Client(), MEMBER).get(f"/orgs/{ORGANIZATION}/requests/").content.decode()
    assert "not one of its owners" in page


def test_an_owner_of_something_sees_nothing_of_another_organization(desk: Desk) -> None:
    """The number of a request or a grant leads nowhere under another organization's address."""
    names = [name for name in OF_AN_ORGANIZATION if {"pat_request_id", "pat_id"} & set(PATTERNS[name])]
    found = answers(desk.browser, addresses(desk, names, "northwind-labs"), "get")
    assert set(found.values()) <= {404, 405}
    assert 404 in found.values()


def test_looking_never_changes_anything(desk: Desk) -> None:
    # Signing in is a change, and who comes back from installing the App is looked at anew.
    changing = ("accounts:", "dashboard:setup-installed")
    everywhere = sorted(name for name in PATTERNS if not name.startswith(changing))
    paths = addresses(desk, everywhere)
    answers(desk.browser, paths, "get")  # what is noted once a minute is noted now
    before = everything(desk)
    for method in ("get", "head"):
        found = answers(desk.browser, paths, method)
        assert set(found.values()) <= {200, 302, 404, 405}, found
    assert everything(desk) == before
