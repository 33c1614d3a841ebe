"""Lines of a file of addresses, as owners make them with spreadsheets; each stands for itself, and none is lost.

Columns are named in the first line (`github_id`, `login`, `email`, in any order, others are passed over), or there are
two without names: a number or login, and an address; or all three. Commas, semicolons or tabs; UTF-8, with or without
a mark at its beginning. A line is a line of the file: a quote that is not closed spoils one person, not the rest.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from apps.accounts.emails import NoAddress, email_of
from apps.core import spreadsheets, text
from apps.core.errors import RuleBroken

LARGEST = 2 * 1024 * 1024
"""Bytes of a file."""
MOST = 20_000
"""Lines of it that say something; as many may be empty."""
TOO_MANY = f"The file has more than {MOST:,} lines. Cut it into several."
LONGEST = 2_000
"""Bytes of a line."""
NAMES = {
    "github_id": "id", "id": "id", "user_id": "id", "number": "id",
    "login": "login", "github": "login", "username": "login", "github_login": "login",
    "email": "email", "e-mail": "email", "address": "email", "mail": "email",
}  # fmt: skip
_UNNAMED = {2: ["who", "email"], 3: ["id", "login", "email"]}


class Unreadable(RuleBroken):
    """The file as a whole is none of addresses."""


@dataclass(frozen=True)
class Line:
    """What a line says, as it stands there; `problem` says why it cannot be used, and is empty where it can."""

    number: int
    id: str
    login: str
    email: str
    problem: str = ""


def read(file: BinaryIO) -> list[Line]:
    """Every line that says something. Raises Unreadable. At most MOST lines are held."""
    columns: list[str] | None = None
    delimiter, found = "", list[Line]()
    for number, raw in _raw_lines(file):
        if number == 1:
            _refuse_other_alphabets(raw)
        if not raw.strip():
            continue
        delimiter = delimiter or max(",;\t", key=raw.decode("latin-1").count)
        cells = _cells(raw, delimiter, first=number == 1)
        if isinstance(cells, list) and not any(cells):
            continue
        if columns is None:
            columns, named = _columns(cells)
            if named:
                continue
        found.append(_line(number, cells, columns) if isinstance(cells, list) else Line(number, "", "", "", cells))
        if len(found) > MOST:
            raise Unreadable(TOO_MANY)
    if not found:
        raise Unreadable("There is no line with an address in it.")
    return found


def _raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Line by line, by number from 1; of one that is too long its beginning, which is longer than any that counts."""
    number, read_so_far = 0, 0
    while raw := file.readline(LONGEST + 1):
        number, beginning = number + 1, raw
        while not raw.endswith(b"\n") and len(raw) > LONGEST:
            read_so_far += len(raw)
            raw = file.readline(LONGEST + 1)
        read_so_far += len(raw)
        if number > 2 * MOST:
            raise Unreadable(TOO_MANY)
        if read_so_far > LARGEST:
            raise Unreadable(f"The file is larger than {LARGEST // 1024 // 1024} MiB. Cut it into several.")
        yield number, beginning


def _refuse_other_alphabets(first: bytes) -> None:
    if first[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in first:
        raise Unreadable("The file is not UTF-8. In a spreadsheet, choose “CSV UTF-8” when you save it.")


def _cells(raw: bytes, delimiter: str, *, first: bool) -> list[str] | str:
    """The cells of a line, or why there are none."""
    if len(raw) > LONGEST:
        return f"The line is longer than {LONGEST:,} bytes."
    try:
        decoded = raw.decode("utf-8-sig" if first else "utf-8")
        rows = list(csv.reader([decoded.rstrip("\r\n")], delimiter=delimiter, strict=True))
    except UnicodeDecodeError:
        return "The line is not UTF-8."
    except csv.Error:
        return "A quote in this line is not closed, or stands where none may."
    return [text.visible(spreadsheets.plain(cell).strip()) for cell in (rows[0] if rows else [])]


def _columns(cells: list[str] | str) -> tuple[list[str], bool]:
    """What each column of the file holds, and whether its first line says so. Raises Unreadable."""
    names = [NAMES.get(cell.lower().replace(" ", "_"), "") for cell in cells] if isinstance(cells, list) else []
    if "email" in names:
        if not {"id", "login"} & set(names):
            raise Unreadable("The first line names no column with people: call it github_id or login.")
        return names, True
    if len(names) in _UNNAMED:
        return _UNNAMED[len(names)], False
    raise Unreadable("The first line names no column “email”, and the lines are not two or three cells long.")


def _line(number: int, cells: list[str], columns: list[str]) -> Line:
    """A cell beyond the named ones says nothing; of two columns of a name the first one that says something counts."""
    said = dict.fromkeys(("id", "login", "who", "email"), "")
    for name, cell in zip(columns, cells, strict=False):
        if name and not said[name]:
            said[name] = cell
    if said["who"]:
        said["id" if said["who"].isdecimal() else "login"] = said["who"]
    return Line(number, said["id"], said["login"].removeprefix("@"), said["email"], _problem(said))


def _problem(said: dict[str, str]) -> str:
    if not said["id"] and not said["login"]:
        return "The line names nobody."
    if said["id"] and not (said["id"].isascii() and said["id"].isdecimal() and len(said["id"]) <= 18):
        return "The GitHub id is not a number."
    if not said["email"]:
        return "There is no address."
    try:
        email_of(said["email"])
    except NoAddress:
        return "This is no e-mail address that Patrol can write to."
    return ""
