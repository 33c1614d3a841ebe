"""Files of addresses as people make them: every line stands for itself, and none is lost."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import contact_lines
from apps.accounts.contact_lines import Line, Unreadable
from apps.core import spreadsheets


def read(content: bytes | str) -> list[Line]:
    return contact_lines.read(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def said(content: bytes | str) -> list[tuple[str, str, str]]:
    return [(line.id, line.login, line.email) for line in read(content)]


@pytest.mark.parametrize(
    "content",
    [
        "login,email\nann,ann@example.com\n",
        "login;email\r\nann;ann@example.com\r\n",
        "email\tlogin\nann@example.com\tann",
        "\ufefflogin,email\nann,ann@example.com",
        '"Login","E-Mail"\n"ann","ann@example.com"\n',
        "team,GitHub login,Email,phone\nops,ann,ann@example.com,7\n",
        "\n\nann,ann@example.com\n\n",
        "ann;ann@example.com",
        "@ann,ann@example.com",
        "login,email\nann,'ann@example.com\n",
    ],
)
def test_columns_are_found_however_the_file_was_made(content: str) -> None:
    assert said(content) == [("", "ann", "ann@example.com")]


def test_people_may_be_named_by_number_login_or_both() -> None:
    assert said("7,seven@example.com\nann,ann@example.com") == [
        ("7", "", "seven@example.com"), ("", "ann", "ann@example.com")
    ]  # fmt: skip
    assert said("github_id,login,email\n7,ann,a@example.com\n,ben,b@example.com") == [
        ("7", "ann", "a@example.com"), ("", "ben", "b@example.com")
    ]  # fmt: skip


def test_a_line_that_is_wrong_says_so_and_spoils_no_other() -> None:
    content = (
        b"id,login,email\n"
        b"7,,seven@example.com\n"
        b"x,,x@example.com\n"
        b",,nobody@example.com\n"
        b",ann,\n"
        b",ben,ben at example\n"
        b',"cem,cem@example.com\n'
        b",d\xe9a,dea@example.com\n"
        b"," + b"e" * 3_000 + b",e@example.com\n"
        b"8,,eight@example.com\n"
    )
    problems = {line.number: line.problem for line in read(content)}
    assert {number for number, problem in problems.items() if not problem} == {2, 10}
    assert len(problems) == 9
    words = ["not a number", "nobody", "no address", "no e-mail", "quote", "UTF-8", "longer"]
    assert all(word in problems[number] for number, word in enumerate(words, start=3))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no line"), (b"login,email\n\n", "no line"), ("login,email\nann,a@example.com".encode("utf-16"), "UTF-8"),
        (b"just words", "no column"), (b"name,email\nx,x@example.com", "no column with people"),
        (b"a,b@example.com\n" * 20_001, "20,000"), (b"a" * (3 * 1024 * 1024), "larger"),
        (b"a,b\n" + b"\n" * (3 * 1024 * 1024), "20,000"),
    ],
)  # fmt: skip
def test_what_is_no_list_of_addresses_is_refused_as_a_whole(content: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(content)


def test_a_list_as_long_as_allowed_is_read() -> None:
    assert len(read(b"login,email\n" + b"ann,a@example.com\n" * contact_lines.MOST)) == contact_lines.MOST


def test_what_was_exported_comes_back_as_it_was() -> None:
    rows = [["github_id", "login", "email"], ["7", "=cmd", "+tag@example.com"], ["8", "-x", "a@example.com"]]
    assert said("".join(spreadsheets.lines(rows))) == [("7", "=cmd", "+tag@example.com"), ("8", "-x", "a@example.com")]


@given(st.binary(max_size=300))
def test_no_bytes_break_it(content: bytes) -> None:
    try:
        lines = contact_lines.read(io.BytesIO(content))
    except Unreadable:
        return
    assert len({line.number for line in lines}) == len(lines)
    assert all(line.problem or line.email for line in lines)


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=9))
def test_every_line_with_words_in_it_is_accounted_for(words: list[str]) -> None:
    out = io.StringIO()
    rows = [["ann", word.replace("\n", " ").replace("\r", " ")] for word in words]
    csv.writer(out, lineterminator="\n").writerows([["login", "email"], *rows])
    assert [line.number for line in read(out.getvalue().encode(errors="replace"))] == list(range(2, len(words) + 2))
