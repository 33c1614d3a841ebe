"""People, their roles, teams and repositories, and who may see them."""

from __future__ import annotations

import pytest

from tests.simulator.client import ORGANIZATION, Person, SimulatedGitHub

ORG = f"/orgs/{ORGANIZATION}"


def test_a_user_token_says_who_is_signed_in(owner: Person, reader: Person) -> None:
    shown = owner.get("/user").json()
    assert (shown["login"], shown["email"], shown["type"]) == ("owner", None, "User")
    assert owner.get("/users/owner").json()["id"] == shown["id"]
    assert reader.get("/user").status_code == 403


def test_an_unknown_person_is_not_found(owner: Person) -> None:
    assert owner.get("/users/nobody-here").status_code == 404


def test_memberships_say_role_and_state(simulator: SimulatedGitHub) -> None:
    roles = {}
    for login in ("owner", "second-owner", "member"):
        shown = simulator.sign_in(login).get(f"/user/memberships{ORG}").json()
        assert shown["state"] == "active"
        roles[login] = shown["role"]
    assert roles == {"owner": "admin", "second-owner": "admin", "member": "member"}
    assert simulator.sign_in("outsider").get(f"/user/memberships{ORG}").status_code == 404


def test_a_persons_memberships_are_theirs_alone(simulator: SimulatedGitHub, reader: Person) -> None:
    member = simulator.sign_in("member")
    listed = member.get("/user/memberships/orgs").json()
    assert {one["organization"]["login"] for one in listed} >= {ORGANIZATION, "sealed-harbor"}
    assert member.get("/user/memberships/orgs", params={"state": "pending"}).json() == []
    assert member.get("/user/memberships/orgs", params={"state": "lapsed"}).status_code == 422
    assert simulator.sign_in("outsider").get("/user/memberships/orgs").json() == []
    assert reader.get("/user/memberships/orgs").status_code == 403


def test_an_outsider_has_no_installations(simulator: SimulatedGitHub) -> None:
    assert simulator.sign_in("outsider").get("/user/installations").json()["installations"] == []


def test_an_installation_reads_the_role_of_a_person(simulator: SimulatedGitHub, reader: Person) -> None:
    assert reader.get(f"{ORG}/memberships/owner").json()["role"] == "admin"
    assert reader.get(f"{ORG}/memberships/outsider").status_code == 404
    simulator.change("roles", organization=ORGANIZATION, login="member", role="admin")
    assert reader.get(f"{ORG}/memberships/member").json()["role"] == "admin"


def test_members_are_filtered_by_role(reader: Person) -> None:
    admins = reader.get(f"{ORG}/members", params={"role": "admin"}).json()
    assert [one["login"] for one in admins] == ["owner", "second-owner"]
    everybody = reader.listed(f"{ORG}/members")
    plain = reader.listed(f"{ORG}/members", role="member")
    assert len(everybody) == len(plain) + 2 == 10
    assert reader.get(f"{ORG}/members", params={"role": "boss"}).status_code == 422


def test_only_owners_filter_by_second_factor(simulator: SimulatedGitHub, owner: Person) -> None:
    assert owner.get(f"{ORG}/members", params={"filter": "2fa_disabled"}).status_code == 200
    member = simulator.sign_in("member")
    assert member.get(f"{ORG}/members", params={"filter": "2fa_disabled"}).status_code == 422


def test_membership_is_checked_without_a_body(simulator: SimulatedGitHub, reader: Person) -> None:
    assert reader.get(f"{ORG}/members/member").status_code == 204
    assert reader.get(f"{ORG}/members/outsider").status_code == 404
    from_outside = simulator.sign_in("outsider").get(f"{ORG}/members/member")
    assert from_outside.status_code == 302
    assert from_outside.headers["Location"].endswith(f"{ORG}/public_members/member")


def test_an_outsider_sees_the_profile_and_no_people(simulator: SimulatedGitHub, reader: Person) -> None:
    outsider = simulator.sign_in("outsider")
    assert "plan" in reader.get(ORG).json()
    assert "plan" not in outsider.get(ORG).json()
    assert outsider.get(f"{ORG}/members").json() == []
    assert outsider.get(f"{ORG}/memberships/member").status_code == 403
    assert outsider.get(f"{ORG}/teams").status_code == 404
    assert all(not one["private"] for one in outsider.get(f"{ORG}/repos").json())


def test_an_unknown_organization_is_not_found(reader: Person) -> None:
    for path in ("", "/members", "/repos", "/teams", "/members/owner", "/memberships/owner"):
        assert reader.get(f"/orgs/nowhere{path}").status_code == 404


