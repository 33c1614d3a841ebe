"""From the rows of GitHub's table to the sets that GitHub tells on the endpoint's own page."""

import pytest

from apps.policy.endpoints import builtin
from apps.policy.endpoints.catalogue import Permission
from apps.policy.endpoints.sets import sets_of

# As `progAccess.permissions` has it, or the page that is made of it: sets of which one is enough.
GITHUBS = {
    "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": [{"issues": "write"}, {"pull_requests": "write"}],
    "GET /repos/{owner}/{repo}/pulls/{pull_number}": [{"pull_requests": "read"}, {"contents": "read"}],
    "GET /orgs/{org}/copilot/billing": [
        {"organization_copilot_seat_management": "read"}, {"organization_administration": "read"},
    ],
    "GET /repos/{owner}/{repo}/invitations": [{"administration": "read"}, {"private_repository_invitations": "read"}],
    "PUT /teams/{team_id}/repos/{owner}/{repo}": [{"administration": "write", "members": "read", "metadata": "read"}],
    "POST /repos/{owner}/{repo}/forks": [{"administration": "write", "contents": "read"}],
    "POST /repos/{template_owner}/{template_repo}/generate": [{"administration": "write", "contents": "read"}],
    "PUT /repos/{owner}/{repo}/pages": [{"pages": "write", "administration": "write"}],
    "POST /repos/{owner}/{repo}/security-advisories/{ghsa_id}/forks": [
        {"repository_advisories": "read", "administration": "write"},
    ],
    "GET /orgs/{org}/codespaces": [{"codespaces": "read", "organization_codespaces": "read"}],
    "POST /orgs/{org}/members/{username}/codespaces/{codespace_name}/stop": [
        {"organization_codespaces": "write", "codespaces_lifecycle_admin": "write"},
    ],
    "PUT /repos/{owner}/{repo}/contents/{path}": [{"contents": "write"}, {"contents": "write", "workflows": "write"}],
    "POST /repos/{owner}/{repo}/releases": [{"contents": "write"}, {"contents": "write", "workflows": "write"}],
}  # fmt: skip
Named = set[frozenset[tuple[str, str]]]


def told(key: str) -> Named:
    """Without metadata, as GitHub's table leaves it out beside anything else."""
    return {frozenset((name, level) for name, level in one.items() if name != "metadata") for one in GITHUBS[key]}


def named(sets: tuple[tuple[Permission, ...], ...]) -> Named:
    return {frozenset((name, level) for _, name, level in one) for one in sets}


@pytest.mark.parametrize("key", GITHUBS)
def test_rows_of_githubs_table_give_the_sets_of_the_endpoints_page(key: str) -> None:
    rows = [("repository", name, level) for one in told(key) for name, level in one]
    sets, sure = sets_of(rows)
    assert named(sets) == told(key)
    assert sure


def test_the_builtin_table_has_the_same_sets() -> None:
    known = {one.key: one for one in builtin.catalogue().endpoints.values()}
    both = GITHUBS.keys() & known.keys()
    assert len(both) > 7
    # The package is older than the permission of a person, and knows the other one alone.
    assert {key for key in both if named(known[key].sets) != told(key)} == {"GET /repos/{owner}/{repo}/invitations"}


def test_a_pair_that_was_not_read_asks_for_both_and_is_not_sure() -> None:
    rows = [("repository", "actions", "read"), ("repository", "checks", "read")]
    assert sets_of(rows) == ((tuple(rows),), False)
