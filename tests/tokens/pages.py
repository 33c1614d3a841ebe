"""Pages as a browser without script meets them: elements, texts, forms with what they would send."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

Browse = Callable[[str], Client]
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
OPTIONAL_ENDS = {"use", "path"}


@dataclass
class Element:
    """One element of a page, with what it holds."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    def walk(self) -> "Iterator[Element]":
        """This one and all inside, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str = "", **attributes: str) -> "list[Element]":
        """Elements inside by tag and attributes (`data_row` is data-row; "*" is any value)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [one for one in self.walk() if (not tag or one.tag == tag) and one.has(wanted)]

    def has(self, wanted: dict[str, str]) -> bool:
        """Whether it has all of these attributes."""
        return all(name in self.attributes and value in {"*", self.attributes[name]} for name, value in wanted.items())

    @property
    def text(self) -> str:
        """What people read, in one line."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split())


class Page(HTMLParser):
    """A parsed page. `fault` is the first end tag that closed nothing."""

    def __init__(self, response: Any) -> None:
        super().__init__(convert_charrefs=True)
        self.status = response.status_code
        self.source = response.content.decode()
        self.root = Element("", {})
        self.fault = ""
        self._open = self.root
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_endtag(self, tag: str) -> None:
        at: Element | None = self._open
        if self._open.tag != tag and tag not in VOID:
            self.fault = self.fault or f"</{tag}> closes <{self._open.tag}> at {self.getpos()}"
        while at is not None and at.tag != tag:
            at = at.parent
        if at is not None and at.parent is not None:
            self._open = at.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    @property
    def text(self) -> str:
        """Everything people read in the main column."""
        return next(iter(self.root.all("main")), self.root).text

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements of the page; see Element.all."""
        return self.root.all(tag, **attributes)

    def form(self, action: str) -> dict[str, list[str]]:
        """What the form with this address would send, boxes as they are; the fields outside it that name it too."""
        form = next(one for one in self.all("form") if one.attributes.get("action") == action)
        outside = [one for one in self.all() if one.attributes.get("form") == form.attributes.get("id", "-")]
        sent: dict[str, list[str]] = {}
        for one in [*form.walk(), *outside]:
            name, kind = one.attributes.get("name", ""), one.attributes.get("type", "")
            if not name or one.tag not in {"input", "textarea", "select"} or "disabled" in one.attributes:
                continue
            if kind in {"checkbox", "radio"} and "checked" not in one.attributes:
                continue
            sent.setdefault(name, []).append(one.text if one.tag == "textarea" else one.attributes.get("value", ""))
        return sent

    @property
    def names(self) -> list[str]:
        """The names of the rows, in order."""
        return [row.all("a", data_row_open="*")[0].text for row in self.all(data_row="*")]


def get(browser: Client, path: str, **query: str) -> Page:
    """A page by its address."""
    return Page(browser.get(path, query))
