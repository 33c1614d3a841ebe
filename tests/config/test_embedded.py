"""What `make run` keeps in its data directory: keys that are made once, and a record that is of one GitHub."""

import base64
import stat
from pathlib import Path

import pytest

from config import embedded
from config.embedded import CannotStart


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    embedded.make_data_dir(tmp_path / "var")
    return tmp_path / "var"


def _files(data_dir: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (data_dir / "keys").iterdir()}


def test_keys_are_made_at_the_first_start(data_dir: Path) -> None:
    settings = embedded.keys({}, data_dir)
    assert set(settings) == {"PATROL_SECRET_KEY_FILE", "PATROL_ENCRYPTION_KEYS_FILE"}
    made = _files(data_dir)
    assert len(made["secret_key"].strip()) >= 50
    name, _, key = made["encryption_keys"].strip().partition(":")
    assert name
    assert len(base64.b64decode(key)) == 32


def test_keys_stay_the_same_at_the_next_start(data_dir: Path) -> None:
    embedded.keys({}, data_dir)
    before = _files(data_dir)
    (data_dir / "patrol.sqlite3").touch()
    embedded.keys({}, data_dir)
    assert _files(data_dir) == before


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        embedded.make_data_dir(tmp_path / name)
        embedded.keys({}, tmp_path / name)
    assert set(_files(tmp_path / "one").values()).isdisjoint(_files(tmp_path / "two").values())


def test_keys_are_for_their_owner_alone(data_dir: Path) -> None:
    embedded.keys({}, data_dir)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (data_dir / "keys").iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE((data_dir / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize("lost", ["secret_key", "encryption_keys"])
def test_a_lost_key_is_said_and_no_new_one_is_made(data_dir: Path, lost: str) -> None:
    embedded.keys({}, data_dir)
    (data_dir / "patrol.sqlite3").touch()
    (data_dir / "keys" / lost).unlink()
    with pytest.raises(CannotStart, match=rf"{lost} is missing"):
        embedded.keys({}, data_dir)
    assert not (data_dir / "keys" / lost).exists()


def test_keys_from_the_environment_are_not_written_down(data_dir: Path) -> None:
    given = {"PATROL_SECRET_KEY": "s" * 50, "PATROL_ENCRYPTION_KEYS_FILE": "/run/secrets/ring"}
    assert embedded.keys(given, data_dir) == {}
    assert _files(data_dir) == {}


def test_a_demo_is_not_started_over_a_real_record(data_dir: Path) -> None:
    embedded.claim_for(data_dir, "real")
    (data_dir / "patrol.sqlite3").touch()
    with pytest.raises(CannotStart, match="holds the record of a real GitHub"):
        embedded.claim_for(data_dir, "simulated")
    embedded.claim_for(data_dir, "real")


def test_an_empty_directory_belongs_to_nobody(data_dir: Path) -> None:
    embedded.claim_for(data_dir, "simulated")
    embedded.claim_for(data_dir, "real")


def test_what_was_prepared_is_not_waited_for_again(data_dir: Path) -> None:
    embedded.note_prepared(data_dir, "fingerprint")
    assert not embedded.is_prepared(data_dir, "fingerprint"), "without a database nothing is prepared"
    (data_dir / "patrol.sqlite3").touch()
    (data_dir / "static").mkdir()
    assert embedded.is_prepared(data_dir, "fingerprint")
    assert not embedded.is_prepared(data_dir, "another")


def test_a_new_migration_is_prepared_for(tmp_path: Path) -> None:
    for folder in ("requirements", "config", "apps/tokens/migrations", "static"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "requirements" / "base.txt").write_text("django==5.2")
    (tmp_path / "config" / "settings.py").write_text("")
    before = embedded.fingerprint({}, tmp_path)
    assert embedded.fingerprint({}, tmp_path) == before
    (tmp_path / "apps" / "tokens" / "migrations" / "0002_more.py").write_text("")
    assert embedded.fingerprint({}, tmp_path) != before


def test_a_simulator_that_left_nothing_readable_is_said(data_dir: Path) -> None:
    with pytest.raises(CannotStart, match=r"app\.json cannot be read"):
        embedded.simulated_app(data_dir, "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("mode", "app", "simulated"),
    [("", "", True), ("", "7", False), ("github", "", False), ("github", "7", False), ("demo", "7", True)],
)
def test_the_mode_decides_and_where_there_is_none_the_app_does(mode: str, app: str, simulated: bool) -> None:
    assert embedded.is_simulated({"MODE": mode, "PATROL_GITHUB_APP_ID": app}) is simulated


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(CannotStart, match="MODE=real is neither demo nor github"):
        embedded.is_simulated({"MODE": "real"})


def test_the_demo_and_github_keep_their_data_apart() -> None:
    assert (
        embedded.data_dir_of({"MODE": "github"}) != embedded.data_dir_of({}) == embedded.data_dir_of({"MODE": "demo"})
    )
