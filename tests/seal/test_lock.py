"""The two locks: each seals a page and a PDF for its one recipient, as often as it is asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.seal import aespdf, certificate, openpgp, page
from iup.seal.aespdf import NOBODYS, Personal
from iup.seal.lock import OpenpgpLock, PassphraseLock
from iup.seal.padding import padme
from iup.seal.passphrase import Secret, derive
from tests.support.sealing import exported, gpg_home, new_key, pdf_text, small_pdf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = "luta-reklam-alfabet-utveckla-giraff-mura-parabol"
FRAGMENTS, OPEN_PAGE = "<p>Ett stycke</p>", "<html><p>Ett stycke</p></html>"
PDF = small_pdf("En text.", "Titel")
OWN = Personal("a ticket", b"m" * 16)


@pytest.fixture(scope="module")
def recipient() -> Iterator[tuple[Path, OpenpgpLock]]:
    """Return the home of somebody with a key, and the lock that only they can open."""
    with gpg_home() as home:
        fingerprint = new_key(home, "recipient")
        public = exported(home, fingerprint)
        yield home, OpenpgpLock(certificate.inspect(public, fingerprint, home), public, None)


def test_a_certificate_locks_a_page_and_a_pdf_from_an_empty_home(recipient: tuple[Path, OpenpgpLock]) -> None:
    home, lock = recipient
    with gpg_home() as empty:
        for _ in range(2):  # the second finds the certificate where the first put it
            opened = openpgp.unseal(lock.page(FRAGMENTS, OPEN_PAGE, "", empty), home)
            assert opened.rstrip(b" ").decode() == OPEN_PAGE
            assert len(opened) == padme(len(OPEN_PAGE))
        for personal in (NOBODYS, OWN):
            plain = openpgp.unseal(lock.pdf(PDF, empty, personal), home)
            assert pdf_text(plain) == pdf_text(PDF)
            assert plain != PDF
    assert lock.ending == ".pgp"


def test_a_passphrase_locks_a_page_and_a_pdf(tmp_path: Path) -> None:
    lock = PassphraseLock(Secret(WORDS, b"s" * 16, derive(WORDS, b"s" * 16)))
    shell = f'<script type="application/json" id="sealed">{page.SLOT}</script>'
    assert page.unseal(lock.page(FRAGMENTS, OPEN_PAGE, shell, tmp_path), WORDS).decode().rstrip() == FRAGMENTS
    sealed = lock.pdf(PDF, tmp_path, OWN)
    assert pdf_text(sealed, WORDS) == pdf_text(PDF)
    assert pdf_text(aespdf.unseal(sealed, WORDS)) == pdf_text(PDF)
    assert lock.ending == ""
    assert not list(tmp_path.iterdir())


def test_a_lock_that_is_printed_by_mistake_tells_no_secret() -> None:
    secret = Secret(WORDS, b"s" * 16, derive(WORDS, b"s" * 16))
    for shown in (repr(secret), repr(PassphraseLock(secret))):
        for told in (WORDS, repr(secret.key), repr(secret.salt)):
            assert told not in shown
