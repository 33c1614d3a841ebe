"""Lines of a CSV file that no spreadsheet takes for formulas. Pure.

Excel, LibreOffice and Google Sheets run a cell that begins with `=`, `+`, `-` or `@`; some skip blanks, control
characters or invisible ones before it, and fold full-width forms. Quoting does not help: it is gone when the cell is
read. So such a cell gets a `'` in front, which they take for "text"
(https://owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

MARK = "'"
_BEGINS = frozenset("=+-@|%")
_SKIPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"}


def cell(value: Any) -> str:
    """`value` as a text that stays one. Nothing is lost: one leading `'` taken away gives it back."""
    text = "" if value is None else str(value)
    return MARK + text if _acts(text) else text


def plain(text: str) -> str:
    """What `cell` was made from."""
    return text.removeprefix(MARK)


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Each row as a line, every cell quoted."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def _acts(text: str) -> bool:
    """Whether a spreadsheet may do something with it, or take its own first character for the mark."""
    if not text:
        return False
    if text.startswith(MARK) or unicodedata.category(text[0]) in _SKIPPED:
        return True
    return unicodedata.normalize("NFKC", text[0])[:1] in _BEGINS


class _Echo:
    """A file that hands back what is written."""

    def write(self, line: str) -> str:
        return line
