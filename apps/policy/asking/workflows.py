"""Steps of a workflow: actions by their names, and the commands of `run:`. Pure.

A fragment is rarely valid YAML, with indentation lost on its way here, so lines are looked at and not a document.
"""

import re
from dataclasses import dataclass

from apps.policy.asking.actions import ACTIONS, NOTHING_NEEDED
from apps.policy.asking.steps import Needs, Step, Unread, repository_in, safe

MOST_LINES = 1_000
_LINE = re.compile(r"^([ \t]*(?:-[ \t]+)?)([A-Za-z_-]{1,40}):(.*)$")
_ACTION = re.compile(r"([A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100})(?:/[\w./-]{1,200})?@[\w./-]{1,120}", re.ASCII)
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?(?:[ \t]+#.*)?")


@dataclass(frozen=True)
class Workflow:
    """What actions need, and the text of all `run:` for a shell."""

    steps: list[Step]
    script: str


def is_workflow(text: str) -> bool:
    """Whether it has a line that only steps of workflows have."""
    return re.search(r"^[ \t]*(?:-[ \t]+)?(?:uses|run|steps|jobs):(?:[ \t]|$)", text, re.MULTILINE) is not None


def workflow(text: str) -> Workflow:
    """Everything in it."""
    steps: list[Step] = []
    script: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")[:MOST_LINES]
    at = 0
    while at < len(lines):
        found = _LINE.match(lines[at])
        at += 1
        if found is None:
            continue
        indent, key, value = len(found[1]), found[2], found[3].strip()
        if key == "uses":
            steps += _action(_unquoted(value), lines[at : at + 40])
        elif key == "run" and _BLOCK.fullmatch(value):
            block, at = _inside(lines, at, indent)
            script += block
        elif key == "run":
            script.append(_unquoted(value))
    return Workflow(steps, "\n".join(script))


def _inside(lines: list[str], at: int, indent: int) -> tuple[list[str], int]:
    """Lines of a block: those that stand further in, and empty ones."""
    block = []
    while at < len(lines):
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip()) <= max(indent - 2, 0):
            break
        known = _LINE.match(line)
        if known and len(known[1]) <= indent and known[2] in {"uses", "run", "name", "with", "env", "if", "id"}:
            break
        block.append(line.strip())
        at += 1
    return block, at


def _action(value: str, following: list[str]) -> list[Step]:
    if value.startswith(("./", "docker://")):
        return [Unread("uses: an action of the repository itself", "Paste the commands that are inside it.")]
    found = _ACTION.fullmatch(value)
    if found is None:
        return []
    name = found[1].lower()
    if name in NOTHING_NEEDED:
        return []
    wanted = ACTIONS.get(name)
    if wanted is None:
        return [Unread(f"uses: {safe(found[1])}", "Patrol does not know this action: its README says what it needs.")]
    return [Needs(f"uses: {name}", wanted.sets, _repository(following), wanted.note)]


def _repository(following: list[str]) -> str:
    """What `with: repository:` names, before the next step begins."""
    for line in following:
        if line.lstrip().startswith("- "):
            break
        found = _LINE.match(line)
        if found and found[2] == "repository":
            return repository_in(_unquoted(found[3]))
    return ""


def _unquoted(value: str) -> str:
    """Without quotes around it, or a comment behind it."""
    value = value.strip()
    if value[:1] in {"'", '"'} and value[-1:] == value[:1] and len(value) > 1:
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
