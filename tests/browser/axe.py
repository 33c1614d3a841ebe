"""axe-core on a page: what keeps people from using it."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

# WCAG 2.2 AA is the aim (docs/design-language.md); best practices are looked at, not enforced.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GRAVE = {"serious", "critical"}
AT_REST = """() => Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity && one.effect.target.checkVisibility())
  .map((one) => one.finished.catch(() => null)))
  .then(() => null)"""
"""A dialog that fades in has less contrast on its way. What is folded away stands still until it is opened."""


@cache
def _script() -> str:
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")


def grave_violations(page: Page, *, contrast: bool = True) -> list[str]:
    """Serious and critical violations, each as "rule: element, why"; the page's policy stays in force.

    Looking at every text's contrast takes longer than all other rules together; `contrast=False` leaves it out.
    """
    page.evaluate(AT_REST)
    page.evaluate(_script())
    options = {"runOnly": RULES, "resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": contrast}}}
    found = page.evaluate("(options) => axe.run(document, options).then((all) => all.violations)", options)
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))}, {node['failureSummary']}"
        for violation in found
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Whether the page can be scrolled sideways (WCAG 2.2, 1.4.10 Reflow)."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
