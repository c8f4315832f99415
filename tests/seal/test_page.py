from __future__ import annotations

import base64
import json
import re
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iup.errors import BrokenSealError, LeakError, WrongKeyError
from iup.seal import page
from iup.seal.padding import padme
from iup.seal.passphrase import Secret, new_secret
from tests.support.sealing import flipped

SHELL = b'<p>brev</p><script type="application/json" id="sealed">{{SEALED}}</script>'
FRAGMENT = "<h1>Ett påhittat dokument</h1><p>KANARIEFÅGEL</p>".encode()
PAYLOAD = re.compile(rb'id="sealed">(.*)\n(.*)\n</script>')
SECRET = new_secret()


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return page.seal(FRAGMENT, SECRET, SHELL)


def parts(sealed: bytes) -> tuple[dict[str, object], bytes]:
    """Return the header and the ciphertext of a sealed page."""
    found = PAYLOAD.search(sealed)
    assert found
    return json.loads(found[1]), base64.b64decode(found[2])


def put_together(header: dict[str, object], ciphertext: bytes) -> bytes:
    """Return a sealed page with this header and this ciphertext, written as the seal writes them."""
    line = json.dumps(header, separators=(",", ":")).encode()
    return SHELL.replace(b"{{SEALED}}", line + b"\n" + base64.b64encode(ciphertext) + b"\n")


def turned(field: object) -> str:
    """Return a base64 header field with one bit turned."""
    return base64.b64encode(flipped(base64.b64decode(str(field)), 3)).decode()


def test_a_locked_page_is_known_from_other_files(sealed: bytes) -> None:
    assert page.is_page(sealed)
    assert not page.is_page(SHELL.replace(b"sealed", b"other"))


def test_it_opens_with_the_words_as_printed_and_as_typed(sealed: bytes) -> None:
    assert page.unseal(sealed, SECRET.passphrase) == FRAGMENT
    assert page.unseal(sealed, f"  {SECRET.passphrase.replace('-', ' ').upper()} ") == FRAGMENT


@settings(max_examples=12, deadline=None)
@given(st.binary(max_size=3_000).map(lambda data: data.rstrip(b" ")))
def test_whatever_is_sealed_comes_back(fragment: bytes) -> None:
    assert page.unseal(page.seal(fragment, SECRET, SHELL), SECRET.passphrase) == fragment


def test_putting_a_page_together_as_it_was_changes_nothing(sealed: bytes) -> None:
    assert put_together(*parts(sealed)) == sealed  # so that each test below changes what it says and nothing else


def test_other_words_do_not_open_it(sealed: bytes) -> None:
    with pytest.raises(WrongKeyError):
        page.unseal(sealed, new_secret().passphrase)


@pytest.mark.parametrize("field", ["salt", "iv"])
def test_a_changed_salt_or_iv_is_refused(sealed: bytes, field: str) -> None:
    header, ciphertext = parts(sealed)
    with pytest.raises(WrongKeyError):
        page.unseal(put_together({**header, field: turned(header[field])}, ciphertext), SECRET.passphrase)


@pytest.mark.parametrize("at", [0, 20, -17, -16, -1], ids=["first", "text", "padding", "tag", "end of tag"])
def test_a_changed_ciphertext_or_tag_is_refused(sealed: bytes, at: int) -> None:
    header, ciphertext = parts(sealed)
    with pytest.raises(WrongKeyError):
        page.unseal(put_together(header, flipped(ciphertext, at)), SECRET.passphrase)


def test_a_shortened_ciphertext_is_refused(sealed: bytes) -> None:
    header, ciphertext = parts(sealed)
    with pytest.raises(WrongKeyError):
        page.unseal(put_together(header, ciphertext[:-3]), SECRET.passphrase)


def test_more_rounds_than_it_was_sealed_with_are_refused(sealed: bytes) -> None:
    header, ciphertext = parts(sealed)
    with pytest.raises(WrongKeyError):
        page.unseal(put_together({**header, "iterations": 600_001}, ciphertext), SECRET.passphrase)


def test_a_header_that_says_the_same_in_other_bytes_is_refused(sealed: bytes) -> None:
    # The words give the right key here; only the authenticated header differs.
    with pytest.raises(WrongKeyError):
        page.unseal(sealed.replace(b'{"v":1,', b'{"v": 1,'), SECRET.passphrase)


