"""Templates compile, and documents say what is."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.template import engines
from django.template.backends.django import DjangoTemplates

from scripts import settings_doc
from tests.architecture import source

_FOLDER = source.ROOT / "templates"
TEMPLATES = sorted(
    str(path.relative_to(source.ROOT / "templates"))
    for path in (source.ROOT / "templates").rglob("*")
    if path.is_file()
)
DOCUMENTS = sorted([*source.ROOT.glob("*.md"), *(source.ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_TARGET = re.compile(r"`make ([a-z]+)")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles(name: str) -> None:
    engine = engines["django"]
    assert isinstance(engine, DjangoTemplates)
    engine.get_template(name)


def test_the_settings_page_is_current() -> None:
    assert settings_doc.DOCUMENT.read_text(encoding="utf-8") == settings_doc.render()


@pytest.mark.parametrize("document", DOCUMENTS, ids=source.shown)
def test_a_document_links_to_what_exists(document: Path) -> None:
    links = [link for link in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    broken = [link for link in links if link[0] != "#" and not (document.parent / unquote(link.split("#")[0])).exists()]
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=source.shown)
def test_a_document_names_commands_that_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (source.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(_TARGET.findall(document.read_text(encoding="utf-8")))
    assert named - targets == set()


def test_every_decision_record_says_its_state() -> None:
    records = sorted((source.ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert records
    numbers = [record.name[:4] for record in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        assert re.search(r"^Status: (Accepted|Superseded by \d{4})", record.read_text(encoding="utf-8"), re.MULTILINE)
