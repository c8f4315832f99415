"""The reply file of a page: its lengths, and every way in which it can be wrong."""

from __future__ import annotations

import base64
import json

import pytest

from iup.errors import BrokenSealError, WrongKeyError
from iup.seal import reply
from iup.seal.padding import padme

KEY, OTHER, IV = b"k" * 32, b"o" * 32, b"i" * 12
STEM = "0123456789abcdef0123"
BODY = b'{"f":"Hej"}'
SEALED = reply.seal(BODY, KEY, STEM, IV)


def with_header(**changes: object) -> bytes:
    """Return the reply with some values of its header otherwise; those that are None are left out."""
    first, _, rest = SEALED.partition(b"\n")
    values = {name: value for name, value in {**json.loads(first), **changes}.items() if value is not None}
    return json.dumps(values, separators=(",", ":")).encode() + b"\n" + rest


def with_ciphertext(data: bytes) -> bytes:
    return SEALED.partition(b"\n")[0] + b"\n" + base64.b64encode(data) + b"\n"


def ciphertext(sealed: bytes) -> bytes:
    return base64.b64decode(sealed.partition(b"\n")[2])


def test_the_page_s_key_opens_it_and_no_other() -> None:
    assert reply.unseal(SEALED, KEY) == BODY
    assert reply.unseal(SEALED.removesuffix(b"\n"), KEY) == BODY, "the last line end can be lost on the way"
    assert reply.stem_of(SEALED) == STEM
    with pytest.raises(WrongKeyError):
        reply.unseal(SEALED, OTHER)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 100, 1_000, 4_095, 20_000])
def test_its_length_tells_little_of_what_is_written(length: int) -> None:
    sealed = reply.seal(b"x" * length, KEY, STEM, IV)
    assert len(ciphertext(sealed)) == padme(length + 16)
    assert reply.unseal(sealed, KEY) == b"x" * length


def test_nothing_in_it_can_be_altered_unnoticed() -> None:
    body = bytearray(ciphertext(SEALED))
    for at in (0, len(body) // 2, -1):
        body[at] ^= 1
        with pytest.raises(WrongKeyError):
            reply.unseal(with_ciphertext(bytes(body)), KEY)
        body[at] ^= 1
    for altered in (with_header(to="f" * 20), with_header(iv=base64.b64encode(b"j" * 12).decode())):
        with pytest.raises(WrongKeyError):
            reply.unseal(altered, KEY)
    spaced = SEALED.replace(b'"v":1,', b'"v": 1,')
    assert spaced != SEALED
    with pytest.raises(WrongKeyError):
        reply.unseal(spaced, KEY)


@pytest.mark.parametrize(
    "changes",
    [
        {"iup": "brev"},
        {"to": "g" * 20},
        {"to": "a" * 19},
        {"to": "a" * 21},
        {"to": STEM + "\n"},
        {"iv": base64.b64encode(b"i" * 11).decode()},
        {"iv": base64.b64encode(b"i" * 13).decode()},
    ],
)
def test_a_header_that_cannot_be_right_is_a_broken_file(changes: dict[str, object]) -> None:
    with pytest.raises(BrokenSealError, match="inte kan stämma"):
        reply.unseal(with_header(**changes), KEY)


@pytest.mark.parametrize("changes", [{"iv": "x"}, {"iv": 1}, {"iv": None}, {"to": None}, {"iup": None}, {"v": None}])
def test_a_header_that_cannot_be_read_is_a_broken_file(changes: dict[str, object]) -> None:
    with pytest.raises(BrokenSealError, match="går inte att läsa"):
        reply.unseal(with_header(**changes), KEY)


def test_another_version_is_told_as_that() -> None:
    later = with_header(v=2)
    assert reply.is_reply(later)
    with pytest.raises(BrokenSealError, match="version"):
        reply.unseal(later, KEY)


def test_a_file_too_short_to_hold_a_tag_is_broken_and_one_that_only_holds_it_is_not() -> None:
    with pytest.raises(BrokenSealError, match="inte kan stämma"):
        reply.unseal(with_ciphertext(bytes(15)), KEY)
    with pytest.raises(WrongKeyError):
        reply.unseal(with_ciphertext(bytes(16)), KEY)


def test_a_file_is_too_large_above_the_limit_and_not_at_it() -> None:
    head = len(SEALED.partition(b"\n")[0]) + 1
    whole = SEALED[:head] + b"A" * (reply.MAX_BYTES - head)
    with pytest.raises((WrongKeyError, BrokenSealError)) as at_it:
        reply.unseal(whole[: len(whole) - (len(whole) - head) % 4], KEY)
    assert "för stor" not in str(at_it.value)
    with pytest.raises(BrokenSealError, match="för stor"):
        reply.unseal(SEALED[:head] + b"A" * (reply.MAX_BYTES - head + 4), KEY)


@pytest.mark.parametrize("data", [b"", b"{}", b"%PDF-1.7", b'{"iup":"svar","v":1}', b' {"v":1,"iup":"svar"'])
def test_what_is_no_reply_is_not_taken_for_one(data: bytes) -> None:
    assert not reply.is_reply(data)
    with pytest.raises(BrokenSealError):
        reply.unseal(data, KEY)