def test_teams_have_members_and_maintainers(reader: Person) -> None:
    teams = reader.get(f"{ORG}/teams").json()
    assert len(teams) >= 3
    path = f"{ORG}/teams/{teams[0]['slug']}/members"
    maintainers = reader.get(path, params={"role": "maintainer"}).json()
    assert [one["role"] for one in maintainers] == ["maintainer"]
    assert len(reader.get(path).json()) == 1 + len(reader.get(path, params={"role": "member"}).json())
    assert reader.get(f"{ORG}/teams/no-such-team/members").status_code == 404
    assert reader.get(f"{ORG}/teams", params={"team_type": "enterprise"}).json() == []
    assert reader.get(f"{ORG}/teams", params={"team_type": "club"}).status_code == 422


def test_who_is_in_a_child_team_is_in_its_parents_too(simulator: SimulatedGitHub, reader: Person) -> None:
    simulator.change("teams", name="Above", logins=["owner"])
    simulator.change("teams", name="Between", parent="above")
    simulator.change("teams", name="Below", logins=["member", "owner"], parent="between")
    below = next(one for one in reader.get(f"{ORG}/teams", params={"per_page": 100}).json() if one["slug"] == "below")
    assert below["parent"]["slug"] == "between"
    members = reader.get(f"{ORG}/teams/above/members").json()
    assert [(one["login"], one["inherited"]) for one in members] == [("owner", False), ("member", True)]
    simulator.change("teams/between/delete")
    assert [one["login"] for one in reader.get(f"{ORG}/teams/above/members").json()] == ["owner"]
    assert reader.get(f"{ORG}/teams/below/members").status_code == 404


def test_a_secret_team_is_hidden_from_who_is_not_in_it(simulator: SimulatedGitHub, reader: Person) -> None:
    simulator.change("teams", name="Hush", logins=["owner"], secret=True)
    member, path = simulator.sign_in("member"), f"{ORG}/teams/hush/members"
    assert member.get(path).status_code == 404
    assert "hush" not in [one["slug"] for one in member.get(f"{ORG}/teams", params={"per_page": 100}).json()]
    for person in (reader, simulator.sign_in("second-owner")):
        assert person.get(path).status_code == 200
    simulator.change("teams/hush/members", add=["member"], remove=["owner"])
    assert [one["login"] for one in member.get(path).json()] == ["member"]


def test_a_renamed_team_answers_to_its_new_slug_alone(simulator: SimulatedGitHub, reader: Person) -> None:
    simulator.change("teams", name="Old name", logins=["member"])
    simulator.change("teams/old-name/rename", to="New name")
    assert reader.get(f"{ORG}/teams/old-name/members").status_code == 404
    assert [one["login"] for one in reader.get(f"{ORG}/teams/new-name/members").json()] == ["member"]
    assert simulator.control("POST", "teams", {"name": "New  NAME"}).status_code == 422
    assert simulator.control("POST", "teams/old-name/delete", {}).status_code == 404


@pytest.mark.parametrize("order", ["created", "updated", "pushed", "full_name"])
def test_repositories_are_sorted_as_asked(reader: Person, order: str) -> None:
    field = {"created": "created_at", "updated": "updated_at", "pushed": "pushed_at"}.get(order, order)
    up = [one[field] for one in reader.listed(f"{ORG}/repos", sort=order, direction="asc")]
    assert up == sorted(up)
    down = [one[field] for one in reader.listed(f"{ORG}/repos", sort=order, direction="desc")]
    assert down == up[::-1]


def test_repositories_are_chosen_by_type(reader: Person) -> None:
    private = reader.listed(f"{ORG}/repos", type="private")
    assert all(one["private"] for one in private)
    assert len(private) < len(reader.listed(f"{ORG}/repos"))
    assert reader.get(f"{ORG}/repos", params={"type": "secret"}).status_code == 422
    assert reader.get(f"{ORG}/repos", params={"sort": "size"}).status_code == 422


def test_an_organization_is_also_found_by_its_number(reader: Person) -> None:
    number = reader.get(ORG).json()["id"]
    assert reader.get(f"/organizations/{number}/members").json() == reader.get(f"{ORG}/members").json()
    assert reader.get("/organizations/1/members").status_code == 404


def test_every_account_has_a_picture(owner: Person) -> None:
    address = owner.get("/user").json()["avatar_url"].removeprefix(owner.url)
    assert owner.get(address).headers["Content-Type"] == "image/svg+xml"
    assert owner.get("/avatars/u/1").status_code == 404
