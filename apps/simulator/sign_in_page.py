"""The few pages for people: whom to sign in as, what happened, and that this is not GitHub.

Everything is inline and without script; text is escaped where it enters a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from apps.simulator.http import Response, html_response
from apps.simulator.model import Organization, User
from apps.simulator.routing import Call
from apps.simulator.state import CAST

MOST_PEOPLE = 60

_STYLE = """
:root{color-scheme:light dark;--line:#d1d9e0;--soft:#59636e;--page:#f6f8fa;--card:#fff;--ink:#1f2328;--link:#0969da;
--note:#fff8c5;--note-line:#d4a72c66;--go:#1f883d;--bad:#d1242f;--bad-soft:#ffebe9;--bad-line:#ff818266}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#9198a1;--page:#0d1117;--card:#151b23;--ink:#f0f6fc;
--link:#4493f8;--note:#bb800926;--note-line:#bb800966;--go:#238636;--bad:#f85149;--bad-soft:#f851491a;
--bad-line:#f8514966}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI","Noto Sans",Helvetica,Arial,sans-serif}
main{max-width:34rem;margin:2.5rem auto;padding:0 1rem}
h1{font-size:1.4rem;font-weight:600;margin:0 0 1rem;overflow-wrap:anywhere}
.note{background:var(--note);border:1px solid var(--note-line);border-radius:6px;padding:.6rem .9rem;margin:0 0 1.5rem}
ul{list-style:none;margin:0 0 1.5rem;padding:0;background:var(--card);border:1px solid var(--line);border-radius:6px}
li+li{border-top:1px solid var(--line)}
li a,li .row,li.row{display:block;padding:.7rem .9rem;color:inherit;text-decoration:none}
li a:hover,li a:focus-visible{background:var(--page)}a{color:var(--link)}li b{color:var(--link)}
small,.soft{color:var(--soft);font-size:.85rem}small{display:block}h2{font-size:1rem;margin:1.5rem 0 .5rem}
form{display:flex;gap:.5rem;margin:0 0 1rem}input{flex:1;min-width:0}.stack{display:block}
input,button,select,.button{font:inherit;padding:.35rem .7rem;
border:1px solid var(--line);border-radius:6px;background:var(--card);color:inherit}
button,.button{cursor:pointer}.button{display:inline-block;text-decoration:none;white-space:nowrap}
li button{display:block;width:100%;text-align:left;border:0;border-radius:0;
padding:.7rem .9rem}li button:hover,li button:focus-visible{background:var(--page)}
.primary{background:var(--go);border-color:#1f232826;color:#fff;font-weight:600}.wide{width:100%}
.danger{color:var(--bad)}.field{margin:0 0 1rem}.field label{display:block;font-weight:600;margin:0 0 .3rem}
.field input{width:100%}.box{background:var(--card);border:1px solid var(--line);border-radius:6px;
padding:1rem;margin:0 0 1.5rem}.box>:last-child{margin-bottom:0}
.problems{background:var(--bad-soft);border:1px solid var(--bad-line);border-radius:6px;padding:.6rem .9rem;
margin:0 0 1.5rem}.problems ul{background:none;border:0;margin:.3rem 0 0;padding:0 0 0 1.2rem;list-style:disc}
.problems li+li{border:0}.pair{display:flex;justify-content:space-between;align-items:center;gap:1rem}
li .pair,li.pair{display:flex}.pair>:last-child{flex:none}.pair>:first-child{min-width:0;overflow-wrap:anywhere}
summary{cursor:pointer;font-weight:600}input[type=checkbox]{width:auto}small{font-weight:400}.box ul{margin-bottom:1rem}
code{font:13px ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
"""


def page(title: str, content: str, *, status: int = 200) -> Response:
    """A page with the sentence that it is a simulator. `content` is HTML; `title` is text."""
    return html_response(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · GitHub simulator</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body><main>'
        '<p class="note"><strong>This is a GitHub simulator, not GitHub.</strong> It runs on this machine, its people '
        "are invented, and nobody asks for a password.</p>"
        f"<h1>{escape(title)}</h1>{content}</main></body></html>",
        status=status,
    )


def error_page(status: int, message: str) -> Response:
    phrase = HTTPStatus(status).phrase
    return page(f"{status} {phrase}", f'<p>{escape(message)}</p><p><a href="/">Who lives here</a></p>', status=status)


def people_page(call: Call, title: str, *, among: Organization | None = None, status: int = 200) -> Response:
    """The people to choose from, the cast first; `q` searches. Each is a link to this address with `login`.

    Where a form was sent here, each is a button that sends it again.
    """
    wanted = call.request.given("q").casefold()
    everybody = [u for u in call.state.users.values() if among is None or u.id in among.members]
    cast = [u for u in everybody if u.login in CAST and wanted in u.login]
    others = [u for u in everybody if u.login not in CAST and wanted in f"{u.login} {u.name}".casefold()]
    shown = others[:MOST_PEOPLE]
    parts = [_search(call)]
    if cast:
        parts.append(_people(call, "The cast", cast))
    if shown:
        parts.append(_people(call, f"People ({len(shown)} of {len(others)})", shown))
    if not cast and not shown:
        parts.append(f"<p>Nobody matches “{escape(wanted)}”.</p>")
    if among is None and call.request.path != "/" and not _is_sent(call):
        parts.append(f'<p><a href="{escape(_address(call, "cancel", "1"))}">Cancel</a></p>')
    return page(title, "".join(parts), status=status)


def form(action: str, hidden: Iterable[tuple[str, str]], content: str, *, style: str = "stack") -> str:
    """A form that is sent with POST; `content` is HTML."""
    return f'<form class="{style}" method="post" action="{escape(action)}">{_hidden(hidden)}{content}</form>'


def sso_done_page(call: Call, organization: Organization, user: User) -> Response:
    text = escape(f"{user.login} now has an SSO session at {organization.name}.")
    return page("Single sign-on", f"<p>{text}</p><p>Go back and sign in again, or reload the page you came from.</p>")


def _search(call: Call) -> str:
    value = escape(call.request.given("q"))
    box = f'<input type="search" name="q" aria-label="Search people" placeholder="Search people" value="{value}">'
    if _is_sent(call):
        return form(_sent_address(call), _kept_fields(call), f"{box}<button>Search</button>", style="")
    kept = [pair for pair in parse_qsl(call.request.query_string) if pair[0] not in ("q", "login")]
    return f'<form action="{escape(call.request.path)}">{_hidden(kept)}{box}<button>Search</button></form>'


def _people(call: Call, heading: str, people: list[User]) -> str:
    rows = "".join(f"<li>{_person(call, user)}</li>" for user in people)
    listed = f"<h2>{escape(heading)}</h2><ul>{rows}</ul>"
    return form(_sent_address(call), _kept_fields(call), listed) if _is_sent(call) else listed


def _person(call: Call, user: User) -> str:
    text = f"<b>{escape(user.login)}</b> {escape(user.name)}<small>{escape(_about(call, user))}</small>"
    if call.request.path == "/":
        return f'<span class="row">{text}</span>'
    if _is_sent(call):
        return f'<button name="login" value="{escape(user.login)}">{text}</button>'
    return f'<a href="{escape(_address(call, "login", user.login))}">{text}</a>'


def _about(call: Call, user: User) -> str:
    roles = {"admin": "owner of", "member": "member of"}
    held: dict[str, list[str]] = {}
    for organization in call.state.organizations_of(user):
        held.setdefault(roles[organization.members[user.id]], []).append(organization.login)
    where = "; ".join(f"{role} {', '.join(names)}" for role, names in held.items()) or "member of no organization"
    return f"{user.note}. {where[0].upper()}{where[1:]}." if user.note else f"{where[0].upper()}{where[1:]}."


def _hidden(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in pairs)


def _is_sent(call: Call) -> bool:
    return call.request.verb == "POST"


def _sent_address(call: Call) -> str:
    query = call.request.query_string
    return f"{call.request.path}?{query}" if query else call.request.path


def _kept_fields(call: Call) -> list[tuple[str, str]]:
    return [pair for pair in call.request.fields().items() if pair[0] not in ("q", "login")]


def _address(call: Call, name: str, value: str) -> str:
    kept = [pair for pair in parse_qsl(call.request.query_string) if pair[0] not in ("q", "login")]
    return f"{call.request.path}?{urlencode([*kept, (name, value)])}"
