"""Facts as tests write them, and as Hypothesis makes them up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from apps.policy.catalogue import CATALOGUE
from apps.policy.facts import AccessFacts, Permissions

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
READER = AccessFacts(
    subject_id=11, token_id=22, owner_id=33, owner_login="member",
    permissions={"repository": {"contents": "read", "metadata": "read"}},
    repository_selection="subset", repository_ids=(1, 2), expires_at=NOW + timedelta(days=30),
)  # fmt: skip

names = st.sampled_from(
    [(kind, name) for kind, found in CATALOGUE.items() for name in found]
    + [("other", "gists"), ("repository", "something_new"), ("organization", "something_new")]
)
levels = st.sampled_from(["read", "write", "admin", "maintain"])


@st.composite
def permission_sets(draw: st.DrawFn) -> Permissions:
    """Known and unknown names and levels of all three kinds."""
    found: Permissions = {}
    for (kind, name), level in draw(st.dictionaries(names, levels, max_size=8)).items():
        found.setdefault(kind, {})[name] = level
    return found


@st.composite
def access_facts(draw: st.DrawFn) -> AccessFacts:
    """What any token might ask for."""
    return replace(
        READER,
        permissions=draw(permission_sets()),
        repository_selection=draw(st.sampled_from(["none", "all", "subset"])),
        repository_ids=tuple(sorted(draw(st.sets(st.integers(1, 2**63 - 1), max_size=4)))),
        expires_at=draw(st.none() | st.just(NOW + timedelta(days=20)) | st.just(NOW + timedelta(days=900))),
    )


def asking(**fields: Any) -> AccessFacts:
    """The harmless reader with some facts replaced."""
    return replace(READER, **fields)
