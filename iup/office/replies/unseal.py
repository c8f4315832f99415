"""Open a sealed reply, and prove whose it is.

In: sealed bytes. Out: a `Reply`. A PDF says whose it is by its mark; the passphrase and the ticket prove it (but not
the text: an AES PDF has no integrity). A page's reply is proved by the key of the page. An OpenPGP message needs one
good signature by the certificate of a person of the school. What proves nothing is refused. What the reply says is
judged later, in `validate`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf

from iup.build import reply_ticket as tickets
from iup.errors import BrokenSealError, SealError, UnusableKeyError, WrongKeyError
from iup.model.people import Channel
from iup.model.reply import ReplyChannel
from iup.office.replies import reply as replies
from iup.office.replies.reply import Reply, Value, id_of, normalised
from iup.seal import aespdf, certificate, openpgp
from iup.seal import reply as reply_file
from iup.site.paths import certificate_file
from iup.view.bundle import recipients

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from iup.build.reply_ticket import Ticket
    from iup.keys.locks import Locksmith
    from iup.model.school import School

MAX_PLAIN = 20_000_000
_IDENTIFIERS = re.compile(rb"/ID\s*\[")
_FIRST_BYTES = 2000
_NOBODY = "avsändaren finns inte bland dem som får något från skolan i dag"


@dataclass(frozen=True)
class _Stands:
    """What a field holds, asked about as a place is."""

    key: str
    now: str


@dataclass(frozen=True)
class Opener:
    """Opens replies of one school on one day."""

    school: School
    day: date
    smith: Locksmith

    def open(self, data: bytes, channel: ReplyChannel | None = None) -> Reply:
        """Return what a reply says; raise `SealError` for one that cannot be opened or proves nobody."""
        if channel is ReplyChannel.PAPER:
            return replies.paper(data, channel)
        if data.startswith(b"%PDF-"):
            return self._pdf(data)
        if reply_file.is_reply(data):
            return self._page(data)
        if data.lstrip()[:1] == b"{":
            raise BrokenSealError("svaret är varken låst eller signerat; det kan ha skrivits av vem som helst")
        return self._openpgp(data)

    def _secret(self, recipient: str) -> tuple[str, bytes]:
        secret = self.smith.vault.secret(recipient)
        if secret is None:
            raise UnusableKeyError("avsändaren har ingen lösenfras i kontorets valv")
        return secret.passphrase, secret.key

    def _page(self, data: bytes) -> Reply:
        stem = reply_file.stem_of(data)
        sender = next((r.id for r in recipients(self.school, self.day) if self.smith.stem(r.id) == stem), "")
        if not sender:
            raise WrongKeyError(_NOBODY)
        body = replies.body(reply_file.unseal(data, self._secret(sender)[1]))
        return self._said(body, sender, ReplyChannel.PAGE)

    def _said(self, body: replies.Body, sender: str, channel: ReplyChannel) -> Reply:
        issued = self._ticket(body.ticket, sender)
        return Reply(body.id, sender, issued.pupil, channel, issued, body.made, body.values)

    def _ticket(self, text: str, sender: str) -> Ticket:
        issued = tickets.open(self.smith.vault.key("tickets"), text)
        if issued.recipient != sender or issued.pupil not in self.school.pupils:
            raise BrokenSealError("svaret hör till ett dokument som någon annan har fått")
        return issued

    def _pdf(self, data: bytes) -> Reply:
        if b"/Encrypt" not in data:
            raise BrokenSealError("PDF-filen är inte låst; det kan ha skrivits av vem som helst")
        sender = tickets.recipient_of(self.smith.vault.key("file marks"), mark_of(data))
        if not any(r.id == sender for r in recipients(self.school, self.day)):
            raise WrongKeyError(_NOBODY)
        return self._form(data, self._secret(sender)[0], sender, ReplyChannel.PDF)

    def _form(self, data: bytes, passphrase: str, sender: str, channel: ReplyChannel) -> Reply:
        text, fields = form_of(data, passphrase)
        issued = self._ticket(text, sender)
        values = tuple(sorted(self._changed(issued, fields)))
        return Reply(id_of(issued.id, values), sender, issued.pupil, channel, issued, "", values)

    def _changed(self, issued: Ticket, fields: dict[str, Value]) -> Iterator[tuple[str, Value]]:
        """Yield the known fields that hold something else than when the document was made."""
        key = self.smith.vault.key("places")
        for name, stood in issued.fields.items():
            value = fields.get(name, "")
            same = isinstance(value, str) and tickets.state(key, issued.pupil, _Stands(name, value)) == stood
            if not same:
                yield name, value

    def _openpgp(self, data: bytes) -> Reply:
        home = self.smith.office.home
        everybody = self._keyring("everybody", self._certificates())
        claimed = openpgp.open_signed(data, home, [everybody], MAX_PLAIN).fingerprint
        public = self._certificates().get(claimed, b"")
        if not public:
            raise BrokenSealError("meddelandet är signerat av en nyckel som inte hör till någon på skolan")
        certificate.inspect(public, claimed, self.smith.home)
        # Once more with that one certificate in reach: no other key of the school's can have any part in it.
        signed = openpgp.open_signed(data, home, [self._keyring(claimed, {claimed: public})], MAX_PLAIN)
        if signed.fingerprint != claimed:
            raise BrokenSealError("meddelandets signatur är inte en enda god signatur av en nyckel som gäller")
        return self._inside(signed.plain, claimed)

    def _inside(self, plain: bytes, fingerprint: str) -> Reply:
        """Return the reply inside a signed message; a person may stand behind a certificate as several ids."""
        refused: SealError = WrongKeyError(_NOBODY)
        for sender in self._owners(fingerprint):
            try:
                if plain.startswith(b"%PDF-"):
                    return self._form(plain, "", sender, ReplyChannel.OPENPGP_PDF)
                return self._said(replies.body(plain), sender, ReplyChannel.OPENPGP_PAGE)
            except SealError as error:
                refused = error
        raise refused

    def _owners(self, fingerprint: str) -> list[str]:
        return [r.id for r in recipients(self.school, self.day) if r.receiving.certificate == fingerprint]

    def _certificates(self) -> dict[str, bytes]:
        """Return the certificates of those who receive by OpenPGP today."""
        names = {
            r.receiving.certificate
            for r in recipients(self.school, self.day)
            if r.receiving.channel is Channel.OPENPGP and r.receiving.certificate
        }
        tree = self.smith.tree
        paths = {name: certificate_file(name) for name in sorted(names)}
        return {name: tree.read(path) for name, path in paths.items() if path in tree.paths}

    def _keyring(self, name: str, certificates: dict[str, bytes]) -> Path:
        path = self.smith.home / f"{name}.ring.gpg"
        path.write_bytes(b"".join(certificates.values()))
        return path


def mark_of(data: bytes) -> bytes:
    """Return the first half of a PDF's identifier, in the clear also in a sealed one; nothing where there is none."""
    found = list(_IDENTIFIERS.finditer(data))
    if not found:
        return b""
    begins = found[-1].end() - 1
    ends = begins
    while (ends := data.find(b"]", ends) + 1) and ends - begins < _FIRST_BYTES:
        try:
            return bytes(next(iter(pikepdf.Object.parse(data[begins:ends]))))
        except (pikepdf.PdfError, ValueError, TypeError, StopIteration):
            continue
    return b""


