"""An organization behind SAML is invisible to a user token until its person has an SSO session."""

from __future__ import annotations

import requests

from tests.simulator.client import TIMEOUT, Person, SimulatedGitHub

SEALED = "/orgs/sealed-harbor"


def visit(simulator: SimulatedGitHub, login: str, **query: str) -> requests.Response:
    address = f"{simulator.url}{SEALED}/sso"
    return requests.get(address, params={"login": login, **query}, allow_redirects=False, timeout=TIMEOUT)


def logins(owner: Person) -> list[str]:
    installed = owner.get("/user/installations").json()
    assert installed["total_count"] == len(installed["installations"])
    return [one["account"]["login"] for one in installed["installations"]]


def test_without_a_session_the_organization_is_left_out_and_the_header_says_so(
    simulator: SimulatedGitHub, owner: Person
) -> None:
    assert logins(owner) == ["acme-robotics", "northwind-labs"]
    number = next(o["id"] for o in simulator.overview()["organizations"] if o["saml"])
    header = owner.get("/user/installations").headers["X-GitHub-SSO"]
    assert header == f"partial-results; organizations={number}"
    memberships = owner.get("/user/memberships/orgs").json()
    assert [one["organization"]["login"] for one in memberships] == ["acme-robotics", "northwind-labs"]


def test_without_a_session_direct_access_says_where_to_sign_in(simulator: SimulatedGitHub, owner: Person) -> None:
    for path in (SEALED, f"{SEALED}/personal-access-tokens", f"{SEALED}/members", "/user/memberships" + SEALED):
        refused = owner.get(path)
        assert refused.status_code == 403, path
        assert refused.headers["X-GitHub-SSO"] == f"required; url={simulator.url}{SEALED}/sso"


def test_after_single_sign_on_the_organization_is_there(simulator: SimulatedGitHub, owner: Person) -> None:
    assert visit(simulator, "owner").status_code == 200
    assert logins(owner) == ["acme-robotics", "northwind-labs", "sealed-harbor"]
    assert owner.get(f"{SEALED}/personal-access-tokens").status_code == 200
    assert "X-GitHub-SSO" not in owner.get("/user/installations").headers


def test_others_have_a_session_from_the_start(simulator: SimulatedGitHub) -> None:
    assert "sealed-harbor" in logins(simulator.sign_in("second-owner"))


def test_installations_need_no_session(simulator: SimulatedGitHub) -> None:
    assert simulator.installation("sealed-harbor").get(f"{SEALED}/personal-access-tokens").status_code == 200


def test_strangers_get_no_session(simulator: SimulatedGitHub) -> None:
    assert visit(simulator, "outsider").status_code == 403
    outsider = simulator.sign_in("outsider")
    assert outsider.get(f"{SEALED}/personal-access-tokens").status_code == 404


def test_single_sign_on_leads_back_to_where_one_came_from(simulator: SimulatedGitHub) -> None:
    back = visit(simulator, "owner", return_to="http://127.0.0.1:9/sign-in/")
    assert back.headers["Location"] == "http://127.0.0.1:9/sign-in/"
    assert "Location" not in visit(simulator, "owner", return_to="javascript:alert(1)").headers


def test_without_a_login_the_page_asks_as_whom(simulator: SimulatedGitHub) -> None:
    page = requests.get(f"{simulator.url}{SEALED}/sso", timeout=TIMEOUT)
    assert "Single sign-on to Sealed Harbor" in page.text
    assert "login=outsider" not in page.text


def test_an_organization_without_saml_has_no_single_sign_on(simulator: SimulatedGitHub) -> None:
    address = f"{simulator.url}/orgs/acme-robotics/sso?login=owner"
    assert requests.get(address, timeout=TIMEOUT).status_code == 404


def test_in_the_other_world_only_tokens_issued_after_the_session_see_it(simulator: SimulatedGitHub) -> None:
    simulator.change("reset", worlds={"sso_session": "B"})
    before = simulator.sign_in("owner")
    visit(simulator, "owner")
    assert before.get(SEALED + "/personal-access-tokens").status_code == 403
    assert simulator.sign_in("owner").get(SEALED + "/personal-access-tokens").status_code == 200
