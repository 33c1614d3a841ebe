"""Names that are said in one place and heard in another: tasks, audit events, settings."""

import re
from enum import StrEnum
from importlib import import_module

from celery import current_app

from apps.tokens.sentences import SENTENCES
from config.env import SETTINGS
from tests.architecture import source

# Read by make, the supervisor or the tests, not by the settings; docs/settings.md lists them below the others.
BESIDE_THE_SETTINGS = re.compile(r"PATROL_TEST_\w+")


def _registered_tasks() -> set[str]:
    current_app.loader.import_default_modules()
    return {name for name in current_app.tasks if not name.startswith("celery.")}


def _rung() -> set[str]:
    names = {
        first
        for path in source.modules("apps")
        for call in source.calls(path, "ring")
        if (first := source.first_text(call))
    }
    return names | {entry["task"] for entry in current_app.conf.beat_schedule.values()}


def test_every_rung_name_is_a_task() -> None:
    rung = _rung()
    assert "jobs.run_slot" in rung
    assert rung - _registered_tasks() == set()


def test_every_task_belongs_to_the_room_it_is_named_for() -> None:
    ours = _registered_tasks()
    wrong = {
        name: task.__module__
        for name, task in current_app.tasks.items()
        if name in ours and not task.__module__.startswith(f"apps.{name.split('.')[0]}.")
    }
    assert wrong == {}


def _names() -> set[str]:
    """Audit names: every room's `names.Name`, and those written where they are recorded."""
    found: set[str] = set()
    for path in source.modules("apps"):
        if path.name == "names.py":
            names = import_module(source.dotted(path)).Name
            assert issubclass(names, StrEnum)
            found |= {str(name) for name in names}
        if not source.dotted(path).startswith("apps.simulator"):
            found |= {first for call in source.calls(path, "record") if (first := source.first_text(call))}
    return found


def test_every_audit_name_has_a_sentence() -> None:
    names = _names()
    assert "user.signed_in" in names
    assert names - set(SENTENCES) == set()


def test_every_sentence_is_of_a_name_that_is_used() -> None:
    assert set(SENTENCES) - _names() == set()


def test_every_template_that_another_one_names_exists() -> None:
    folder = source.ROOT / "templates"
    pages = [*folder.rglob("*.html"), *folder.rglob("*.txt")]
    named = {name for page in pages for name in _NAMED.findall(page.read_text(encoding="utf-8"))}
    assert "base.html" in named
    assert [name for name in sorted(named) if not (folder / name).is_file()] == []


_NAMED = re.compile(r"""{%\s*(?:extends|include)\s+["']([^"'#]+)""")


def test_audit_names_are_a_subject_and_a_past_tense() -> None:
    assert [name for name in _names() if not re.fullmatch(r"[a-z_]+\.[a-z_]+", name)] == []


def test_every_setting_that_is_named_exists() -> None:
    known = {setting.name for setting in SETTINGS}
    unknown = set()
    for path in source.modules("apps", "config"):
        for name in re.findall(r"\bPATROL_[A-Z_]+[A-Z]\b", path.read_text(encoding="utf-8")):
            if name.removesuffix("_FILE") not in known and not BESIDE_THE_SETTINGS.fullmatch(name):
                unknown.add(f"{source.shown(path)}: {name}")
    assert unknown == set()


def test_every_setting_says_what_it_means() -> None:
    names = [setting.name for setting in SETTINGS]
    assert len(names) == len(set(names))
    assert [setting.name for setting in SETTINGS if len(setting.meaning) < 15] == []
