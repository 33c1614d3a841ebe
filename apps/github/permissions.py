"""What Patrol's App has to be allowed on an organization, ability by ability, and what it lacks; pure.

https://docs.github.com/rest/authentication/permissions-required-for-github-apps
"""

from collections.abc import Mapping
from dataclasses import dataclass

REQUESTS = "organization_personal_access_token_requests"
TOKENS = "organization_personal_access_tokens"
MEMBERS = "members"
TITLES = {
    REQUESTS: "Personal access token requests",
    TOKENS: "Personal access tokens",
    MEMBERS: "Members",
    "metadata": "Metadata",
}
"""As GitHub's page for an App's permissions calls them."""
LOOK_ONLY = {REQUESTS: "read", TOKENS: "read", MEMBERS: "read", "metadata": "read"}
"""Asked for first: everything works but decisions."""
REVIEWING = {REQUESTS: "write", TOKENS: "read"}
"""To approve and deny: an approval is read back from the list of tokens."""
REVOKING = {TOKENS: "write"}
_WORDS = {"read": "read-only", "write": "read and write"}
_LEVELS = {"read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True)
class Switch:
    """Something an organization may have Patrol do, once GitHub lets the App: `key` stands in addresses.

    `heading` is what is done to it, `on` what it gives, `off` what is so without it, `group` where its permissions
    stand on GitHub's page.
    """

    key: str
    title: str
    heading: str
    permissions: Mapping[str, str]
    on: str
    off: str
    group: str = "Organization permissions"


LOOKING = Switch(
    key="looking",
    title="Looking",
    heading="Let Patrol look",
    permissions=LOOK_ONLY,
    on="Requests, tokens and members are read, and shown to the organization's owners.",
    off="Patrol does not see everything here.",
)
"""The first step of every organization."""
DECISIONS = Switch(
    key="decisions",
    title="Decisions",
    heading="Turn on decisions",
    permissions={REQUESTS: "write", TOKENS: "write"},
    on="Owners approve, deny and revoke here: alone or two together, one or a hundred at once, with an undo.",
    off="Patrol only looks: owners decide on GitHub, and see here what became of it.",
)
SWITCHES = (DECISIONS,)
"""What can be turned on after looking, in the order of pages. A further source is one more."""
ISSUES = Switch(
    key="issues",
    title="Issues",
    heading="Let Patrol write issues",
    permissions={"issues": "write"},
    on="Where an owner chooses a private repository for it, an issue reminds each person whom no address reaches.",
    off="Whom no address reaches is told by the owners alone.",
    group="Repository permissions",
)
"""A last resort of reminders, which few need: nothing else asks for it, and no list of what is off names it."""
STEPS = {one.key: one for one in (LOOKING, *SWITCHES, ISSUES)}


def lacking(held: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """What of `wanted` is not in `held`, or there at a lower level."""
    return {name: level for name, level in wanted.items() if _level(held.get(name)) < _level(level)}


def in_words(permissions: Mapping[str, str]) -> str:
    """As GitHub's page says them: "Members: read-only, Personal access tokens: read and write"."""
    return ", ".join(f"{title}: {level}" for title, level in titled(permissions))


def titled(permissions: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and level of each, as GitHub's page says them."""
    return [(_title(name), _WORDS.get(level, level)) for name, level in permissions.items()]


def _title(name: str) -> str:
    """As GitHub's page calls it: the names of an organization's permissions begin with that word, the titles do not."""
    return TITLES.get(name) or name.removeprefix("organization_").replace("_", " ").capitalize()


def _level(name: str | None) -> int:
    return _LEVELS.get(name or "", 0)
