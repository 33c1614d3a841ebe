"""Links that fill in GitHub's form: which permissions they carry, and that they say exactly what they were given."""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy.catalogue import CATALOGUE
from apps.policy.prefill import PREFILLED, creation_link, has_parameter

REFERENCE = Path(__file__).parents[3] / "shared/reference/github-permissions.json"


def test_a_link_names_the_organization_the_days_and_each_permission() -> None:
    link = creation_link(
        "https://github.com", owner="acme", days=30, permissions=[("repository", "contents", "read")],
        name="nightly & co", description="Exports 100%",
    )  # fmt: skip
    assert link == (
        "https://github.com/settings/personal-access-tokens/new"
        "?name=nightly%20%26%20co&description=Exports%20100%25&target_name=acme&expires_in=30&contents=read"
    )


@pytest.mark.parametrize(
    "missing",
    [
        ("repository", "packages", "read"),
        ("repository", "contents", "admin"),
        ("repository", "workflows", "read"),
        ("organization", "contents", "read"),
        ("other", "gists", "write"),
        ("repository", "expires_in", "read"),
    ],
)
def test_what_has_no_parameter_is_refused_and_never_left_out_in_silence(missing: tuple[str, str, str]) -> None:
    assert not has_parameter(*missing)
    with pytest.raises(ValueError, match="no parameter"):
        creation_link("https://github.com", owner="acme", days=1, permissions=[missing])


@given(name=st.text(), description=st.text(max_size=1100))
def test_a_strangers_name_adds_nothing_to_a_link(name: str, description: str) -> None:
    link = creation_link("https://github.com", owner="acme", days=1, permissions=[], name=name, description=description)
    parts = urlsplit(link)
    assert link.isascii()
    assert " " not in link
    assert (parts.netloc, parts.path, parts.fragment) == ("github.com", "/settings/personal-access-tokens/new", "")
    given_back = dict(parse_qsl(parts.query, strict_parsing=True))
    expected = {"name": name[:40], "description": description[:1024], "target_name": "acme", "expires_in": "1"}
    assert given_back == {key: value for key, value in expected.items() if value}


def test_every_permission_of_a_link_is_in_the_catalogue() -> None:
    assert {kind: set(names) - set(CATALOGUE[kind]) for kind, names in PREFILLED.items()} == {
        "repository": set(), "organization": set(),
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["repository", "organization"])
def test_links_carry_what_githubs_tables_say(kind: str) -> None:
    if not REFERENCE.exists():
        pytest.skip("../shared/reference is not here: GitHub's tables of parameters cannot be compared")
    tables = json.loads(REFERENCE.read_text(encoding="utf-8"))["permissions"]
    mine = [one for one in tables if one["scope"] == kind and one.get("prefill_parameter")]
    assert {one["permission"]: tuple(one["prefill_levels"]) for one in mine} == PREFILLED[kind]
