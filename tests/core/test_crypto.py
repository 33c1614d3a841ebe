"""Secrets at rest open for their own row with their own key, and for nothing else."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import crypto

ROW, OTHER_ROW = "accounts_usertoken.access:1", "accounts_usertoken.access:2"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_a_secret_comes_back_from_its_row(secret: str) -> None:
    sealed = crypto.seal(secret, row=ROW)
    assert crypto.unseal(sealed, row=ROW) == secret
    assert secret not in sealed or len(secret) < 6


def test_the_same_secret_never_looks_the_same_twice() -> None:
    assert crypto.seal("secret", row=ROW) != crypto.seal("secret", row=ROW)


def test_a_ciphertext_moved_to_another_row_or_column_does_not_open() -> None:
    sealed = crypto.seal("secret", row=ROW)
    for row in (OTHER_ROW, "accounts_usertoken.refresh:1", ""):
        with pytest.raises(crypto.Sealed, match="does not open"):
            crypto.unseal(sealed, row=row)


def test_every_changed_byte_is_noticed() -> None:
    name, _, encoded = crypto.seal("secret", row=ROW).partition(".")
    body = base64.b64decode(encoded)
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(crypto.Sealed):
            crypto.unseal(f"{name}.{base64.b64encode(changed).decode()}", row=ROW)


@pytest.mark.parametrize("sealed", ["x", "test.", "test.AAAA", "test.%%%", ".AAAA", "gone.AAAA", "test.é", "test"])
def test_what_was_never_sealed_is_sealed_and_no_crash(sealed: str) -> None:
    with pytest.raises(crypto.Sealed):
        crypto.unseal(sealed, row=ROW)


def test_a_lost_key_means_sealed(settings: Any) -> None:
    sealed = crypto.seal("secret", row=ROW)
    settings.ENCRYPTION_KEYS = [crypto.new_key("other")]
    with pytest.raises(crypto.Sealed):
        crypto.unseal(sealed, row=ROW)


def test_another_key_of_the_same_name_does_not_open(settings: Any) -> None:
    sealed = crypto.seal("secret", row=ROW)
    settings.ENCRYPTION_KEYS = [crypto.new_key(sealed.partition(".")[0])]
    with pytest.raises(crypto.Sealed):
        crypto.unseal(sealed, row=ROW)


def test_a_new_key_seals_and_the_old_one_still_opens(settings: Any) -> None:
    old = crypto.seal("secret", row=ROW)
    settings.ENCRYPTION_KEYS = [crypto.new_key("new"), *settings.ENCRYPTION_KEYS]
    assert crypto.seal("secret", row=ROW).startswith("new.")
    assert crypto.unseal(old, row=ROW) == "secret"
    assert not crypto.is_sealed_now(old)
    assert crypto.is_sealed_now(crypto.seal("secret", row=ROW))


@pytest.mark.parametrize("keys", [[], ["short:AAAA"], [":" + "A" * 44], ["noname"], ["a:%%%"]])
def test_a_key_ring_that_is_none_is_refused(settings: Any, keys: list[str]) -> None:
    settings.ENCRYPTION_KEYS = keys
    with pytest.raises(crypto.Sealed):
        crypto.seal("secret", row=ROW)


def test_nothing_stays_nothing() -> None:
    assert crypto.seal("", row=ROW) == ""
    assert crypto.unseal("", row=ROW) == ""
