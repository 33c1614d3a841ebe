"""What may not stand in the repository: one machine's paths, a registry's address, secrets."""

import re
from pathlib import Path

import pytest

from tests.architecture import source

# Written so that this file does not hold what it looks for.
_MACHINE = re.compile(r"(?<![\w.~/-])/(?:root|work|workspace|Users|home/(?!runner\b)[a-z])[/\w-]*/")
_REGISTRIES = re.compile(
    r"\b(?:" + "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(?:org|com)"]) + r")\b"
)
_INDEX_OPTIONS = re.compile(r"^\s*--(?:index-url|extra-index-url|find-links|trusted-host)", re.MULTILINE)
_SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}|\bgh[pousr]_[A-Za-z0-9]{36}\b")
# GitHub's own text, kept byte for byte.
_QUOTED = {"tests/contract/github-openapi.json", "tests/contract/github-oauth.json"}


def _holding(pattern: re.Pattern[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in source.repository_texts():
        name = source.shown(path)
        if name in _QUOTED or "vendor" in path.parts:
            continue
        hit = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
        if hit:
            found[name] = hit.group()
    return found


@pytest.mark.parametrize(
    "pattern", [_MACHINE, _REGISTRIES, _SECRETS], ids=["machine paths", "registry hosts", "secrets"]
)
def test_the_repository_is_free_of(pattern: re.Pattern[str]) -> None:
    assert _holding(pattern) == {}


def test_requirements_name_no_index() -> None:
    for file in sorted((source.ROOT / "requirements").iterdir()):
        assert not _INDEX_OPTIONS.search(file.read_text(encoding="utf-8")), file.name


def test_the_patterns_find_what_they_look_for() -> None:
    """A guard that finds nothing because it cannot is worse than none."""
    assert _MACHINE.search("see " + str(Path("/") / "root" / "project" / "file"))
    assert _MACHINE.search('"' + str(Path("/") / "home" / "somebody" / "x" / "y") + '"')
    assert not _MACHINE.search("https://example.com/home/page/")
    assert _REGISTRIES.search("https://" + "pypi" + ".org/simple")
    assert _SECRETS.search("gh" + "p_" + "a1B2" * 9)
    assert _INDEX_OPTIONS.search("--extra" + "-index-url x")
