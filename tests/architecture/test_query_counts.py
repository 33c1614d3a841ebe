"""A page asks the database a dozen times at the most, and no oftener when there is more to show."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import contacts
from apps.accounts.middleware import note_start
from apps.accounts.models import ContactImport, User
from apps.core import clock
from apps.github.models import Installation
from apps.github.services import sync_members
from apps.notify import services as notify
from apps.notify.models import Message
from apps.tokens.models import Grant, GrantRequest, OrganizationGroup, PlannedRevocation, RevocationPreview, SavedView
from tests.architecture.test_views import PATTERNS
from tests.cast import MEMBER, ORGANIZATION, OTHER_ORGANIZATION, OWNER, SECOND_OWNER
from tests.conftest import settle, sign_in
from tests.dashboard.test_defaults import save
from tests.github import GitHub
from tests.keeping import beginning
from tests.tokens.desk import Desk
from tests.tokens.planning import planned
from tests.tokens.reminded import minute

pytestmark = pytest.mark.database
MOST = 12
NO_PAGES = {
    "dashboard:setup-installed": "reads the organizations anew when GitHub sends somebody back, and leads on",
    "dashboard:leave-demo": "only in the demo",
    "dashboard:feed": "no page: only with the secret of its address",
    **{name: "only until Patrol is set up" for name in PATTERNS if name.startswith("dashboard:setup-")
       and name.rsplit("-", 1)[1] in {"github", "organizations", "create", "hand", "created", "install"}},
    "accounts:callback": "only with what GitHub sends along",
    "accounts:my-address-confirm": "only with the key of a mail",
}  # fmt: skip
A_PAGE = 25
"""What is more than a page is counted as well."""
ADDRESSES = f"/orgs/{ORGANIZATION}/settings/addresses/"
SEARCHES = ["/find/?q=e", "/find/palette/?q=e", "/requests/?q=e&risk=1", "/tokens/?q=e&permission=contents&level=write"]


@beginning
def desk(patrol: GitHub) -> Desk:
    """An owner who looks after this Patrol as well; one of each is there, and lists of more than a page."""
    desk = Desk(patrol)
    sync_members(desk.organization.pk)
    for number in range(A_PAGE):
        patrol.grant(organization=ORGANIZATION, login=MEMBER, name=f"one-of-a-page-{number}")
        patrol.ask(organization=ORGANIZATION, login=MEMBER, name=f"one-of-a-page-{number}")
    User.objects.update(is_administrator=True)
    contacts.keep(desk.user.pk, "owner@example.com", source="confirmed", organization_id=None, at=clock.now())
    _one_more(desk)
    return desk


def _one_more(desk: Desk) -> None:
    """Of everything that pages show, once more."""
    number = GrantRequest.objects.count()
    desk.request(login=MEMBER, name=f"asked-{number}")
    grant = desk.grant(login=MEMBER, name=f"given-{number}", expires_in_days=None)
    desk.deny(desk.request(login=MEMBER, name=f"denied-{number}"), reason="no")
    planned(desk, desk.grant(login=MEMBER, name=f"planned-{number}"))
    desk.revoke(grant)
    desk.grant(login=MEMBER, name=f"short-{number}", expires_in_days=0.5)
    minute()
    notify.work()
    save(desk.browser, "/groups/new/", name=f"Group {number}", organizations=[desk.organization.pk], undo_seconds="5")
    desk.browser.post(f"{ADDRESSES}import/", {"lines": f"login,email\n{MEMBER},m{number}@example.com\nx,y"})
    desk.browser.post(f"{ADDRESSES}machines/", {"who": f"bot-{number}-*", "maintainers": OWNER})
    contacts.keep(number, "a@example.com", source="owner", organization_id=desk.organization.pk, at=clock.now())
    for path in ("/tokens/", f"/orgs/{ORGANIZATION}/tokens/"):
        desk.browser.post(f"{path}revoke/matching/?q=e")
        desk.browser.post(f"{path}views/", {"name": f"View {number}", "query": f"q={number}"})


def _grown(desk: Desk) -> None:
    """Another organization, another owner, a multiple of all rows, and an organization that is closed."""
    settle()
    other = Desk(desk.github, OWNER, OTHER_ORGANIZATION)
    sign_in(Client(), SECOND_OWNER)
    for number in range(3):
        _one_more(desk)
        other.request(login=MEMBER, name=f"elsewhere-{number}")
        other.grant(login=MEMBER, name=f"elsewhere-{number}")
    Installation.objects.filter(organization__login=OTHER_ORGANIZATION).update(suspended_at=clock.now())


def _pages() -> dict[str, str]:
    """The address of every page, about one of what is there, by its name."""
    grant = Grant.objects.active().filter(owner_login=MEMBER, repositories__organization__login=ORGANIZATION)[0]
    request = GrantRequest.objects.pending().filter(organization__login=ORGANIZATION)[0]
    values = {
        "login": ORGANIZATION, "key": "decisions", "name": grant.repositories.all()[0].name,
        "pat_request_id": request.pat_request_id, "pat_id": grant.pat_id, "person": MEMBER, "number": grant.owner_id,
        "group_id": OrganizationGroup.objects.all()[0].pk, "view_id": SavedView.objects.all()[0].pk,
        "organization_id": grant.organization_id, "installation_id": 1, "import_id": ContactImport.objects.all()[0].pk,
        "row_id": 1, "secret": "none",
        "plan_id": PlannedRevocation.objects.planned().filter(organization__login=ORGANIZATION)[0].pk,
        "message_id": Message.objects.filter(recipient__startswith="person:").exclude(text="")[0].pk,
    }  # fmt: skip
    previews = RevocationPreview.objects.filter
    pages = {}
    for name, pattern in PATTERNS.items():
        values["preview_id"] = previews(organization__isnull="all-" in name)[0].pk
        pages[name] = reverse(name, kwargs={key: values[key] for key in pattern.pattern.converters})
    return {**pages, **{address: address for address in SEARCHES}}


def _counted(browser: Client) -> dict[str, int]:
    """How often each page asks the database, once it was seen: by then messages were told."""
    counts = {}
    for name, address in _pages().items():
        answer = browser.get(address)
        if name in NO_PAGES or answer.status_code == 405:
            continue
        _note_use(browser)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address).status_code in (200, 302), f"{name}, {address}: {answer.status_code}"
        counts[name] = len(asked)
    return counts


def _note_use(browser: Client) -> None:
    """Once a minute a page writes down as well that the session is used: not the one that is counted."""
    session = browser.session
    note_start(session)
    session.save()


def test_every_page_asks_the_database_seldom_and_no_oftener_for_more(desk: Desk) -> None:
    few = _counted(desk.browser)
    assert len(few) > 40
    assert {name: count for name, count in few.items() if count > MOST} == {}
    _grown(desk)
    many = _counted(desk.browser)
    assert {name: (few[name], count) for name, count in many.items() if count > few[name]} == {}
