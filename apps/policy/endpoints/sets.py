"""From rows "this permission lets call that endpoint" to the sets of permissions of which one is enough. Pure.

GitHub's tables have a row for each permission of each set that an endpoint accepts, so an endpoint with several sets
stands under one permission several times (github/docs, `src/github-apps/scripts/sync.ts`); `metadata` is left out
where anything stands beside it. Whether two permissions are needed together or instead of each other is told for the
endpoint's own page only, by `progAccess.permissions`: a list of sets of which one is enough.

Each pair below was read in `src/rest/data/fpt-2022-11-28/*.json` of github/docs, or, where that is said, in copies of
the endpoint's page on docs.github.com; of the endpoints beside it, and taken to be the same wherever the pair
returns. A pair that is not here is not sure.
"""

from collections import Counter
from collections.abc import Iterable

from apps.policy.endpoints.catalogue import Permission, Set

# One of them is enough.
_EITHER = [
    {"issues", "pull_requests"},  # the page: POST /repos/{owner}/{repo}/issues/{issue_number}/labels, GET the same
    {"contents", "pull_requests"},  # GET /repos/{owner}/{repo}/pulls/{pull_number}
    {"organization_administration", "organization_copilot_seat_management"},  # GET /orgs/{org}/copilot/billing
    {"administration", "private_repository_invitations"},  # GET /repos/{owner}/{repo}/invitations
]
# Both are needed.
_BOTH = [
    {"members", "administration"},  # PUT and DELETE /teams/{team_id}/repos/{owner}/{repo}; with {team_slug}: the page
    {"administration", "contents"},  # the pages: POST /repos/{owner}/{repo}/forks, POST .../generate
    {"administration", "pages"},  # POST, PUT and DELETE /repos/{owner}/{repo}/pages
    {"administration", "repository_advisories"},  # POST .../security-advisories/{ghsa_id}/forks
    {"organization_codespaces", "codespaces"},  # GET /orgs/{org}/codespaces
    {"organization_codespaces", "codespaces_lifecycle_admin"},  # POST .../codespaces/{codespace_name}/stop
]


def sets_of(rows: Iterable[Permission]) -> tuple[tuple[Set, ...], bool]:
    """The sets, and whether that is sure; rows of one endpoint, repetitions included."""
    counted = Counter(rows)
    every = tuple(sorted(counted))
    if len(every) == 1:
        return (every,), True
    often = max(counted.values())
    if often > 1:  # contents twice and workflows once: {contents}, {contents, workflows}, as POST .../releases has it
        return (tuple(one for one in every if counted[one] == often), every), True
    names = {name for _, name, _ in every}
    if names in _EITHER:
        return tuple((one,) for one in every), True
    return (every,), names in _BOTH
