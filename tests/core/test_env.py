"""Settings from the environment."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

NAME = "PATROL_TEST_ONLY"


@pytest.fixture(autouse=True)
def _forget_what_was_read() -> Iterator[None]:
    """These are no settings of Patrol: the generated page must not list them."""
    known = list(env.SETTINGS)
    yield
    env.SETTINGS[:] = known


def test_a_setting_that_is_not_given_has_its_default() -> None:
    assert env.text(NAME, "default", "Text.") == "default"
    assert env.integer(NAME, 7, "A number.") == 7
    assert env.flag(NAME, True, "A flag.") is True
    assert env.words(NAME, ["a"], "Words.") == ["a"]
    assert env.secret(NAME, "A secret.") == ""


def test_an_empty_setting_is_one_that_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "")
    assert env.integer(NAME, 7, "A number.") == 7
    assert env.words(NAME, ["a"], "Words.") == ["a"]


@pytest.mark.parametrize(
    ("given", "value"),
    [("1", True), ("true", True), ("YES", True), ("0", False), ("False", False), ("no", False)],
)
def test_a_flag_is_said_in_several_ways(monkeypatch: pytest.MonkeyPatch, given: str, value: bool) -> None:
    monkeypatch.setenv(NAME, given)
    assert env.flag(NAME, not value, "A flag.") is value


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " a, b ,,c,")
    assert env.words(NAME, [], "Words.") == ["a", "b", "c"]


def test_a_value_that_cannot_be_read_names_its_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "seven")
    readers: list[Callable[[], object]] = [
        lambda: env.integer(NAME, 1, "A number."),
        lambda: env.flag(NAME, True, "A flag."),
    ]
    for read in readers:
        with pytest.raises(ImproperlyConfigured, match=NAME):
            read()


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(file))
    assert env.secret(NAME, "A secret.") == "from the file"
    monkeypatch.setenv(NAME, "from the environment")
    with pytest.raises(ImproperlyConfigured, match="not both"):
        env.secret(NAME, "A secret.")


def test_a_file_that_cannot_be_read_is_said_without_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.secret(NAME, "A secret.")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    monkeypatch.setenv(f"{NAME}_FILE", str(binary))
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        env.secret(NAME, "A secret.")


def test_each_reading_is_noted_for_the_page_of_settings() -> None:
    env.integer(NAME, 7, "A  number\n    over two lines.")
    noted = env.SETTINGS[-1]
    assert (noted.name, noted.default, noted.meaning) == (NAME, "`7`", "A number over two lines.")