def form_of(data: bytes, passphrase: str) -> tuple[str, dict[str, Value]]:
    """Return the ticket of a PDF and what its form fields hold; nothing else in the file is looked at."""
    try:
        with pikepdf.open(BytesIO(data), password=passphrase) as pdf:
            form = pdf.Root.get("/AcroForm")
            rows = [] if form is None else list(form.get("/Fields", []))
            ticket = str(pdf.docinfo.get(aespdf.TICKET, ""))
            return ticket, dict(_fields(rows, "", 0))
    except pikepdf.PasswordError:
        raise WrongKeyError("lösenfrasen är inte den som filen låstes med; har avsändaren fått nya ord?") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError):
        raise BrokenSealError("PDF-filen är skadad eller avkortad") from None


_DEEPEST = 8


def _fields(rows: list[pikepdf.Object], above: str, depth: int) -> Iterator[tuple[str, Value]]:
    for row in rows:
        name = f"{above}.{row.T}" if above and "/T" in row else str(row.get("/T", above))
        kids = [kid for kid in row.get("/Kids", []) if "/T" in kid] if depth < _DEEPEST else []
        if kids:
            yield from _fields(kids, name, depth + 1)
        elif (value := _value(row.get("/V"))) is not None:
            yield name, value


def _value(value: object) -> Value | None:
    if isinstance(value, pikepdf.Name):
        return None if str(value) == "/Off" else True
    return normalised(str(value)) if isinstance(value, pikepdf.String) else None
