"""The parts pages are made of: `{% load components %}`. docs/design-language.md shows each with its use.

Each tag renders `templates/components/<name>.html` with its own arguments only, so a variable of the page never
leaks into a part. `{% dialog %}`, `{% list_box %}`, `{% bulk_bar %}`, `{% blankslate %}` and `{% timeline_item %}`
take what they hold as a block.
"""
# ruff: noqa: A002  `id` is what HTML calls it, and what templates write

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core.charts import Chart
from apps.core.templatetags.patrol import avatar_source

register = template.Library()


@register.simple_tag
def avatar(login: str, url: str | None = "", size: int = 20, square: bool = False) -> SafeString:
    """A picture, or initials. `size`: 16, 20, 24, 32, 40, 48, 64; `square` for organizations."""
    return _kept("avatar", login=str(login), source=avatar_source(url), size=size, square=square)


@register.simple_tag
def person(login: str, avatar_url: str | None = "", url: str = "", size: int = 20) -> SafeString:
    """Picture and login in a line of text; a link when `url` is given."""
    return _kept("person", login=str(login), source=avatar_source(avatar_url), url=str(url), size=size)


@lru_cache(4096, typed=True)
def _kept(name: str, **arguments: Any) -> SafeString:
    """Small parts that say the same for the same arguments: a list of people shows few of them often."""
    return render_to_string(f"components/{name}.html", arguments)


@register.simple_tag(takes_context=True)
def organizations(context: Context) -> SafeString:
    """The reader's organizations, with what waits in each: a page shows them twice and makes them once."""
    made = context.render_context
    if "organizations" not in made:
        made["organizations"] = _render(context, "organizations", {"navigation": context["navigation"]})
    found: SafeString = made["organizations"]
    return found


@register.simple_tag
def label(text: object, tone: str = "secondary", icon: str = "", title: str = "") -> SafeString:
    """A fact in a frame. `tone`: secondary, accent, success, attention, severe, danger, done."""
    return _kept("label", text=str(text), tone=str(tone), icon=str(icon), title=str(title))


@register.simple_tag
def risk(level: str) -> SafeString:
    """`level`: low, medium, high, critical."""
    return _kept("risk", level=str(level))


@register.simple_tag
def state(name: str, small: bool = False) -> SafeString:
    """Where a request, token or decision stands; the names are in the template."""
    return _kept("state", state=str(name), small=bool(small))


@register.simple_tag
def access_summary(said: Any) -> SafeString:
    """What a token may do in one line; `said` has .changes (bold) and .reads, either may be empty."""
    return _kept("access_summary", changes=str(said.changes), reads=str(said.reads))


@register.simple_tag
def repository_reach(selection: str, count: int) -> SafeString:
    """On which repositories, in a few words. `selection`: all, none, subset; `count`: how many are named."""
    return _kept("repository_reach", selection=str(selection), count=count)


@register.simple_tag
def risk_reasons(assessment: Any) -> SafeString:
    """How much harm it could do, and why: .risk.label and .reasons, each with .text."""
    reasons = tuple(str(one.text) for one in assessment.reasons)
    return _kept("risk_reasons", level=str(assessment.risk.label), reasons=reasons)


@register.simple_tag
def organization_line(place: Any, current: str | None) -> SafeString:
    """One of `organizations`: .login, .avatar_url, .state, .waits_for_you and .pending_count."""
    return _kept(
        "organization_line", login=str(place.login), source=avatar_source(place.avatar_url), state=place.state,
        waits_for_you=place.waits_for_you, pending_count=place.pending_count, is_current=place.login == current,
    )  # fmt: skip


@register.inclusion_tag("components/permissions.html")
def permissions(items: Iterable[Any], empty: str = "") -> dict[str, Any]:
    """Each item has .title, .level (read, write, admin) and optionally .scope; write and admin are bold."""
    return {"permissions": items, "empty": empty}


@register.inclusion_tag("components/changes.html")
def changes(items: Iterable[Any], empty: str = "") -> dict[str, Any]:
    """Each item has .kind (added, removed, upgraded, downgraded, changed), .title, optionally .before, .after."""
    return {"changes": items, "empty": empty}


@register.inclusion_tag("components/words.html")
def words(text: str, empty: str = "") -> dict[str, Any]:
    """What a stranger wrote, set apart and dead to htmx."""
    return {"text": text, "empty": empty}


@register.inclusion_tag("components/flash.html")
def flash(text: object, level: str = "info", action_url: str = "", action: str = "") -> dict[str, Any]:
    """A message in a coloured box. `level`: info, success, warning, error."""
    return {"text": text, "level": level, "action_url": action_url, "action": action}


@register.inclusion_tag("components/banner.html")
def banner(text: str = "", since: datetime | None = None, action_url: str = "", action: str = "") -> dict[str, Any]:
    """Above a whole page; with `since` it says that GitHub did not answer since then."""
    return {"text": text, "since": since, "action_url": action_url, "action": action}


@register.inclusion_tag("components/as_of.html")
def as_of_line(
    when: datetime | None, source: str = "GitHub", refresh_url: str = "", trouble: str = ""
) -> dict[str, Any]:
    """When a list was true, a button that looks again, and why it cannot be read where it cannot."""
    return {"when": when, "source": source, "refresh_url": refresh_url, "trouble": trouble}


