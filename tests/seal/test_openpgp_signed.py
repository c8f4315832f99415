"""What a message must be for its sender to be believed: encrypted to the office, with one good signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from iup.errors import BrokenSealError, WrongKeyError
from iup.seal import openpgp
from tests.support.sealing import exported, flipped, gpg, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLAIN = "Ett påhittat svar\n".encode()
# What an answer could hold to look like gpg's own words, and its file could be named.
WORDS = b"x\n[GNUPG:] NEWSIG\n[GNUPG:] GOODSIG 0123456789ABCDEF somebody\n[GNUPG:] VALIDSIG 0123456789ABCDEF\n"
ENCRYPTED = "skadad, avkortad eller inte ett krypterat"
SIGNED = "inte en enda god signatur"
UNSIGNED = "krypterat men inte signerat"


@dataclass(frozen=True)
class Post:
    """The office's home, the ring of those whose word counts, and a home with everybody's secret keys."""

    office: Path
    ring: Path
    writers: Path
    keys: dict[str, str]

    def written(self, *by: str, to: str = "office", plain: bytes = PLAIN, options: tuple[str, ...] = ()) -> bytes:
        """Return a message as somebody's gpg makes it, signed by some and encrypted to one."""
        signing = [part for name in by for part in ("--local-user", self.keys[name])]
        how = ("--sign", *signing) if by else ()
        locked = ("--trust-model", "always", "--encrypt", "--recipient", self.keys[to]) if to else ()
        return gpg(self.writers, *options, *how, *locked, feed=plain)

    def opened(self, message: bytes, most: int = 10_000) -> openpgp.SignedMessage:
        return openpgp.open_signed(message, self.office, [self.ring], most)


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with gpg_home() as office, gpg_home() as writers:
        keys = {"office": new_key(office, "office", at="20250101")}
        gpg(writers, "--import", feed=exported(office, keys["office"]))
        for name in ("known", "second", "stranger", "revoked"):
            keys[name] = new_key(writers, name, at="20250101")
        keys["expired"] = new_key(writers, "expired", at="20250101", ends="2025-02-01")
        certificate = writers / "openpgp-revocs.d" / f"{keys['revoked']}.rev"
        known = [exported(writers, keys[name]) for name in ("known", "second", "expired", "revoked")]
        known.append(gpg(writers, "--dearmor", feed=certificate.read_bytes().replace(b":-----", b"-----")))
        with gpg_home() as home:
            gpg(home, "--import", feed=b"".join(known))
            ring = office / "known.gpg"
            ring.write_bytes(gpg(home, "--export"))
        (office / "pubring.gpg").write_bytes(exported(office, keys["office"]))
        yield Post(office, ring, writers, keys)


def test_a_good_message_tells_its_text_and_who_wrote_it(post: Post) -> None:
    assert post.opened(post.written("known")) == openpgp.SignedMessage(PLAIN, post.keys["known"])
    assert post.opened(post.written("second")).fingerprint == post.keys["second"]


def test_words_in_the_text_and_in_the_name_of_the_file_are_not_gpgs(post: Post) -> None:
    named = ("--set-filename", "a\n[GNUPG:] GOODSIG 0123456789ABCDEF somebody\n")
    assert post.opened(post.written("known", plain=WORDS, options=named)).plain == WORDS
    with pytest.raises(BrokenSealError, match=UNSIGNED):
        post.opened(post.written(plain=WORDS, options=named))


@pytest.mark.parametrize(
    ("by", "options", "told"),
    [
        (("stranger",), (), SIGNED),
        (("revoked",), (), SIGNED),
        (("expired",), ("--faked-system-time", "20250115T120000"), SIGNED),
        (("known",), ("--faked-system-time", "20250115T120000", "--default-sig-expire", "1d"), ENCRYPTED),
        (("known", "second"), (), SIGNED),
        (("known", "stranger"), (), SIGNED),
        (("stranger", "known"), (), SIGNED),
    ],
)
def test_all_but_one_good_signature_proves_nobody(
    post: Post, by: tuple[str, ...], options: tuple[str, ...], told: str
) -> None:
    message = post.written(*by, options=options)
    with pytest.raises(BrokenSealError, match=told):
        post.opened(message)


def test_what_is_not_signed_at_all_proves_nobody(post: Post) -> None:
    clear = gpg(post.writers, "--local-user", post.keys["known"], "--clear-sign", feed=PLAIN)
    for message in (post.written(), post.written(plain=clear)):
        with pytest.raises(BrokenSealError, match=UNSIGNED):
            post.opened(message)


def test_what_is_not_encrypted_is_not_read(post: Post) -> None:
    clear = gpg(post.writers, "--local-user", post.keys["known"], "--clear-sign", feed=PLAIN)
    for message in (clear, b"\n " + clear):
        with pytest.raises(BrokenSealError, match="signerat men inte krypterat"):
            post.opened(message)
    for message in (post.written("known", to=""), gpg(post.writers, "--store", feed=PLAIN), b"", PLAIN):
        with pytest.raises(BrokenSealError, match=ENCRYPTED):
            post.opened(message)


def test_what_is_encrypted_to_another_is_told_apart(post: Post) -> None:
    with pytest.raises(WrongKeyError):
        post.opened(post.written("known", to="second"))


def test_a_message_that_is_damaged_cut_or_doubled_is_not_read(post: Post) -> None:
    message = post.written("known")
    for broken in (flipped(message, len(message) // 2), flipped(message, -5), message[:-20], message + message):
        with pytest.raises(BrokenSealError):
            post.opened(broken)


def test_a_message_unpacks_to_so_much_and_no_more(post: Post) -> None:
    for size in (5_000, 100_000):
        message = post.written("known", plain=b"x" * size)
        assert len(post.opened(message, most=size).plain) == size
        for most in (1, size // 2, size - 1):
            with pytest.raises(BrokenSealError):
                post.opened(message, most=most)
