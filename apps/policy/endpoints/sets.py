"""From rows "this permission lets call that endpoint" to the sets of permissions of which one is enough. Pure.

GitHub's tables list an endpoint under every permission it has to do with, and an endpoint with several sets under one
permission several times. Whether two permissions are needed together or instead of each other is on the endpoint's own
page only; for the pairs that there are it was read there.
"""

from collections import Counter
from collections.abc import Iterable

from apps.policy.endpoints.catalogue import Permission, Set

# One of them is enough: https://docs.github.com/rest/issues, /rest/pulls, /rest/copilot, /rest/collaborators
_EITHER = [
    {"issues", "pull_requests"}, {"contents", "pull_requests"},
    {"organization_administration", "organization_copilot_seat_management"},
    {"administration", "private_repository_invitations"},
]  # fmt: skip
# Both are needed: https://docs.github.com/rest/teams, /rest/repos, /rest/pages, /rest/codespaces
_BOTH = [
    {"members", "administration"}, {"administration", "contents"}, {"administration", "pages"},
    {"administration", "repository_advisories"}, {"organization_codespaces", "codespaces"},
    {"organization_codespaces", "codespaces_lifecycle_admin"},
]  # fmt: skip


def sets_of(rows: Iterable[Permission]) -> tuple[tuple[Set, ...], bool]:
    """The sets, and whether that is sure; rows of one endpoint, repetitions included."""
    counted = Counter(rows)
    every = tuple(sorted(counted))
    if len(every) == 1:
        return (every,), True
    often = max(counted.values())
    if often > 1:  # contents twice and workflows once: {contents}, {contents, workflows}
        return (tuple(one for one in every if counted[one] == often), every), True
    names = {name for _, name, _ in every}
    if names in _EITHER:
        return tuple((one,) for one in every), True
    return (every,), names in _BOTH
