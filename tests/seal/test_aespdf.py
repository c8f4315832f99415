from __future__ import annotations

import secrets
import subprocess
import zlib
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import pikepdf
import pytest

from iup.errors import BrokenSealError, LeakError, WrongKeyError
from iup.seal import aespdf
from iup.seal.padding import padme
from tests.support.sealing import pdf_text, small_pdf

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "luta-reklam-alfabet-utveckla-giraff-mura-parabol"
TEXT, TITLE = "Tuva Kanariefjord laser om rymden.", "Plan: Tuva Kanariefjord"


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return aespdf.seal(small_pdf(TEXT, TITLE), WORDS)


@pytest.fixture
def file(sealed: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(sealed)
    return path


def qpdf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["qpdf", *map(str, arguments)], capture_output=True, text=True, check=False)


def test_poppler_reads_the_text_with_the_words(sealed: bytes) -> None:
    assert TEXT in pdf_text(sealed, WORDS)


@pytest.mark.parametrize("wrong", ["", WORDS[:-1], f"{WORDS} ", WORDS.upper(), WORDS.replace("-", " "), "owner"])
def test_no_other_password_opens_it_in_qpdf_or_pikepdf(sealed: bytes, file: Path, wrong: str) -> None:
    assert "invalid password" in qpdf(f"--password={wrong}", "--check", file).stderr
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(BytesIO(sealed), password=wrong)
    with pytest.raises(WrongKeyError):
        aespdf.unseal(sealed, wrong)


def test_the_words_are_the_readers_password_never_the_owners(sealed: bytes) -> None:
    with pikepdf.open(BytesIO(sealed), password=WORDS) as pdf:
        assert pdf.user_password_matched
        assert not pdf.owner_password_matched


def test_it_is_aes_256_revision_6_everywhere(file: Path) -> None:
    told = qpdf(f"--password={WORDS}", "--show-encryption", file).stdout
    assert "R = 6" in told
    for part in ("stream", "string", "file"):
        assert f"{part} encryption method: AESv3" in told


def test_filling_in_printing_and_screen_readers_are_allowed_and_no_more(file: Path) -> None:
    told = dict(
        line.split(": ")
        for line in qpdf(f"--password={WORDS}", "--show-encryption", file).stdout.splitlines()
        if line.endswith(("allowed", "not allowed"))
    )
    allowed = {what for what, answer in told.items() if answer == "allowed"}
    assert allowed == {
        "extract for accessibility",
        "print low resolution",
        "print high resolution",
        "modify forms",
    }


def test_neither_text_nor_title_nor_name_is_in_the_file(sealed: bytes) -> None:
    for trace in ("Kanariefjord", "rymden", "Plan:"):
        assert trace.encode() not in sealed
        assert trace.encode("utf-16-be") not in sealed


def test_what_tells_of_the_document_is_encrypted_with_it(sealed: bytes, file: Path) -> None:
    assert b"/EncryptMetadata false" not in sealed
    shown = qpdf("--show-encryption", f"--password={WORDS}", file).stdout
    assert "R = 6" in shown
    streams = [part.partition(b"endstream")[0] for part in sealed.split(b"stream\n")[1:]]
    for stream in streams:
        with suppress(zlib.error):
            assert b"Kanariefjord" not in zlib.decompressobj().decompress(stream)


def test_the_file_is_sound_for_qpdf(file: Path) -> None:
    assert qpdf(f"--password={WORDS}", "--check", file).returncode == 0


@pytest.mark.parametrize("filling", [0, 10, 3_000, 47_000, 180_000])
def test_every_size_is_a_padded_one(filling: int) -> None:
    plain = small_pdf("x", "y", filling)
    assert len(aespdf.seal(plain, WORDS)) == padme(len(plain) + 2 * aespdf._OVERHEAD)


def test_two_documents_of_nearly_one_length_are_sealed_to_one_size() -> None:
    one = aespdf.seal(small_pdf(TEXT, TITLE, 41_800), WORDS)
    two = aespdf.seal(small_pdf("Nagot helt annat.", "Annat", 42_200), WORDS)
    assert len(one) == len(two)


def test_the_same_document_never_gives_the_same_bytes(sealed: bytes) -> None:
    again = aespdf.seal(small_pdf(TEXT, TITLE), WORDS)
    assert len(set(zip(sealed, again, strict=True))) > 1_000


