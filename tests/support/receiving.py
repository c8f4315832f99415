"""What the tests of `receive` share: replies as people make them, from the files of a really built site."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pikepdf

from iup.keys import keyring, locks
from iup.keys.vault import Vault, open_vault
from iup.seal import page
from iup.seal import reply as reply_file
from tests.support.outside import decrypted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from iup.seal.passphrase import Secret
    from tests.conftest import Done, Place

MADE = "2026-11-24T10:00:00Z"


@dataclass(frozen=True)
class Home:
    """One recipient of a built site, with what they have: their words and their files."""

    place: Place
    id: str
    secret: Secret
    stem: str

    def pdf(self, values: Mapping[str, str | bool], number: int = 1) -> bytes:
        """Return the recipient's own PDF with fields filled in, still sealed."""
        file = self.place.current / f"{self.stem}-{number}.pdf"
        return filled(file.read_bytes(), self.secret.passphrase, values)

    def ticket(self, pupil: int = 0) -> str:
        """Return the ticket that lies in the recipient's page, of their first pupil unless told."""
        sealed = (self.place.current / f"{self.stem}.html").read_bytes()
        fragment = page._opened(sealed, self.secret.key).decode()
        return str(re.findall(r'data-ticket="([^"]+)"', fragment)[pupil])

    def reply(self, values: Mapping[str, Any], **other: Any) -> bytes:  # noqa: ANN401
        """Return a page's reply file; `other` replaces what the page would have written."""
        return self.sealed(body(self.ticket(), values, **other))

    def sealed(self, plain: bytes) -> bytes:
        return reply_file.seal(plain, self.secret.key, self.stem, secrets.token_bytes(12))


def body(ticket: str, values: Mapping[str, Any], **other: Any) -> bytes:  # noqa: ANN401
    said = {"v": 1, "id": secrets.token_hex(16), "ticket": ticket, "made": MADE, "values": dict(values), **other}
    return json.dumps(said, ensure_ascii=False).encode()


def home(place: Place, person: str) -> Home:
    with keyring.opened(place.office) as own:
        vault = open_vault(own)
        secret = vault.secret(person)
    assert secret is not None
    return Home(place, person, secret, _stem(vault, person))


def _stem(vault: Vault, person: str) -> str:
    return locks.Locksmith(None, None, vault).stem(person)  # type: ignore[arg-type]


def stem(place: Place, person: str) -> str:
    with keyring.opened(place.office) as own:
        return _stem(open_vault(own), person)


def filled(data: bytes, words: str, values: Mapping[str, str | bool]) -> bytes:
    """Return a PDF with fields filled in as a viewer does, under the same words where there are any."""
    out = BytesIO()
    with pikepdf.open(BytesIO(data), password=words) as pdf:
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        for key, value in values.items():
            new = pikepdf.Name.Yes if value is True else pikepdf.String(str(value).replace("\n", "\r\n"))
            fields[key].V = new
        sealing = pikepdf.Encryption(user=words, owner="x" * 20, R=6, aes=True, metadata=True) if words else False
        pdf.save(out, encryption=sealing)
    return out.getvalue()


def signed(place: Place, plain: bytes, fingerprint: str, *more: str, to: str = "") -> bytes:
    """Return bytes signed by a key of the invented school's and encrypted to the office, as gpg makes it."""
    office_key = to or fingerprint_of_office(place)
    signing = ["--local-user", fingerprint, "--sign"] if fingerprint else []
    done = subprocess.run(
        [
            "gpg",
            "--homedir",
            place.keyring,
            "--batch",
            "--quiet",
            "--trust-model",
            "always",
            *more,
            *signing,
            "--encrypt",
            "--recipient",
            office_key,
        ],
        input=plain,
        capture_output=True,
        check=True,
    )
    return done.stdout


def fingerprint_of_office(place: Place) -> str:
    found = re.search(r"kontorsnyckel: ([0-9A-F]{40})", (place.office / "office.yaml").read_text("utf-8"))
    assert found
    return found[1]


def opened_pdf(place: Place, person: str, number: int) -> bytes:
    """Return the plain PDF of an OpenPGP recipient."""
    return decrypted(place, place.current / f"{stem(place, person)}-{number}.pdf.pgp")[0]


def put(directory: Path, **files: bytes) -> Path:
    """Lay files in a directory, and return it as an inbox."""
    inbox = directory / "inbox"
    inbox.mkdir(exist_ok=True)
    for name, data in files.items():
        (inbox / name.replace("_", ".", 1)).write_bytes(data)
    return inbox


def configure(place: Place) -> None:
    for name, value in (("user.name", "Expeditionen"), ("user.email", "exp@test.example")):
        subprocess.run(["git", "config", name, value], cwd=place.site, check=True)


def waiting(place: Place, *inbox: Path | str) -> list[dict[str, Any]]:
    """Take in an inbox and return what waits, as the command tells it."""
    done = place.run("receive", *inbox, "--json")
    assert "Traceback" not in done.err
    assert done.code in (0, 5), done.err
    found: list[dict[str, Any]] = json.loads(done.out)
    return found


def accept(place: Place, *names: str) -> Done:
    return place.run("receive", *(part for name in names for part in ("--accept", name)))
