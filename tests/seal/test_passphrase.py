from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.seal.passphrase import ITERATIONS, derive, new_secret, normalised, words


def test_the_list_is_2048_different_words_of_plain_small_letters() -> None:
    assert len(words()) == len(set(words())) == 2048
    assert all(re.fullmatch(r"[a-z]{3,10}", word) for word in words())


def test_no_passphrase_can_be_read_in_two_ways() -> None:
    assert not any("-" in word or normalised(word) != word for word in words())


def test_a_new_passphrase_is_seven_words_of_the_list() -> None:
    parts = new_secret().passphrase.split("-")
    assert len(parts) == 7
    assert set(parts) <= set(words())


def test_no_two_secrets_share_words_salt_or_key() -> None:
    one, two = new_secret(), new_secret()
    assert one.passphrase != two.passphrase
    assert one.salt != two.salt
    assert one.key != two.key


def test_a_kept_key_is_the_one_that_the_words_give() -> None:
    secret = new_secret()
    outside = hashlib.pbkdf2_hmac("sha256", secret.passphrase.encode(), secret.salt, ITERATIONS)
    assert secret.key == outside
    assert ITERATIONS >= 600_000


def test_the_number_of_rounds_is_part_of_the_key() -> None:
    assert derive("a", bytes(16), 1_000) != derive("a", bytes(16), 1_001)


@pytest.mark.parametrize(
    "typed",
    [
        "luta-reklam-giraff",
        "Luta Reklam Giraff",
        "  luta   reklam\tgiraff\n",
        "LUTA - REKLAM - GIRAFF",
        "luta--reklam-giraff-",
    ],
)
def test_sloppy_typing_is_forgiven(typed: str) -> None:
    assert normalised(typed) == "luta-reklam-giraff"


@given(st.text())
def test_normalising_twice_changes_nothing(typed: str) -> None:
    assert normalised(normalised(typed)) == normalised(typed)


def test_a_secret_does_not_show_itself() -> None:
    secret = new_secret()
    assert secret.passphrase not in repr(secret)
    assert repr(secret.key) not in repr(secret)
