"""Text from strangers: whatever it holds, it comes out visible, short and storable."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import text

EVERY_CODE_POINT = range(0x110000)
# Surrogates included: JSON may spell them out one by one.
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=400)
HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def is_harmless(character: str) -> bool:
    """What pages and PostgreSQL may be given."""
    return unicodedata.category(character) not in HARMFUL or character in "\n\t\u200d"


@pytest.mark.parametrize("multiline", [False, True])
def test_every_code_point_comes_out_harmless(multiline: bool) -> None:
    """All of them in one text, of which each is judged by itself; ASCII, which has a shorter way, also alone."""
    every = "".join(map(chr, EVERY_CODE_POINT))
    shown = text.visible(every, limit=10 * len(every), multiline=multiline)
    assert [hex(ord(one)) for one in sorted(set(shown)) if not is_harmless(one)] == []
    shown.encode()
    for one in map(chr, range(128)):
        assert all(map(is_harmless, text.visible(one, multiline=multiline))), hex(ord(one))


@given(ANY_TEXT, st.integers(16, 300), st.booleans())
def test_any_text_comes_out_harmless_within_its_limit(given_text: str, limit: int, multiline: bool) -> None:
    shown = text.visible(given_text, limit=limit, multiline=multiline)
    assert len(shown) <= limit
    assert all(is_harmless(character) for character in shown)
    assert "\x00" not in shown
    shown.encode()
    if not multiline:
        assert "\n" not in shown
        assert "\t" not in shown


@given(ANY_TEXT, st.booleans())
def test_what_is_visible_stays_as_it_is(given_text: str, multiline: bool) -> None:
    once = text.visible(given_text, multiline=multiline)
    assert text.visible(once, multiline=multiline) == once


@given(
    st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters=text.BLANKS), max_size=200)
)
def test_plain_words_of_any_language_are_left_alone(words: str) -> None:
    assert text.visible(words) == words


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("deploy \u202egpj.exe", "deploy ⟨U+202E⟩gpj.exe"),
        ("a\x00b", "a⟨U+0000⟩b"),
        ("\ud800", "⟨U+D800⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ufeffBOM", "⟨U+FEFF⟩BOM"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("line\nbreak\ttab", "line break tab"),
        ("blank\u3164letter", "blank⟨U+3164⟩letter"),
        ("family 👩\u200d👩\u200d👧", "family 👩\u200d👩\u200d👧"),
        ("<b onclick=x>", "<b onclick=x>"),
    ],
)
def test_what_hides_is_shown(given_text: str, shown: str) -> None:
    """HTML is left to the template's escaping: here it is only text."""
    assert text.visible(given_text) == shown


def test_a_name_of_ten_kilobytes_ends_in_an_ellipsis() -> None:
    assert text.visible("a" * 10_000) == "a" * (text.LINE - 1) + "…"
    assert text.visible("\u202e" * 10_000)[-1] == "…"


def test_paragraphs_keep_their_lines() -> None:
    assert text.visible("one\r\ntwo\n\tthree", multiline=True) == "one\ntwo\n\tthree"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)


def texts(value: object) -> list[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [found for item in value for found in texts(item)]
    if isinstance(value, dict):
        return [found for pair in value.items() for item in pair for found in texts(item)]
    return []


@given(JSON)
def test_every_text_in_a_json_value_is_cleaned_wherever_it_stands(value: object) -> None:
    for found in texts(text.clean(value)):
        assert all(is_harmless(character) for character in found)


def test_shape_and_numbers_stay() -> None:
    value = {"id": 2**70, "a": [1.5, None, True, {"b": "x\x07"}]}
    assert text.clean(value) == {"id": 2**70, "a": [1.5, None, True, {"b": "x⟨U+0007⟩"}]}