@register.inclusion_tag("components/progress.html")
def progress(
    *, id: str, url: str, label: str, done: int = 0, total: int = 0, finished: bool = False, text: str = ""
) -> dict[str, Any]:
    """Long work that reports itself once a second until its view answers 286."""
    return {
        "id": id, "url": url, "label": label, "done": done, "total": total, "finished": finished, "text": text
    }  # fmt: skip


@register.inclusion_tag("components/chart.html")
def chart(chart: Chart, head: str, note: str = "") -> dict[str, Any]:
    """Bars that lead somewhere, and the same numbers as a table; `head` names its first column."""
    return {"chart": chart, "head": head, "note": note}


_BAR = (
    '<a href="{url}" aria-label="{said}"><title>{said}</title>'
    '<rect class="Chart-hit" x="{x}" y="0" width="{step}" height="100" />{boxes}</a>'
)
_BOX = '<rect class="Chart-box Chart-box--{}" x="{}" y="{}" width="{}" height="{}" />'


@register.simple_tag
def bars(chart: Chart) -> SafeString:
    """What `chart` draws, in one go: numbers of its boxes were most of what a template looked up on its page."""
    drawn = [
        _BAR.format(
            url=escape(column.bar.url), said=escape(column.said), x=column.x, step=chart.step,
            boxes="".join(_BOX.format(one.tone, one.x, one.y, one.width, one.height) for one in column.boxes),
        )
        for column in chart.columns
    ]  # fmt: skip
    return mark_safe("".join(drawn))  # noqa: S308  tones are ours, the rest is numbers or escaped


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Any, target: str = "", label: str = "Pages") -> dict[str, Any]:
    """Previous and next of a core.paging.Page; `target` is the id htmx replaces."""
    return {"request": context.get("request"), "page": page, "target": target, "label": label}


@register.inclusion_tag("components/filter_bar.html", takes_context=True)
def filter_bar(
    context: Context, form: BaseForm, target: str = "", clear_url: str = "", placeholder: str = ""
) -> dict[str, Any]:
    """A GET form over a list: its field `q` is the search, the others become selects."""
    return {
        "request": context.get("request"), "form": form, "target": target, "clear_url": clear_url,
        "placeholder": placeholder,
    }  # fmt: skip


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, optional: bool = False) -> dict[str, Any]:
    """Label, control, help and errors of one form field."""
    return {"field": bound, "optional": optional}


@register.simple_block_tag(takes_context=True)
def blankslate(
    context: Context, content: str, *, title: str, icon: str = "inbox", action_url: str = "", action: str = "",
    level: int = 2,
) -> SafeString:  # fmt: skip
    """Nothing to show: says which case it is and what to do next. The block is the explanation."""
    return _render(
        context, "blankslate",
        {"content": content, "title": title, "icon": icon, "action_url": action_url, "action": action, "level": level},
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def list_box(
    context: Context, content: str, *, id: str, title: str, count: int | str | None = None,
    when: datetime | None = None, source: str = "GitHub", refresh_url: str = "", trouble: str = "",
    dated: bool = True, page: Any = None, select_all: bool = False, announce: str = "",
) -> SafeString:  # fmt: skip
    """A box around a table or rows: heading, count, "as of", pages. The block is the table or list.

    `dated=False` leaves "as of" out, for lists that are Patrol's own. `announce` is said after a swap.
    """
    return _render(
        context, "list_box",
        {
            "content": content, "id": id, "title": title, "count": count, "when": when, "source": source,
            "refresh_url": refresh_url, "trouble": trouble, "dated": dated, "page": page, "select_all": select_all,
            "announce": announce,
        },
    )  # fmt: skip


@register.simple_block_tag(takes_context=True)
def bulk_bar(context: Context, content: str, *, id: str, action: str) -> SafeString:
    """What can be done with the selected rows, whose boxes say `form="<id>"`. The block is its buttons."""
    return _render(context, "bulk_bar", {"content": content, "id": id, "action": action})


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, *, id: str, title: str, description: str = "") -> SafeString:
    """A modal that `[data-dialog-open="<id>"]` opens. The block is what it holds."""
    return _render(context, "dialog", {"content": content, "id": id, "title": title, "description": description})


@register.simple_block_tag(takes_context=True)
def timeline_item(
    context: Context, content: str, *, icon: str, actor: str = "", avatar_url: str | None = "", tone: str = "",
    when: datetime | None = None,
) -> SafeString:  # fmt: skip
    """One thing that happened, in `<ol class="Timeline">`. The block is what `actor` did."""
    return _render(
        context, "timeline_item",
        {"content": content, "icon": icon, "actor": actor, "avatar_url": avatar_url, "tone": tone, "when": when},
    )  # fmt: skip


def _render(context: Context, name: str, arguments: dict[str, Any]) -> SafeString:
    """The template of a block tag with its arguments and what forms and links need of the page."""
    inner = context.new({"request": context.get("request"), "csrf_token": context.get("csrf_token"), **arguments})
    return context.template.engine.get_template(f"components/{name}.html").render(inner)  # type: ignore[union-attr]
