"""Mails say what happens and what to do; whatever strangers wrote, it stays text, and headers stay Patrol's."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.mail import LONGEST_SUBJECT, header
from apps.github.models import Organization
from apps.notify.models import Message
from tests.notify.telling import ANN, Server, give, one, plan, remind, token, work

BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\x00", "\ud800"]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:7 }}"


@given(words=st.text(st.characters(codec=None)), line=st.sampled_from(BREAKS))
def test_a_header_is_one_line_whatever_is_in_it(words: str, line: str) -> None:
    made = header(f"{words}{line}Bcc: everybody@example.com")
    assert made.splitlines() in ([made], [])
    assert len(made) <= LONGEST_SUBJECT
    made.encode()


@pytest.mark.parametrize("line", BREAKS[:-2], ids=repr)
def test_a_token_s_name_adds_no_header(people: Organization, server: Server, line: str) -> None:
    one(people, "token.reminded", token_name=f"nightly{line}Bcc: everybody@example.com{line}{line}<b>body</b>")
    assert work() == 2
    for message in server.got:
        assert message["Bcc"] is None
        assert message.get_all("Subject") is not None
        assert len(message.get_all("Subject", [])) == len(message.get_all("To", [])) == 1


def parts(server: Server, address: str = "ann@example.com") -> tuple[Any, str, str]:
    message = next(one for one in server.got if one["To"] == address)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return message, text.get_content(), html.get_content()


def test_hostile_names_are_text_in_both_parts(people: Organization, server: Server) -> None:
    remind(people, ANN, token(1, EVIL))
    plan(people, "planned", token_name=EVIL, reason=f"{EVIL}\n\nYou have to sign in at http://evil.test")
    work()
    for message in server.got:
        html = message.get_body(("html",))
        assert html is not None
        content = html.get_content()
        assert "<script" not in content
        assert "<img" not in content
        assert "&lt;script&gt;" in content
        assert "{{ 7|add:7 }}" in content
        text = message.get_body(("plain",))
        assert text is not None
        assert EVIL in text.get_content()
        assert "\nYou have to sign in" not in text.get_content()


def test_a_mail_is_marked_as_a_machine_s(people: Organization, server: Server) -> None:
    remind(people)
    work()
    message, _, _ = parts(server)
    assert message["Auto-Submitted"] == "auto-generated"
    assert "patrol." in message["List-Id"]
    assert message["Message-ID"].startswith(f"<{Message.objects.get(person_id=ANN).key}@")
    assert message["From"].startswith("Patrol <patrol@")


def test_links_lead_to_patrol_and_github_and_nothing_is_loaded(
    people: Organization, server: Server, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://patrol.example.com"
    remind(people)
    work()
    for address in ("ann@example.com", "ben@example.com"):
        _, _, html = parts(server, address)
        links = re.findall(r'(?:href|src|background)="([^"]+)"', html)
        assert links
        assert all(link.startswith(("https://patrol.example.com/", "https://github.com/")) for link in links)
        assert not re.search(r"<img|<link|url\(|@import|src=", html)


def test_a_holder_reads_what_to_do_and_an_owner_what_others_do(people: Organization, server: Server) -> None:
    remind(people, ANN, token(1, "nightly"))
    work()
    _, text, html = parts(server)
    for content in (text, html):
        words = " ".join(content.split())
        assert "ends tomorrow" in words
        assert "regenerate it" in words
        assert "https://github.com/settings/personal-access-tokens" in words
        assert "https://github.com/orgs/acme/people?query=role%3Aowner" in words
        assert "it concerns tokens of yours" in words
    _, text, _ = parts(server, "ben@example.com")
    assert "/orgs/acme/tokens/501/" in text
    assert "Only the holder of a token can regenerate it" in text


@pytest.mark.parametrize(
    ("event", "fields", "words"),
    [
        ("planned", {}, "loses its access on 24 December 2026"),
        ("near", {"days": 7}, "loses its access in 7 days, on 24 December 2026"),
        ("near", {"days": 1}, "loses its access tomorrow"),
        ("extended", {"before": "2026-12-10"}, "until 24 December 2026, not only until 10 December 2026"),
        ("kept", {"by": "ben", "kept_until": "2027-01-31"}, "keeps its access until 31 January 2027"),
        ("kept", {"by_use": True}, "keeps its access: it was used"),
        ("cancelled", {"by": "ben"}, "keeps its access: ben called the revocation off"),
        ("sent", {}, "loses its access now"),
    ],
)  # fmt: skip
def test_a_planned_revocation_is_told_in_words(
    people: Organization, server: Server, event: str, fields: dict[str, Any], words: str
) -> None:
    plan(people, event, **fields)
    work()
    message, text, html = parts(server)
    assert words in " ".join(text.split())
    assert words in " ".join(html.split())
    assert "nightly" in message["Subject"]


def test_times_are_by_the_organization_s_clock(people: Organization, server: Server) -> None:
    ends = "2026-12-01T23:30:00+00:00"
    one(people, "token.expired_in_use", ends_at=ends, zone="Asia/Tokyo", last_used_at=ends)
    work(timedelta())
    _, text, _ = parts(server)
    assert "expired on 2 December 2026 at 08:30 (Asia/Tokyo)" in text


def test_letters_of_all_the_world_arrive(people: Organization, server: Server) -> None:
    give(ANN, "ann@example.com")
    one(people, "token.reminded", token_name="夜間ビルド – ночная 🤖")
    work()
    message, text, _ = parts(server)
    assert "夜間ビルド – ночная 🤖" in message["Subject"]
    assert "夜間ビルド – ночная 🤖" in text
