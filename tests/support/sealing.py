"""What the tests of seals share: gpg homes, keys made on the spot, and a small document to seal."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Iterator

CURVE = ("ed25519", "cv25519")


@contextmanager
def gpg_home() -> Iterator[Path]:
    """Hold an empty GnuPG home; its path is short, since gpg-agent's socket lies in it."""
    with tempfile.TemporaryDirectory(prefix="g") as directory:
        home = Path(directory)
        yield home
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True, capture_output=True)


def gpg(home: Path, *arguments: str | Path, feed: bytes = b"", at: str = "") -> bytes:
    """Run gpg in a home, where a day is given as if it were that day."""
    fixed = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    time = ["--faked-system-time", f"{at}T120000"] if at else []
    run = [*fixed, *time, *map(str, arguments)]
    return subprocess.run(run, input=feed, check=True, capture_output=True).stdout


def new_key(home: Path, name: str, *, at: str = "", ends: str = "never", kinds: tuple[str, str] = CURVE) -> str:
    """Make a key pair that signs and, with a second algorithm, encrypts; return its fingerprint."""
    uid = f"TEST ONLY {name} <{name}@test.example>"
    signs, encrypts = kinds
    gpg(home, "--quick-generate-key", uid, signs, "sign", ends, at=at)
    listed = gpg(home, "--with-colons", "--list-keys", f"={uid}").decode().splitlines()
    fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
    if encrypts:
        gpg(home, "--quick-add-key", fingerprint, encrypts, "encr", ends, at=at)
    return fingerprint


def exported(home: Path, fingerprint: str) -> bytes:
    """Return the certificate of a key."""
    return gpg(home, "--export", fingerprint)


def fingerprint_of(secret_key: bytes) -> str:
    """Return the fingerprint of a key file."""
    with gpg_home() as home:
        shown = gpg(home, "--with-colons", "--show-keys", feed=secret_key).decode().splitlines()
    return next(line.split(":")[9] for line in shown if line.startswith("fpr"))


def small_pdf(text: str, title: str, filling: int = 0) -> bytes:
    """Return a PDF of one page with a line of ASCII text, a title, and something to make it longer."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.Contents = pdf.make_stream(f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    pdf.docinfo["/Title"] = title
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = title
    pdf.Root.Filling = pdf.make_stream(bytes(filling))
    out = BytesIO()
    pdf.save(out, compress_streams=False)
    return out.getvalue()


def pdf_text(pdf: bytes, passphrase: str = "") -> str:
    """Return the text of a PDF by poppler; qpdf takes the lock off, for pdftotext knows short passwords only."""
    with tempfile.TemporaryDirectory() as directory:
        locked, words, opened = (Path(directory, name) for name in ("locked.pdf", "words", "opened.pdf"))
        locked.write_bytes(pdf)
        words.write_text(passphrase, encoding="ascii")
        subprocess.run(["qpdf", f"--password-file={words}", "--decrypt", locked, opened], check=True)
        return subprocess.run(["pdftotext", opened, "-"], check=True, capture_output=True).stdout.decode()


def flipped(data: bytes, at: int) -> bytes:
    """Return the bytes with one bit of one byte turned."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
