"""Denials with a fix: what may be offered, and that the words fit with their link whole, whatever was asked for."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.policy.catalogue import CATALOGUE
from apps.policy.counter_offer import (
    REASON_LIMIT,
    SENTENCES,
    Because,
    NotAnOffer,
    Offer,
    Place,
    Words,
    check_offer,
    is_as_asked,
    offerable,
    usual_days,
    words,
)
from apps.policy.facts import AccessFacts, Permissions
from apps.policy.permissions import flat
from apps.policy.prefill import PREFILLED, has_parameter
from tests.policy.cases import NOW, asking, permission_sets

GITHUB = Place("https://github.com", "acme-robotics")
WRITER: Permissions = {"repository": {"contents": "write", "issues": "read", "packages": "read"}}
EVERYTHING: Permissions = {
    kind: {name: levels[-1] for name, levels in names.items()} for kind, names in PREFILLED.items()
}


def offering(permissions: Permissions, days: int = 30, selection: str = "subset", names: Iterable[str] = ()) -> Offer:
    repositories = tuple(names)
    return Offer(permissions, days, selection, repositories[:50], len(repositories))


def told(facts: AccessFacts, offer: Offer, place: Place = GITHUB) -> Words:
    return words(Because.TOO_WIDE, facts=facts, offer=offer, place=place)


def carried(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query, strict_parsing=True))


# --- the words -----------------------------------------------------------------------------------------------------


def test_the_words_say_why_what_where_and_how() -> None:
    facts = asking(permissions=WRITER, token_name="nightly", reason="Exports")
    offer = offering({"repository": {"contents": "read", "packages": "read"}}, names=["api", "web"])
    assert told(facts, offer).text.split("\n") == [
        "This asks for more access than its purpose needs.",
        "This would be accepted: Contents (read) and Packages (read), for 30 days.",
        "Repositories: api and web.",
        "Choose by hand: Packages (read).",
        "This link fills in the form; repositories are to be chosen there:",
        "https://github.com/settings/personal-access-tokens/new"
        "?name=nightly&description=Exports&target_name=acme-robotics&expires_in=30&contents=read",
    ]


@pytest.mark.parametrize(
    ("selection", "says"),
    [
        ("all", "Repositories: all."),
        ("subset", "Repositories: only those it needs, chosen by name."),
        ("none", "This link fills in the form:"),
    ],
)
def test_the_words_say_which_repositories(selection: str, says: str) -> None:
    text = told(asking(repository_selection="all"), offering({"repository": {"metadata": "read"}}, 1, selection)).text
    assert says in text.split("\n")
    assert "for 1 day." in text
    assert ("Repositories:" in text) is (selection != "none")


def test_enterprise_server_has_steps_instead_of_a_link() -> None:
    there = Place("https://git.example", "acme-robotics", links=False)
    found = told(asking(permissions=WRITER), offering({"repository": {"contents": "read"}}, names=["api"]), there)
    assert found.link == ""
    assert "https://" not in found.text
    assert "On git.example: Settings, Developer settings, Personal access tokens" in found.text
    assert "with acme-robotics as resource owner" in found.text
    assert "Contents (read), for 30 days." in found.text
    assert "Repositories: api." in found.text


def test_other_reasons_are_their_sentence_alone() -> None:
    assert {because: words(because) for because in Because} == {
        because: Words(SENTENCES[because]) for because in Because
    }
    assert all(len(sentence) < REASON_LIMIT / 3 for sentence in SENTENCES.values())


def test_words_are_shortened_in_one_order() -> None:
    names = [f"repository-number-{number}" for number in range(60)]
    facts = asking(permissions=EVERYTHING, token_name="n" * 40, reason="d" * 300)
    steps = [told(facts, offering(_first(count), names=names)) for count in range(1, 57)]
    kept = [
        ("more." in one.text, "description" not in carried(one.link), "accepted:" not in one.text,
         "name" not in carried(one.link))
        for one in steps if one.link
    ]  # fmt: skip
    assert kept == sorted(kept), "what was left out once is not back in longer words"
    assert kept[0] == (True, False, False, False)
    assert {sum(one) for one in kept} >= {1, 2, 3}
    assert not steps[-1].link
    assert "Settings, Developer settings" in steps[-1].text


def _first(count: int) -> Permissions:
    found: Permissions = {}
    for kind, name, level in flat(EVERYTHING)[:count]:
        found.setdefault(kind, {})[name] = level
    return found


hostile = st.text(max_size=80) | st.sampled_from(["&contents=admin", "#", "https://evil.example/?", "\n\n", "🤖" * 60])


@st.composite
def denials(draw: st.DrawFn) -> tuple[AccessFacts, Offer]:
    """Facts and what is accepted of them: names of strangers, many repositories, up to every permission there is."""
    chosen = draw(permission_sets() | st.sampled_from([EVERYTHING, _everything("admin"), _everything("read")]))
    kept = {kind: {draw(hostile) if kind == "other" else name: level for name, level in names.items()}
            for kind, names in chosen.items()}  # fmt: skip
    names = draw(st.lists(hostile, max_size=50))
    facts = replace(asking(permissions=kept), token_name=draw(hostile), reason=draw(hostile | st.text(max_size=1100)))
    offer = Offer(kept, draw(st.integers(1, 366)), draw(st.sampled_from(["none", "subset", "all"])), tuple(names),
                  len(names) + draw(st.sampled_from([0, 7, 9_950])))  # fmt: skip
    return facts, offer


def _everything(level: str) -> Permissions:
    return {kind: dict.fromkeys(names, level) for kind, names in CATALOGUE.items()}


@given(denials(), st.booleans(), st.sampled_from([Because.TOO_WIDE, Because.TOO_LONG]))
def test_the_words_always_fit_and_their_link_is_exactly_what_is_accepted(
    denial: tuple[AccessFacts, Offer], links: bool, because: Because
) -> None:
    facts, offer = denial
    found = words(because, facts=facts, offer=offer, place=replace(GITHUB, links=links))
    assert len(found.text) <= REASON_LIMIT
    assert found.text.startswith(SENTENCES[because])
    if not found.link:
        assert "Settings, Developer settings" in found.text
        return
    assert links
    assert found.text.split("\n")[-1] == found.link, "whole, and nothing behind it"
    accepted = {one for one in flat(offer.permissions) if has_parameter(*one)}
    said = carried(found.link)
    assert said.pop("target_name") == "acme-robotics"
    assert said.pop("expires_in") == str(offer.days)
    assert facts.token_name.startswith(said.pop("name", ""))
    assert facts.reason.startswith(said.pop("description", ""))
    assert said == {name: level for _, name, level in accepted}
    assert ("Choose by hand:" in found.text) is (len(accepted) < len(flat(offer.permissions)))


# --- what may be offered -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "says"),
    [
        (offering({"repository": {"contents": "admin"}}), "more access"),
        (offering({"repository": {"issues": "write"}}), "more access"),
        (offering({"repository": {"pages": "read"}}), "more access"),
        (offering({"repository": {"contents": "read"}}, selection="all"), "more access"),
        (offering({"repository": {"contents": "read"}}, days=0), "1 to 60 days"),
        (offering({"repository": {"contents": "read"}}, days=61), "1 to 60 days"),
        (offering({}), "at least one permission"),
    ],
)
def test_more_than_was_asked_for_is_no_offer(offer: Offer, says: str) -> None:
    with pytest.raises(NotAnOffer, match=says):
        check_offer(asking(permissions=WRITER), offer, 60)


@pytest.mark.parametrize("days", [1, 90, 366])
def test_less_is_an_offer(days: int) -> None:
    offer = offering({"repository": {"contents": "read"}}, days=days)
    check_offer(asking(permissions=WRITER), offer, None)
    assert not is_as_asked(asking(permissions=WRITER), offer, None)


def test_no_offer_outlives_githubs_longest_token() -> None:
    with pytest.raises(NotAnOffer, match="1 to 366 days"):
        check_offer(asking(expires_at=None), offering({"repository": {"metadata": "read"}}, days=367), None)


def test_what_was_asked_for_is_known_as_that() -> None:
    facts = asking(permissions=WRITER, expires_at=NOW + timedelta(days=30))
    assert is_as_asked(facts, offering(WRITER), 30)
    assert not is_as_asked(facts, offering(WRITER, 29), 30)
    assert not is_as_asked(replace(facts, repository_selection="all"), offering(WRITER), 30)


@pytest.mark.parametrize(("asked", "days"), [(None, 90), (365, 90), (30, 30), (0, 1), (-3, 1)])
def test_ninety_days_are_usual_at_most(asked: int | None, days: int) -> None:
    assert usual_days(asked) == days


@pytest.mark.parametrize(
    ("permission", "levels"),
    [
        (("repository", "contents", "write"), ("none", "read", "write")),
        (("repository", "contents", "read"), ("none", "read")),
        (("repository", "workflows", "write"), ("none", "write")),
        (("repository", "contents", "admin"), ("none", "read", "write", "admin")),
        (("organization", "organization_projects", "admin"), ("none", "read", "write", "admin")),
        (("repository", "quantum_forks", "write"), ("none", "read", "write")),
        (("repository", "contents", "maintain"), ("none", "read", "write", "maintain")),
    ],
)
def test_levels_on_offer_end_with_the_one_asked_for(permission: tuple[str, str, str], levels: tuple[str, ...]) -> None:
    assert offerable(*permission) == levels
