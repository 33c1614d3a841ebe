"""Icons, times, people and form fields: what Primer's HTML needs and Django's templates do not have."""

import zlib
from datetime import datetime
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, RadioSelect, Select, Textarea
from django.template.defaultfilters import urlize
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.core import charts, clock, icons, moments

register = template.Library()

AVATAR_TONES = 6


@register.simple_tag
def octicon(name: str, size: int = 16, classes: str = "", label: str = "") -> SafeString:
    """An icon in the colour of the text around it. Without `label` it is decoration and hidden from readers.

    `size` is 16 or 24 pixels; `classes` are further CSS classes. Raises UnknownIconError.
    """
    return _icon(name, size, classes, label)


@lru_cache(512)
def _icon(name: str, size: int, classes: str, label: str) -> SafeString:
    """A page has a hundred, of which few differ."""
    href = f"{static(icons.SPRITE)}#{icons.symbol(name, size)}"
    access = format_html('role="img" aria-label="{}"', label) if label else format_html('aria-hidden="{}"', "true")
    return format_html(
        '<svg class="octicon octicon-{} {}" width="{}" height="{}" {}><use href="{}"></use></svg>',
        name, classes, size, size, access, href,
    )  # fmt: skip


@register.filter
def figure(value: float | None) -> str:
    """A number of a chart as it is read; nothing for None."""
    return charts.number(value)


@register.simple_tag
def since(when: datetime | None, none: str = "never") -> SafeString | str:
    """How long ago, or how far ahead: "3 hours ago". `none` is said where there is no instant."""
    return none if when is None else _time(when, "relative", moments.relative(when, clock.now()))


@register.simple_tag
def lag(when: datetime) -> SafeString:
    """How long ago when the page was made, to the second: "40 seconds ago"."""
    words = moments.lag(when, clock.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', moments.machine(when), moments.exact(when), words)


@register.simple_tag
def moment(when: datetime | None, none: str = "never") -> SafeString | str:
    """The instant itself; the browser turns it into the reader's zone."""
    return none if when is None else _time(when, "moment", moments.exact(when))


@register.simple_tag
def utc(when: datetime | None, none: str = "never") -> SafeString | str:
    """The instant in UTC, which the browser leaves alone: for what is printed or handed on."""
    if when is None:
        return none
    return format_html('<time datetime="{}">{}</time>', moments.machine(when), moments.exact(when))


@register.simple_tag
def day(when: datetime | None, none: str = "never") -> SafeString | str:
    """The day; the browser turns it into the reader's zone."""
    return none if when is None else _time(when, "day", moments.day(when))


@register.simple_tag
def as_of(when: datetime | None, source: str = "GitHub") -> SafeString:
    """When a number was true: "as of 3 minutes ago". Without an instant: that we never looked."""
    if when is None:
        return format_html('<span class="AsOf">{} was not read yet</span>', source)
    return format_html('<span class="AsOf">as of {}</span>', since(when))


@lru_cache(4096)
def _time(when: datetime, style: str, words: str) -> SafeString:
    """All of it is digits and words of ours; a page has a hundred, so they are put together plainly."""
    machine, exact = moments.machine(when), moments.exact(when)
    return mark_safe(  # noqa: S308  as said
        f'<time datetime="{machine}" data-time="{style}" title="{exact}">{escape(words)}</time>'
    )


@register.filter
def told(text: str) -> SafeString:
    """Our own sentence as a command prints it: what stands between backticks as code, addresses as links."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:  # one is left over: nobody can say what was meant
        parts = [str(text)]
    dressed = (format_html("<code>{}</code>", part) if place % 2 else urlize(part) for place, part in enumerate(parts))
    return format_html_join("", "{}", ((one,) for one in dressed))


@register.filter
def avatar_source(url: str | None) -> str:
    """`url` when pages may load pictures from its origin (the CSP's `img-src`), otherwise nothing."""
    parts = urlsplit(url or "")
    return url or "" if f"{parts.scheme}://{parts.netloc}" in settings.GITHUB_AVATAR_HOSTS else ""


@register.filter
def initials(login: str) -> str:
    """One or two letters for who has no picture: "second-owner" is "SO"."""
    words = [word for word in str(login).replace("_", "-").split("-") if word]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.filter
def tone(login: str) -> int:
    """A colour number, 0 to 5, the same for the same login everywhere."""
    return zlib.crc32(str(login).lower().encode("utf-8", "surrogatepass")) % AVATAR_TONES


@register.filter
def control(field: BoundField, classes: str = "") -> SafeString:
    """The field's control in Primer's dress; Django itself ties it to its help and its errors."""
    dress = _dress(field)
    error = "FormControl-error" if field.errors else ""
    return field.as_widget(attrs={"class": " ".join(filter(None, [dress, error, classes]))})


def _dress(field: BoundField) -> str:
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return "FormControl-checkbox"
    if isinstance(widget, RadioSelect):
        return "FormControl-radio"
    if isinstance(widget, Textarea):
        return "FormControl-textarea"
    return (
        "FormControl-select FormControl-medium"
        if isinstance(widget, Select)
        else "FormControl-input FormControl-medium"
    )