def test_unsealing_gives_the_document_without_lock_and_padding(sealed: bytes) -> None:
    plain = aespdf.unseal(sealed, WORDS)
    assert pdf_text(plain) == pdf_text(small_pdf(TEXT, TITLE))
    with pikepdf.open(BytesIO(plain)) as pdf:
        assert not pdf.is_encrypted
        assert "/PieceInfo" not in pdf.Root
        assert str(pdf.docinfo["/Title"]) == TITLE


def test_a_file_that_another_program_has_saved_without_our_filling_opens_too(sealed: bytes) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(sealed), password=WORDS) as pdf:
        del pdf.Root.PieceInfo
        pdf.save(out, encryption=pikepdf.Encryption(user=WORDS, owner="x" * 20, R=6))
    assert pdf_text(aespdf.unseal(out.getvalue(), WORDS)) == pdf_text(small_pdf(TEXT, TITLE))


def test_a_copy_carries_its_ticket_and_its_mark_locked_or_not() -> None:
    plain = small_pdf(TEXT, TITLE)
    own = aespdf.Personal("a ticket", b"m" * 16)
    sealed = aespdf.seal(plain, WORDS, own)
    assert b"a ticket" not in sealed
    long = aespdf.Personal(secrets.token_hex(15_000), b"m" * 16)
    assert len(aespdf.seal(plain, WORDS, long)) == padme(len(plain) + 30_000 + 2 * aespdf._OVERHEAD)
    for copy in (aespdf.unseal(sealed, WORDS), aespdf.personal_pdf(plain, own)):
        with pikepdf.open(BytesIO(copy)) as pdf:
            assert str(pdf.docinfo[aespdf.TICKET]) == "a ticket"
    for copy, words in ((sealed, WORDS), (aespdf.personal_pdf(plain, own), "")):
        with pikepdf.open(BytesIO(copy), password=words) as pdf:
            first, _ = pdf.trailer.ID.as_list()
            assert bytes(first) == b"m" * 16
    assert aespdf.personal_pdf(plain, aespdf.NOBODYS) == plain
    nobodys = [aespdf.seal(plain, WORDS) for _ in range(2)]
    marks = set()
    for copy in nobodys:
        with pikepdf.open(BytesIO(copy), password=WORDS) as pdf:
            assert aespdf.TICKET not in pdf.docinfo
            marks.add(bytes(pdf.trailer.ID.as_list()[0]))
    assert {len(mark) for mark in marks} == {16}
    assert len(marks) == 2, "that two files hold the same document is not told"


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_file_cut_off_on_the_way_is_a_broken_file(sealed: bytes, share: float) -> None:
    with pytest.raises(BrokenSealError):
        aespdf.unseal(sealed[: int(len(sealed) * share)], WORDS)


def test_a_file_that_is_not_locked_is_a_broken_file() -> None:
    with pytest.raises(BrokenSealError):
        aespdf.unseal(small_pdf(TEXT, TITLE), WORDS)


def test_a_file_that_the_empty_password_opens_is_never_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iup.seal.aespdf.secrets.token_hex", lambda _size: "")  # an owner password forgotten
    with pytest.raises(LeakError):
        aespdf.seal(small_pdf(TEXT, TITLE), WORDS)


def test_a_weaker_cipher_is_never_handed_on() -> None:
    words = WORDS[:20]  # of the older revisions, whose passwords end after 32 bytes
    older: tuple[tuple[Literal[3, 4], bool], ...] = ((4, True), (4, False), (3, False))
    for revision, aes in older:
        out = BytesIO()
        with pikepdf.open(BytesIO(small_pdf(TEXT, TITLE))) as pdf:
            how = pikepdf.Encryption(user=words, owner="x" * 20, R=revision, aes=aes, metadata=aes)
            pdf.save(out, encryption=how)
        with pytest.raises(LeakError, match="AES-256"):
            aespdf._check(out.getvalue(), words)


@pytest.mark.parametrize("target", [0, 3_000, 3_001, 3_002])
def test_a_file_is_filled_to_its_target_or_to_the_next_padded_length(target: int) -> None:
    sealed = b"x" * 2_990 + b"startxref\n"
    filled = aespdf._filled(sealed, target)
    assert len(filled) == (target if target >= len(sealed) else padme(len(sealed) + 2))
    assert filled.endswith(b"startxref\n")
