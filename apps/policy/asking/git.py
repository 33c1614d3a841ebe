"""`git` over HTTPS, which takes a token for a password. Pure."""

from collections.abc import Sequence

from apps.policy.asking.steps import Needs, Step, Unread, repository_in

_READ = ((("repository", "contents", "read"),),)
_WRITE = (
    (("repository", "contents", "write"),),
    (("repository", "contents", "write"), ("repository", "workflows", "write")),
)
_SSH = "It goes over SSH, which takes a key and no token."
_READS = {"clone", "fetch", "pull", "ls-remote", "archive"}
_WORKFLOWS = "A push that changes a file in .github/workflows needs Workflows (write) as well."


def git(words: Sequence[str]) -> list[Step]:
    """What it needs; nothing for what git does on this machine alone."""
    rest = [word for word in _from_subcommand(list(words)) if not word.startswith("-")]
    if not rest or (rest[0] not in _READS | {"push", "submodule", "lfs"}):
        return []
    sub, others = rest[0], rest[1:]
    if any(word.startswith(("git@", "ssh://")) for word in others):
        return [Unread(f"git {sub}", _SSH)]
    repository = next((found for word in others if "://" in word and (found := repository_in(word))), "")
    if sub == "push" or (sub == "lfs" and others[:1] == ["push"]):
        return [Needs(f"git {sub}", _WRITE, repository, _WORKFLOWS)]
    return [Needs(f"git {sub}", _READ, repository, "")]


def _from_subcommand(words: list[str]) -> list[str]:
    """Without `-C DIR` and `-c NAME=VALUE`, which stand before it."""
    while len(words) > 1 and words[0] in {"-C", "-c", "--git-dir", "--work-tree"}:
        words = words[2:]
    while words and words[0].startswith("-"):
        words = words[1:]
    return words
