"""Names and reasons are strangers' words: they break neither sync nor database, and arrive visible and cut."""

import pytest

from apps.tokens.models import GrantRequest, Token
from tests.github import GitHub
from tests.tokens.syncing import events, grant, grant_request, synced

pytestmark = pytest.mark.database

CORPUS = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "htmx": '" hx-post="/orgs/acme-robotics/requests/1/approve/" hx-trigger="load',
    "javascript": "javascript:alert(document.cookie)",
    "bidi": "safe\u202etxt.exe\u2066",
    "nul": "before\x00after",
    "surrogate": "broken \ud800 half",
    "lines": "first\r\nSecond: header\nthird",
    "zero-width": "own\u200ber",
    "sql": "'; DROP TABLE tokens_token; --",
    "template": "{{ settings.SECRET_KEY }}{% debug %}",
    "formula": "=HYPERLINK(A1)",
    "private": "\ue000\U000f0000",
    "long": "A" * 10_240,
    "long-wide": "\U0001f600\u202e" * 5_000,
    "empty": "",
}


@pytest.mark.parametrize("words", CORPUS.values(), ids=CORPUS.keys())
def test_hostile_words_are_kept_harmless(patrol: GitHub, words: str) -> None:
    asked = patrol.ask(name=words, reason=words)
    given = patrol.grant(name=words)
    report = synced()
    assert (report.grant_requests, report.grants) == (7, 13)
    request = grant_request(asked["id"])
    for kept in (request.token.name, request.reason, grant(given["id"]).token.name):
        assert len(kept) <= 4_096
        assert not set(kept) & {"\x00", "\u202e", "\u2066", "\u200b", "\ud800", "\r", "\ue000"}
    assert len(request.token.name) <= 255
    assert "\n" not in request.token.name
    if words.isascii() and words.isprintable() and len(words) < 255:
        assert request.token.name == request.reason == words


def test_a_whole_hostile_world_is_read(patrol: GitHub) -> None:
    patrol.change("reset", hostile=True, grants=60, requests=30)
    report = synced()
    assert (report.grants, report.grant_requests) == (60, 30)
    again = synced()
    assert again.changed == 0


def test_a_hostile_name_that_changes_is_recorded_whole(patrol: GitHub) -> None:
    given = patrol.grant(name="plain")
    synced()
    patrol.change(f"tokens/{given['token_id']}", name="nul \x00 and \ud800")
    assert synced().changed == 1
    (event,) = events("token.changed")
    assert event.data["difference"]["name"] == ["plain", "nul ⟨U+0000⟩ and ⟨U+D800⟩"]
    assert Token.objects.filter(name__contains="U+D800").exists()


def test_no_reason_is_the_empty_reason(patrol: GitHub) -> None:
    asked = patrol.ask(reason=None)
    synced()
    assert GrantRequest.objects.get(pat_request_id=asked["id"]).reason == ""