@pytest.mark.parametrize(
    "change",
    [
        {"v": 0},
        {"v": 2},
        {"kdf": "PBKDF2-SHA1"},
        {"iterations": 599_999},
        {"iterations": 10_000_001},
        {"iterations": float("inf")},
        {"iterations": float("nan")},
        {"iterations": "många"},
        {"salt": "AAAA"},
        {"salt": 7},
        {"iv": ""},
        {"iv": "å"},
    ],
    ids=str,
)
def test_an_impossible_header_is_a_broken_file(sealed: bytes, change: dict[str, object]) -> None:
    header, ciphertext = parts(sealed)
    with pytest.raises(BrokenSealError):
        page.unseal(put_together({**header, **change}, ciphertext), SECRET.passphrase)


@pytest.mark.parametrize("field", ["v", "kdf", "iterations", "salt", "iv"])
def test_a_header_without_one_of_its_fields_is_a_broken_file(sealed: bytes, field: str) -> None:
    header, ciphertext = parts(sealed)
    del header[field]
    with pytest.raises(BrokenSealError):
        page.unseal(put_together(header, ciphertext), SECRET.passphrase)


def test_a_page_cut_off_on_the_way_is_a_broken_file(sealed: bytes) -> None:
    with pytest.raises(BrokenSealError):
        page.unseal(sealed[: sealed.index(b"</script>") - 40], SECRET.passphrase)


def test_a_payload_whose_base64_lost_its_end_is_a_broken_file(sealed: bytes) -> None:
    header, ciphertext = parts(sealed)
    line = base64.b64encode(ciphertext)
    with pytest.raises(BrokenSealError):
        page.unseal(sealed.replace(line, line[:-1]), SECRET.passphrase)
    assert header["v"] == 1


def test_a_page_too_short_to_hold_a_tag_is_a_broken_file(sealed: bytes) -> None:
    header, _ = parts(sealed)
    with pytest.raises(BrokenSealError):
        page.unseal(put_together(header, bytes(15)), SECRET.passphrase)


def test_nothing_of_the_content_or_the_key_is_in_the_file(sealed: bytes) -> None:
    for trace in (b"KANARIE", base64.b64encode(FRAGMENT)[:20], SECRET.passphrase.encode(), SECRET.key):
        assert trace not in sealed
        assert base64.b64encode(trace) not in sealed


def test_no_iv_is_used_twice(sealed: bytes) -> None:
    again = page.seal(FRAGMENT, SECRET, SHELL)
    assert parts(again)[0]["iv"] != parts(sealed)[0]["iv"]
    assert parts(again)[1] != parts(sealed)[1]


@pytest.mark.parametrize("length", [0, 1, 990, 5_000])
def test_the_ciphertext_is_of_a_padded_length(length: int) -> None:
    _, ciphertext = parts(page.seal(b"x" * length, SECRET, SHELL))
    assert len(ciphertext) == padme(length + 16)


def test_two_texts_of_nearly_one_length_are_sealed_to_one_size() -> None:
    assert len(page.seal(b"x" * 5_000, SECRET, SHELL)) == len(page.seal(b"y" * 5_050, SECRET, SHELL))


def test_a_key_that_is_not_of_the_words_is_noticed_by_whoever_unseals() -> None:
    mixed = Secret(SECRET.passphrase, SECRET.salt, new_secret().key)
    with pytest.raises(WrongKeyError):
        page.unseal(page.seal(FRAGMENT, mixed, SHELL), SECRET.passphrase)


@pytest.mark.parametrize("fault", [("_opened", b"something else"), ("_opens_with", True)], ids=str)
def test_a_page_that_does_not_open_as_it_should_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, fault: tuple[str, object]
) -> None:
    name, answer = fault
    monkeypatch.setattr(page, name, lambda *_: answer)
    monkeypatch.setattr(page, "_opens_with", page._opens_with if name == "_opens_with" else lambda *_: False)
    with pytest.raises(LeakError):
        page.seal(FRAGMENT, SECRET, SHELL)


def test_a_page_that_another_key_opens_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    # The key that a page must not open with is drawn by chance: here chance draws the right one.
    chance = secrets.token_bytes
    monkeypatch.setattr(secrets, "token_bytes", lambda size: SECRET.key if size == 32 else chance(size))
    with pytest.raises(LeakError):
        page.seal(FRAGMENT, SECRET, SHELL)


def test_a_copy_gets_its_ticket_and_whose_it_is_in_its_one_place() -> None:
    slot = 'data-ticket="{{TICKET}}"'
    fragment = f"<form {slot}></form><p>{slot}</p>"
    assert page.personal(fragment, "T", "a" * 20) == f'<form data-ticket="T" data-to="{"a" * 20}"></form><p>{slot}</p>'
    assert page.personal(fragment, "", "a" * 20) == fragment
