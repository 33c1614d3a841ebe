"""The pages' files: what came from outside is what the record says, and the policy against inline code holds."""

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

from apps.core import icons

ROOT = Path(settings.BASE_DIR)
STATIC = ROOT / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_STYLES = sorted((STATIC / "css").glob("*.css"))
ERROR_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]


def recorded() -> dict[str, str]:
    """Path and SHA-256 of every vendored file, from the record."""
    record = (STATIC / "vendor" / "VENDORED.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", record, flags=re.MULTILINE))


def test_every_vendored_file_is_the_recorded_one() -> None:
    assert len(recorded()) >= 10
    for path, digest in recorded().items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest, path


def test_no_vendored_file_is_missing_from_the_record() -> None:
    folders = [STATIC / "vendor", ROOT / "tests" / "browser" / "vendor"]
    present = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert present - set(recorded()) == {"static/vendor/VENDORED.md"}


def test_every_vendored_package_keeps_its_licence() -> None:
    for folder in (path for path in (STATIC / "vendor").iterdir() if path.is_dir()):
        assert (folder / "LICENSE").read_text(encoding="utf-8").strip(), folder.name


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_a_template_parses_and_holds_no_inline_script_style_or_handler(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    text = re.sub(r"\{%.*?%\}", "", written)
    get_template(path.relative_to(ROOT / "templates").as_posix())
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    if path.parent.name != "mail":  # mail programs keep no other style, and know no policy
        assert not re.search(r"<style\b|\sstyle\s*=", text), "inline style"
    assert not re.search(r"\son[a-z]+\s*=(?!=)|hx-on[:\w-]*\s*=|javascript:", text), "inline handler"
    assert not re.search(r"\|\s*safe\b|autoescape off|mark_safe", written), "unescaped"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_every_icon_a_template_names_is_in_the_sprite(path: Path) -> None:
    for name, size in re.findall(r'\{% octicon "([^"]+)"(?: (\d+))?', path.read_text(encoding="utf-8")):
        icons.symbol(name, int(size or 16))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", OWN_STYLES, ids=lambda path: path.name)
def test_our_styles_use_only_tokens_that_primer_defines(path: Path, theme: str) -> None:
    tokens = STATIC / "vendor" / "primer-primitives"
    defined = {
        name
        for file in (tokens / "sizes.css", tokens / f"{theme}.css")
        for name in re.findall(r"(--[\w-]+):", file.read_text(encoding="utf-8"))
    }
    text = path.read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[\w-]+)", text))
    assert used - defined - set(re.findall(r"(--[\w-]+):", text)) == set()


@pytest.mark.parametrize("path", OWN_STYLES, ids=lambda path: path.name)
def test_our_styles_name_no_colour_and_no_foreign_address(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*[;}])|rgba?\(|hsla?\(", text)
    assert not re.search(r"url\(\s*[\"']?(https?:|//|data:)", text)


def test_the_script_is_small_and_evaluates_nothing() -> None:
    script = (STATIC / "js" / "patrol.js").read_bytes()
    assert len(script) < 16 * 1024
    assert not re.search(rb"\beval\(|new Function|innerHTML|outerHTML\s*=|document\.write|insertAdjacentHTML", script)


def test_htmx_may_not_evaluate_load_scripts_or_keep_history() -> None:
    base = (ROOT / "templates" / "base.html").read_text(encoding="utf-8")
    for rule in (
        '"allowEval":false', '"allowScriptTags":false', '"selfRequestsOnly":true', '"historyCacheSize":0',
        '"includeIndicatorStyles":false',
    ):  # fmt: skip
        assert rule in base


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_an_error_page_stands_without_context_and_says_what_to_do(name: str) -> None:
    html = get_template(name).render()
    assert "<h1" in html
    assert 'href="/"' in html
    assert "<script" not in html
