"""The columns of the inventory a reader may choose, and their text in an address. Pure."""

COLUMNS = {
    "may": "May",
    "on": "On",
    "used": "Last used",
    "ends": "Ends",
    "risk": "Risk",
    "granted": "Granted",
    "id": "Token ID",
}
FIRST = ("may", "on", "used", "ends", "risk")
"""Shown to who never chose."""
NOTHING = "none"
Columns = tuple[str, ...]


def read(text: object) -> Columns | None:
    """The columns of a text; None where it names none, which is not the choice of showing none."""
    if text == NOTHING:
        return ()
    named = set(str(text or "").split("."))
    return tuple(name for name in COLUMNS if name in named) or None


def said(columns: Columns) -> str:
    """As `read` understands it."""
    return ".".join(columns) or NOTHING
