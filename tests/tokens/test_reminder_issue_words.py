"""What issues say: a stranger's name in them means nothing to GitHub's Markdown."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from apps.tokens.reminder_issues import words

HOSTILE = [
    "@second-owner", "#12", "`` @owner ``", "`", "a`@owner`b", "```\n@owner", "![x](https://evil.example/x.png)",
    "-->", "<!-- patrol:person:7 -->", "<img src=x onerror=alert(1)>", "\u202egnp", "\u200b", "", "  ", "\\`@owner\\`",
]  # fmt: skip
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)
"""A code span: it begins at a row of backticks and ends at the next one as long. https://spec.commonmark.org/0.31.2/#code-spans"""


@given(st.text(alphabet=st.sampled_from("`@#<>-!\\ \n\r\tab\u200b\u2028"), max_size=40) | st.sampled_from(HOSTILE))
@example("`" * 100)
def test_a_name_is_one_code_span_from_end_to_end(name: str) -> None:
    shown = words.code(name)
    found = SPAN.match(shown)
    assert found is not None
    assert found.end() == len(shown)
    assert not any(one in shown for one in "\n\r\u200b\u2028")


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=5))
def test_outside_of_code_an_issue_mentions_its_person_alone(names: list[str]) -> None:
    lines = [{"name": one, "what": "ends", "day": "2026-12-05"} for one in names]
    body = words.body(42, "member", lines, patrol="https://patrol.example")
    assert words.marked(body) == (42, words.digest("member", lines))
    bare = "\n".join(SPAN.sub("", one) for one in body.splitlines()[2:])
    assert re.findall(r"@\w+", bare) == ["@member"]
    assert not re.search(r"[#<!`]", bare)
    assert bare.count("https://") == bare.count("https://patrol.example/my/") == 2


def test_a_login_that_is_none_mentions_nobody() -> None:
    for login in ("helper[bot]", "a b", "@x", "x\n@y"):
        assert words.mention(login).startswith("`")
    assert words.mention("member_acme") == "@member_acme"


def test_a_marker_counts_at_the_beginning_only() -> None:
    assert words.marked("Hello\n<!-- patrol:person:7 -->\n<!-- patrol:list: -->") is None
    assert words.marked(None) is None


def test_a_long_list_says_how_much_it_leaves_out() -> None:
    lines = [{"name": "x" * 500, "what": "ends", "day": "2026-12-05"}] * 60
    body = words.body(42, "member", lines, patrol="https://patrol.example")
    assert "And 10 more." in body
    assert len(body) < 65_536
