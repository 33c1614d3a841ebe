"""Brings the pages' third-party files into the repository: Primer, Octicons and axe-core, from npm.

A developer's tool: running Patrol needs neither npm nor Node. It writes `static/vendor/` and
`tests/browser/vendor/`, keeps every licence beside its files, and records name, version and SHA-256 of each
file in `static/vendor/VENDORED.md`. Run it again after changing a version or the list of icons; the same
versions give the same bytes.

    python scripts/vendor_static.py
"""

import hashlib
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "browser" / "vendor"

PRIMER_CSS = "22.3.2"
PRIMER_VIEW_COMPONENTS = "0.51.2"
PRIMER_PRIMITIVES = "11.10.0"
OCTICONS = "19.42.0"
AXE_CORE = "4.14.1"

# The styles of components left @primer/css in its version 22; these are the ones Patrol's pages use.
COMPONENTS = """
    beta/avatar beta/blankslate beta/border_box beta/breadcrumbs beta/counter beta/flash beta/label
    beta/link beta/progress_bar beta/state beta/subhead beta/timeline_item beta/truncate alpha/dialog
    alpha/text_field alpha/underline_nav
""".split()  # noqa: SIM905  a list this long reads better as words

# What does not depend on light or dark.
TOKENS = """
    base/motion/motion base/size/size base/typography/typography functional/motion/motion
    functional/size/border functional/size/breakpoints functional/size/radius
    functional/size/size-coarse functional/size/size-fine functional/size/size functional/spacing/space
    functional/typography/typography
""".split()  # noqa: SIM905  a list this long reads better as words

# Colours of things Patrol never shows: terminals, code highlighting, contribution graphs, issue labels.
UNUSED_TOKENS = re.compile(
    r"--(ansi|codeMirror|color-ansi|color-prettylights|contribution|diffBlob|label|prettylights|reactionButton)-"
)

# Each with the sizes that templates ask for. A name missing here fails the page that uses it, and a test.
ICONS = {
    16: """
        alert archive arrow-down arrow-left arrow-right arrow-switch arrow-up bell calendar check
        check-circle check-circle-fill chevron-down chevron-left chevron-right circle-slash clock code
        copy dash device-desktop diff-added diff-modified diff-removed dot-fill download eye eye-closed
        filter gear globe graph history home hourglass inbox info iterations key key-asterisk law
        link-external lock log mail mark-github moon no-entry organization pencil people person plus
        pulse question repo report search server shield shield-check shield-lock shield-x sign-in
        sign-out skip sort-asc sort-desc stop sun sync table three-bars trash triangle-down undo unlock
        workflow x x-circle x-circle-fill zap
    """.split(),  # noqa: SIM905
    24: """
        alert check-circle clock gear inbox key law lock mark-github no-entry pulse search server shield
        shield-check shield-lock sync unlock question history people person organization repo calendar
        hourglass globe mail bell report x-circle filter sign-in pencil
    """.split(),  # noqa: SIM905
}


@dataclass(frozen=True)
class Package:
    """One unpacked npm package; `folder` is where its files lie."""

    name: str
    version: str
    licence: str
    folder: Path


@dataclass(frozen=True)
class Written:
    """A file that went into the repository, and what it came from."""

    path: Path
    package: Package
    made_of: str


