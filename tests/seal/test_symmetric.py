"""The office's own seal opens what it made and what was made before it, and nothing that was changed."""

from __future__ import annotations

import base64
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iup.build import cache, reply_ticket
from iup.errors import BrokenSealError
from iup.keys.vault import Vault
from iup.seal import symmetric
from iup.seal.passphrase import Secret
from iup.system import files

if TYPE_CHECKING:
    from pathlib import Path

KEY = bytes(range(32))  # a test key
# Made by the code of 0.1.0 under the test key. What a vault or a document at home holds must open for ever.
NEEDLES = base64.b64decode("ZGVmZ2hpamtsbW5vWx0DLCzL2Um3UNy0huEA6IM6vg==")
SECRET = base64.b64decode(
    "ZGVmZ2hpamtsbW5v0CvaZ/i0bDuMmelAtyZUlY+SEwdCa08lnyaMpWZbeFgUdaxKjoJR6mWFO2eyWA1cOfqoLDaW0ng5jdSjYjLQCcM71G58ihXn1c7D"
    "mOT71lpjc5GRbpGeH7024CoYhnVTwhI//99HYLWQefSdEfoBSaW8q+sOi/iCaXIoFFeGb4imozYWGIE="
)
TICKET = (
    "ZGVmZ2hpamtsbW5vMzm4DxyFMu0cWCTKvKbOkTbtcnjiGoAXy_OWasuSl3ug3Hb3dCv6Zp6XHVnfP-btfTTqigJwY0GPgYHnwrKHpirlvyzsaQs1u1_d"
    "cyG6AdZUSC8El_W99u_BBvRLI35hvkGiTlt9mlKRk62212jcyhgJsi_zT5QEi1SjgPiYKrdH7_HESwhgSv8nYn2rrH7w86SUNjku6OYTq1wo1XmSjbId"
    "BSj1rozCUXrpo8xGk_yg0-GLQZFo_gVV0SNPps3vaMHcKTk315fF"
)
MEMO = base64.b64decode(
    "ZGVmZ2hpamtsbW5vMBrjqzLn1r4yZo9DQstXfBXzKkowTLFT9+4oOIyoLGZLnXJtLDsFmJxqOKTwpMPXhLpC4xFPovgNCgYSl+CPrORp0ADcfDJDENqe"
    "VWrz4cXVdesPFDP8il7NnInOBF7rpl675NlNt2Z7wu/qfnkgO4Jj"
)


@given(st.binary(), st.binary())
def test_what_was_sealed_opens(plain: bytes, bound_to: bytes) -> None:
    assert symmetric.unseal(KEY, symmetric.seal(KEY, plain, bound_to), bound_to) == plain


def test_no_two_seals_of_a_text_are_alike() -> None:
    assert symmetric.seal(KEY, b"ord") != symmetric.seal(KEY, b"ord")


@given(st.data())
def test_a_changed_bit_or_a_missing_end_does_not_open(data: st.DataObject) -> None:
    sealed = symmetric.seal(KEY, b"ord", b"namn")
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    for broken in (bytes(changed), sealed[:place]):
        with pytest.raises(BrokenSealError):
            symmetric.unseal(KEY, broken, b"namn")


@pytest.mark.parametrize(("key", "bound_to"), [(bytes(32), b"namn"), (KEY, b"annat"), (KEY, b"")])
def test_another_key_or_binding_does_not_open(key: bytes, bound_to: bytes) -> None:
    with pytest.raises(BrokenSealError):
        symmetric.unseal(key, symmetric.seal(KEY, b"ord", b"namn"), bound_to)


def test_needles_of_the_former_code_open(tmp_path: Path) -> None:
    assert symmetric.unseal(Vault(tmp_path, KEY).key("purge needles"), NEEDLES) == b"ord"


def test_a_secret_of_the_former_code_opens_for_its_recipient_alone(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    for name in ("e5h7w", "l7b4n"):
        files.write_whole(tmp_path / "secrets" / f"{name}.sealed", SECRET)
    vault = Vault(tmp_path, KEY)

    assert vault.secret("e5h7w") == Secret("test-fras", b"s" * 16, b"k" * 32)
    with pytest.raises(BrokenSealError, match="lösenfrasen för l7b4n"):
        vault.secret("l7b4n")


def test_a_ticket_of_the_former_code_opens() -> None:
    assert reply_ticket.open(KEY, TICKET) == reply_ticket.Ticket(
        id="00" * 16,
        recipient="e5h7w",
        pupil="a6n4x",
        form="iup-1-3",
        term="HT 2026",
        issued=date(2026, 9, 1),
        fields={"fält/trivsel": "0123456789abcdef"},
    )


def test_a_memo_of_the_former_code_opens_for_its_program_alone(tmp_path: Path) -> None:
    files.write_whole(tmp_path / files.MEMO, MEMO)

    assert cache.recall(tmp_path, KEY, "program 1") == cache.BuildCache(inputs="abc")
    assert cache.recall(tmp_path, KEY, "program 2") == cache.BuildCache()
