"""What was pasted, read: every command's steps in order. Pure; it raises nothing, whatever the text."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from apps.policy.asking.gh import gh
from apps.policy.asking.git import git
from apps.policy.asking.http_calls import Hosts, curl, httpie, in_a_program, route
from apps.policy.asking.shell import MOST, commands
from apps.policy.asking.steps import Step, Unread
from apps.policy.asking.workflows import is_workflow, workflow

MOST_STEPS = 120
# Commands of every script that never ask GitHub for anything, and words of a shell.
_LOCAL = {
    "echo", "cd", "export", "set", "jq", "grep", "sed", "awk", "cat", "mkdir", "rm", "cp", "mv", "test", "[", "[[",
    "fi", "done", "for", "sleep", "printf", "read", "tee", "head", "tail", "sort", "xargs", "chmod", "source", ".",
    "exit", "true", "false", "}", "ls", "base64", "date", "unset", "function", "return", "local", "esac", "case", "#",
}  # fmt: skip
_CONTAINERS = {"docker", "podman", "skopeo"}
_NOT_READ = "This is no request to GitHub that Patrol can read: it knows curl, gh, git, routes and steps of workflows."
_PACKAGES = (
    "GitHub Packages, ghcr.io included, take no fine-grained token outside Actions: only a classic one. Inside a "
    "workflow the GITHUB_TOKEN does it."
)


def read(text: str, hosts: Hosts) -> list[Step]:
    """The steps of everything in it, each once."""
    steps: list[Step] = []
    if is_workflow(text[:MOST]):
        found = workflow(text[:MOST])
        steps, text = list(found.steps), found.script
    called = in_a_program(text[:MOST])
    for words in [] if called else commands(text):
        steps += _steps(words, hosts)
    steps += called
    return list(dict.fromkeys(steps))[:MOST_STEPS]


def _steps(words: Sequence[str], hosts: Hosts) -> list[Step]:
    program = PurePosixPath(words[0].replace("\\", "/")).name.lower().removesuffix(".exe")
    rest = words[1:]
    if program in {"curl", "wget"}:
        return curl(rest, hosts)
    if program == "gh":
        return gh(rest, hosts)
    if program in {"http", "https", "xh"}:
        return httpie(rest, hosts)
    if program in {"git", *_CONTAINERS} or words[0] in _LOCAL:
        return git(rest) if program == "git" else _packages(program, rest)
    return route(words, hosts) or [Unread("another line", _NOT_READ)]


def _packages(program: str, words: Sequence[str]) -> list[Step]:
    return [Unread(program, _PACKAGES)] if program in _CONTAINERS and any("ghcr.io" in word for word in words) else []