def main() -> None:
    """Fetch, cut to size, write, and record."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        css = fetch("@primer/css", PRIMER_CSS, "MIT", work)
        components = fetch("@primer/view-components", PRIMER_VIEW_COMPONENTS, "MIT", work)
        primitives = fetch("@primer/primitives", PRIMER_PRIMITIVES, "MIT", work)
        octicons = fetch("@primer/octicons", OCTICONS, "MIT", work)
        axe = fetch("axe-core", AXE_CORE, "MPL-2.0", work)
        written = [
            *primer_css(css),
            *primer_components(components),
            *primer_tokens(primitives),
            *octicon_sprite(octicons),
            *axe_core(axe),
        ]
        (VENDOR / "VENDORED.md").write_text(record(written), encoding="utf-8")
    for item in written:
        print(f"{item.path.stat().st_size:>8}  {item.path.relative_to(ROOT)}")


def fetch(name: str, version: str, licence: str, work: Path) -> Package:
    """Unpack `name` at exactly `version` below `work`, with npm, which checks the archive's integrity."""
    folder = work / name.replace("/", "-").lstrip("@")
    folder.mkdir()
    packed = subprocess.run(
        ["npm", "pack", f"{name}@{version}", "--silent"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return Package(name, version, licence, folder / "package")


def primer_css(package: Package) -> list[Written]:
    """Base, buttons, forms, grid, utilities: Primer's core bundle without the address of its source map."""
    core = (package.folder / "dist/core.css").read_text(encoding="utf-8")
    return [
        write("primer-css/core.css", without_source_map(core), package, "dist/core.css"),
        licence_of(package, "primer-css"),
    ]


def primer_components(package: Package) -> list[Written]:
    """The styles of single components in one file."""
    names = [f"app/components/primer/{name}.css" for name in COMPONENTS]
    parts = [without_source_map((package.folder / name).read_text(encoding="utf-8")) for name in names]
    return [
        write("primer-view-components/components.css", "\n".join(parts), package, ", ".join(names)),
        licence_of(package, "primer-view-components"),
    ]


def primer_tokens(package: Package) -> list[Written]:
    """Sizes and type in one file; the colours of light and of dark in one file each."""
    styles = package.folder / "dist/css"
    sizes = "".join(compact((styles / f"{name}.css").read_text(encoding="utf-8")) for name in TOKENS)
    sources = ", ".join(f"{name}.css" for name in TOKENS)
    files = [write("primer-primitives/sizes.css", sizes, package, sources)]
    for theme in ("light", "dark"):
        source = f"functional/themes/{theme}.css"
        colours = compact((styles / source).read_text(encoding="utf-8"))
        files.append(write(f"primer-primitives/{theme}.css", used_tokens(colours), package, source))
    return [*files, licence_of(package, "primer-primitives")]


def octicon_sprite(package: Package) -> list[Written]:
    """One SVG of symbols, ids `<name>-<size>`, coloured by the text around them."""
    symbols = [
        symbol(name, size, (package.folder / f"build/svg/{name}-{size}.svg").read_text(encoding="utf-8"))
        for size, names in ICONS.items()
        for name in names
    ]
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    return [
        write("octicons/octicons.svg", sprite, package, "build/svg/*.svg"),
        licence_of(package, "octicons"),
    ]


def axe_core(package: Package) -> list[Written]:
    """The accessibility checker of the browser tests; never served."""
    script = (package.folder / "axe.min.js").read_bytes()
    TEST_VENDOR.mkdir(parents=True, exist_ok=True)
    (TEST_VENDOR / "axe.min.js").write_bytes(script)
    (TEST_VENDOR / "LICENSE-axe-core").write_bytes((package.folder / "LICENSE").read_bytes())
    return [
        Written(TEST_VENDOR / "axe.min.js", package, "axe.min.js"),
        Written(TEST_VENDOR / "LICENSE-axe-core", package, "LICENSE"),
    ]


def symbol(name: str, size: int, svg: str) -> str:
    """An icon's file as a `<symbol>`."""
    match = re.fullmatch(r'<svg [^>]*viewBox="([^"]+)"[^>]*>(.*)</svg>\s*', svg, re.DOTALL)
    if match is None:
        raise SystemExit(f"{name}-{size}.svg is not a single <svg> element")
    return f'<symbol id="{name}-{size}" viewBox="{match[1]}">{match[2]}</symbol>'


def used_tokens(css: str) -> str:
    """`css` without the declarations of colours that nothing in Patrol refers to."""
    return re.sub(UNUSED_TOKENS.pattern + r"[^;{}]*;", "", css)


def compact(css: str) -> str:
    """`css` without comments, custom media (a build-time language) and needless space."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    bare = re.sub(r"@custom-media[^;]*;", "", bare)
    return re.sub(r"\s*([{};])\s*", r"\1", bare).strip() + "\n"


def without_source_map(css: str) -> str:
    """`css` without the comment that points to a file we do not ship; collecting static files refuses it."""
    return re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css).strip() + "\n"


def write(path: str, text: str, package: Package, made_of: str) -> Written:
    """Put `text` below `static/vendor/`."""
    target = VENDOR / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return Written(target, package, made_of)


def licence_of(package: Package, folder: str) -> Written:
    """Keep the package's licence beside its files."""
    source = next(path for path in sorted(package.folder.glob("LICENSE*")))
    return write(f"{folder}/LICENSE", source.read_text(encoding="utf-8"), package, source.name)


def record(written: list[Written]) -> str:
    """The table of everything that came from outside."""
    lines = [
        "# Vendored files",
        "",
        "Written by `scripts/vendor_static.py`; do not edit by hand. Packages are npm packages of that name.",
        "",
        "| file | package | version | licence | made of | SHA-256 |",
        "|---|---|---|---|---|---|",
    ]
    for item in written:
        digest = hashlib.sha256(item.path.read_bytes()).hexdigest()
        package = item.package
        path = item.path.relative_to(ROOT).as_posix()
        cells = [f"`{path}`", package.name, package.version, package.licence, item.made_of, f"`{digest}`"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
