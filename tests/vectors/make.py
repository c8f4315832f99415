"""Seal the vectors of one released version. Run once for each, by hand: python tests/vectors/make.py

Writes the directory named after the version, and nothing where that is there already.
"""

from __future__ import annotations

import base64
import re
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from iup import VERSION  # noqa: E402
from iup.documents.assets import load_assets  # noqa: E402
from iup.documents.html import Renderer  # noqa: E402
from iup.documents.pdf import setter  # noqa: E402
from iup.seal import aespdf, certificate, openpgp, page, reply  # noqa: E402
from iup.seal.passphrase import Secret, derive  # noqa: E402
from tests.support.sealing import exported, flipped, gpg, gpg_home  # noqa: E402

WORDS = "luta-reklam-alfabet-utveckla-giraff-mura-parabol"
OTHER_WORDS = "abborre-accent-ackord-adapter-addera-luta-giraff"
TEXT = "Tuva läser tre böcker om rymden före jul."
HTML = f'<article class="doc"><h1>En påhittad plan</h1><p>{TEXT}</p></article>'
STEM = "0123456789abcdef0123"
BODY = f'{{"id":"00","made":"2026-11-24T12:00:00.000Z","ticket":"AA==","v":1,"values":{{"nytt_mål":"{TEXT}"}}}}'
DOCUMENT = f'<html lang="sv"><head><title>En påhittad plan</title></head><body>{HTML}</body></html>'


def pages() -> dict[str, bytes]:
    """Return a good page and its bad kin."""
    assets = load_assets()
    lean = replace(assets, files={n: b"" if n.endswith(".woff2") else data for n, data in assets.files.items()})
    shell = Renderer(lean).shell("Låst brev från Påhittad kommun", "Påhittad kommun", page.SLOT)
    salt = bytes(range(16))
    good = page.seal(HTML.encode(), Secret(WORDS, salt, derive(WORDS, salt)), shell.encode())
    payload = re.search(rb"\}\n([A-Za-z0-9+/=]+)\n</script>", good)
    if payload is None:
        raise SystemExit("the page has no payload")
    ciphertext = base64.b64decode(payload[1])
    iv = re.search(rb'"iv":"([^"]+)"', good)
    if iv is None:
        raise SystemExit("the page has no iv")

    def with_payload(changed: bytes) -> bytes:
        return good.replace(payload[1], base64.b64encode(changed))

    def with_base64(field: bytes) -> bytes:
        return good.replace(field, base64.b64encode(flipped(base64.b64decode(field), 0)))

    return {
        "good.html": good,
        "ciphertext-flipped.html": with_payload(flipped(ciphertext, 5)),
        "tag-flipped.html": with_payload(flipped(ciphertext, -1)),
        "payload-shortened.html": with_payload(ciphertext[:-5]),
        "iv-flipped.html": with_base64(iv[1]),
        "salt-flipped.html": with_base64(base64.b64encode(salt)),
        "more-rounds.html": good.replace(b'"iterations":600000', b'"iterations":600001'),
        "header-respaced.html": good.replace(b'{"v":1,', b'{"v": 1,'),
        "fewer-rounds.html": good.replace(b'"iterations":600000', b'"iterations":1000'),
        "kdf-changed.html": good.replace(b"PBKDF2-SHA256", b"PBKDF2-SHA512"),
        "version-0.html": good.replace(b'{"v":1,', b'{"v":0,'),
        "version-2.html": good.replace(b'{"v":1,', b'{"v":2,'),
        "truncated.html": good[: payload.start(1) + 60],
    }


def pdfs() -> dict[str, bytes]:
    """Return a good PDF and its bad kin."""
    good = aespdf.seal(setter(load_assets())(DOCUMENT, bytes(range(16))), WORDS)
    at = good.index(b"/U <") + 12
    return {
        "good.pdf": good,
        "check-value-flipped.pdf": flipped(good, at),
        "truncated.pdf": good[: len(good) // 2],
    }


def replies() -> dict[str, bytes]:
    """Return a good reply file and its bad kin; the key is that of the pages' words and salt."""
    salt, iv = bytes(range(16)), bytes(range(12))
    key = derive(WORDS, salt)
    good = reply.seal(BODY.encode(), key, STEM, iv)
    header, payload = good.split(b"\n")[:2]
    ciphertext = base64.b64decode(payload)

    def with_payload(changed: bytes) -> bytes:
        return header + b"\n" + base64.b64encode(changed) + b"\n"

    return {
        "good.iup": good,
        "other-key.iup": reply.seal(BODY.encode(), derive(OTHER_WORDS, salt), STEM, iv),
        "ciphertext-flipped.iup": with_payload(flipped(ciphertext, 5)),
        "tag-flipped.iup": with_payload(flipped(ciphertext, -1)),
        "payload-shortened.iup": with_payload(ciphertext[:-5]),
        "iv-flipped.iup": good.replace(base64.b64encode(iv), base64.b64encode(flipped(iv, 0))),
        "to-another.iup": good.replace(STEM.encode(), b"f" * 20),
        "header-respaced.iup": good.replace(b'{"v":1,', b'{"v": 1,'),
        "version-0.iup": good.replace(b'{"v":1,', b'{"v":0,'),
        "version-2.iup": good.replace(b'{"v":1,', b'{"v":2,'),
        "truncated.iup": good[: len(header) + 60],
        "without-header.iup": payload + b"\n",
    }


def messages() -> dict[str, bytes]:
    """Return a good OpenPGP message, signed, and its bad kin."""
    keys = ROOT / "tests" / "keys"
    with gpg_home() as home, gpg_home() as school:
        for where, name in ((home, "t3m8k"), (school, "signing")):
            gpg(where, "--import", keys / f"{name}.asc")
        fingerprints = [
            next(line.split(":")[9] for line in listed.decode().splitlines() if line.startswith("fpr"))
            for listed in (gpg(where, "--with-colons", "--list-keys") for where in (home, school))
        ]
        public = exported(home, fingerprints[0])
        (home / "public.gpg").write_bytes(public)
        (school / "pubring.gpg").write_bytes(exported(school, fingerprints[1]))
        recipient = certificate.inspect(public, fingerprints[0], home)
        signer = openpgp.Signer(school, fingerprints[1])
        plain = openpgp.padded_html(DOCUMENT.encode())
        good = openpgp.seal(plain, recipient, home / "public.gpg", home, signer)
    return {
        "good.html.pgp": good,
        "ciphertext-flipped.html.pgp": flipped(good, -60),
        "truncated.html.pgp": good[:-50],
    }


def main() -> None:
    """Write every vector of this version."""
    directory = Path(__file__).parent / VERSION
    directory.mkdir()
    for name, data in {**pages(), **pdfs(), **replies(), **messages()}.items():
        (directory / name).write_bytes(data)


if __name__ == "__main__":
    main()
