"""Names and reasons are written by strangers: whatever they write is read as text, on every page."""

from collections.abc import Iterator

import pytest

from apps.tokens.models import Grant, GrantRequest
from tests.cast import MEMBER, ORGANIZATION
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk, work
from tests.tokens.pages import Element, Page, get

pytestmark = pytest.mark.database

MARK = "EVIL"  # every text of the corpus holds it where it survives all cutting
CORPUS = [
    f"<script>alert('{MARK}')</script>",
    f'"><img src=x onerror=alert(1) alt={MARK}>',
    f"<div hx-post='/orgs/{ORGANIZATION}/requests/decide/' hx-trigger='load'>{MARK}</div>",
    f"<b hx-get=/ data-shortcut=a data-dialog-open=x>{MARK}</b>",
    f"</bdi></a></textarea></form></body><h1>{MARK}</h1>",
    f"javascript:alert('{MARK}')",
    f"{MARK}\u202egnp.exe\u2066\u200b",
    f"{MARK}\x00after\x1b[2J",
    f"{MARK}\ud800lone\udfff",
    f"{MARK}{'A' * 10_000}",
    f"{{{{ {MARK} }}}}{{% csrf_token %}}{{% include 'base.html' %}}",
    f"' OR 1=1 -- {MARK}",
    f"<svg/onload=alert(1)><!-- {MARK} --><![CDATA[",
    f"&lt;i&gt;{MARK}&#x3c;i&#62;",
]
QUEUE, TOKENS = f"/orgs/{ORGANIZATION}/requests/", f"/orgs/{ORGANIZATION}/tokens/"


def write(desk: Desk, *texts: str) -> None:
    """A member asks for, and has, tokens of these names; the reasons are the same."""
    for text in texts:
        desk.github.ask(organization=ORGANIZATION, login=MEMBER, name=text, reason=text, expires_in_days=-1)
        desk.github.grant(organization=ORGANIZATION, login=MEMBER, name=text)
    desk.sync()


@beginning
def desk(patrol: GitHub) -> Desk:
    desk = Desk(patrol)
    write(desk, "harmless")
    return desk


def shapes(page: Page) -> set[tuple[str, frozenset[str]]]:
    """The elements a page is made of, with the names of their attributes."""
    return {(one.tag, frozenset(one.attributes)) for one in page.all()}


def strangers(page: Page) -> Iterator[tuple[Element, str]]:
    """Every text of the body that a stranger wrote, with the element it stands in."""
    for body in page.all("body") or [page.root]:
        for one in body.walk():
            yield from ((one, child) for child in one.children if isinstance(child, str) and MARK in child)


def apart(element: Element | None) -> bool:
    """Whether htmx leaves alone what is inside."""
    while element is not None:
        if "hx-disable" in element.attributes:
            return True
        element = element.parent
    return False


def check(page: Page, harmless: Page) -> int:
    """The page is made like the harmless one; how many texts of strangers it shows."""
    assert page.status == harmless.status == 200
    assert not page.fault
    assert shapes(page) - shapes(harmless) == set()
    said = list(strangers(page))
    assert [text for element, text in said if not apart(element)] == []
    for one in page.all():
        assert [name for name, value in one.attributes.items() if MARK in value] == [], one.tag
    for _, text in said:
        assert not set(text) & set("\x00\x1b\u202e\u2066\u200b\ud800")
    return len(said)


def test_lists_show_every_name_and_reason_as_text(desk: Desk) -> None:
    harmless = {path: get(desk.browser, path, owner=MEMBER) for path in (QUEUE, "/requests/", TOKENS, "/tokens/")}
    write(desk, *CORPUS)
    for path, before in harmless.items():
        texts = 2 * len(CORPUS) if "requests" in path else len(CORPUS)
        assert check(get(desk.browser, path, owner=MEMBER), before) >= texts, path


def test_the_cleanup_shows_every_name_as_text(desk: Desk) -> None:
    write(desk, *CORPUS)
    page = get(desk.browser, f"{QUEUE}cleanup/")
    GrantRequest.objects.exclude(token__name="harmless").update(state=GrantRequest.State.ENDED)
    assert check(page, get(desk.browser, f"{QUEUE}cleanup/")) == len(CORPUS)


def test_one_request_and_its_denial_show_them_as_text(desk: Desk) -> None:
    write(desk, *CORPUS)
    plain = GrantRequest.objects.get(token__name="harmless")
    for kind in ("", "denial/"):
        harmless = get(desk.browser, f"{QUEUE}{plain.pat_request_id}/{kind}")
        for request in GrantRequest.objects.filter(token__name__contains=MARK):
            assert check(get(desk.browser, f"{QUEUE}{request.pat_request_id}/{kind}"), harmless) >= 1


def test_one_token_and_its_revocation_show_them_as_text(desk: Desk) -> None:
    write(desk, *CORPUS)
    plain = Grant.objects.get(token__name="harmless")
    for kind in ("", "revoke/"):
        harmless = get(desk.browser, f"{TOKENS}{plain.pat_id}/{kind}")
        for grant in Grant.objects.filter(token__name__contains=MARK):
            assert check(get(desk.browser, f"{TOKENS}{grant.pat_id}/{kind}"), harmless) >= 1


def test_confirmations_of_many_show_them_as_text(desk: Desk) -> None:
    write(desk, *CORPUS)
    for path, address, extra in ((QUEUE, f"{QUEUE}decide/", {"ask": "deny"}), (TOKENS, f"{TOKENS}revoke/", {})):
        page, answers = get(desk.browser, path), {}
        for name in (MARK, "harmless"):
            rows = [row for row in page.all(data_row="*") if name in row.text]
            keys = [box.attributes["value"] for row in rows for box in row.all("input", name="chosen")]
            answers[name] = Page(desk.browser.post(address, {**page.form(address), "chosen": keys, **extra}))
        assert check(answers[MARK], answers["harmless"]) >= len(CORPUS)


def test_what_is_said_after_a_decision_and_kept_in_the_record_is_text(desk: Desk) -> None:
    write(desk, *CORPUS)
    plain = GrantRequest.objects.get(token__name="harmless")
    pages = {}
    for request in [plain, *GrantRequest.objects.filter(token__name__contains=MARK)]:
        address = f"{QUEUE}{request.pat_request_id}/"
        sent = get(desk.browser, address).form(f"{address}approve/") | {"reason": [request.token.name[:900]]}
        said = Page(desk.browser.post(f"{address}deny/", {**sent, "next": address}, follow=True))
        pages[request.pk] = (said, address)
    harmless = pages.pop(plain.pk)
    for said, _ in pages.values():
        assert check(said, harmless[0]) >= 2
    for _ in range(len(CORPUS)):
        work()
    settled = get(desk.browser, harmless[1])
    for _, address in pages.values():
        assert check(get(desk.browser, address), settled) >= 2
