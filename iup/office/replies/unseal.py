"""Open a sealed reply, and prove whose it is.

In: sealed bytes. Out: a `Reply`. A PDF says whose it is by its mark; the passphrase and the ticket prove it (but not
the text: an AES PDF has no integrity). A page's reply is proved by the key of the page. An OpenPGP message needs one
good signature by the certificate of a person of the school. What proves nothing is refused. What the reply says is
judged later, in `validate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iup.build import reply_ticket as tickets
from iup.errors import BrokenSealError, SealError, UnusableKeyError, WrongKeyError
from iup.model.people import Channel
from iup.model.reply import ReplyChannel
from iup.office.replies import pdf_form
from iup.office.replies import reply as replies
from iup.office.replies.reply import Reply, id_of
from iup.seal import certificate, openpgp
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
    from iup.office.replies.pdf_form import FilledForm
    from iup.office.replies.reply import Value

MAX_PLAIN = 20_000_000
_TYPE_IN = "är det ett svar på papper, en utskrift eller en bild skrivs det in med receive --type-in"
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
        if reply_file.is_reply(data):
            return self._page(data)
        if (begins := pdf_form.start(data)) >= 0:
            return self._pdf(data[begins:])
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
        pdf_form.refuse_cut_off(data)
        if b"/Encrypt" not in data:
            raise BrokenSealError(f"PDF-filen är inte låst, så det syns inte vem den kommer från; {_TYPE_IN}")
        sender = tickets.recipient_of(self.smith.vault.key("file marks"), pdf_form.mark_of(data))
        if not sender:
            raise WrongKeyError(f"PDF-filen är låst, men den är ingen som skolan har skickat ut; {_TYPE_IN}")
        if not any(r.id == sender for r in recipients(self.school, self.day)):
            raise WrongKeyError(_NOBODY)
        return self._form(data, self._secret(sender)[0], sender, ReplyChannel.PDF)

    def _form(self, data: bytes, passphrase: str, sender: str, channel: ReplyChannel) -> Reply:
        form = pdf_form.form_of(data, passphrase)
        issued = self._ticket(form.ticket, sender)
        if form.fields.isdisjoint(issued.fields):
            raise BrokenSealError(f"formuläret är platt: det som är skrivet är en bild på sidan; {_TYPE_IN}")
        shown = dict(self._shown(issued, form))
        said = {name: value for name, value in self._changed(issued, form) if value or name not in shown}
        values = tuple(sorted({**shown, **said}.items()))
        missing = len(issued.fields.keys() - form.fields)
        reply = Reply(id_of(issued.id, values), sender, issued.pupil, channel, issued, "", values)
        return replace(reply, shown=tuple(sorted(shown.items())), missing=missing)

    def _changed(self, issued: Ticket, form: FilledForm) -> Iterator[tuple[str, Value]]:
        """Yield the known fields that hold something else than when the document was made."""
        for name in issued.fields.keys() & form.fields:
            value = form.values.get(name, "")
            if not isinstance(value, str) or not self._stood(issued, name, value):
                yield name, value

    def _shown(self, issued: Ticket, form: FilledForm) -> Iterator[tuple[str, Value]]:
        """Yield what the pictures of known fields say, where it is neither their value nor what stood there."""
        for name, text in form.shown.items():
            if name in issued.fields and not self._stood(issued, name, text):
                yield name, text

    def _stood(self, issued: Ticket, name: str, value: str) -> bool:
        """Say whether a text is what stood in a field when the document was made."""
        key = self.smith.vault.key("places")
        return tickets.state(key, issued.pupil, _Stands(name, value)) == issued.fields[name]

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
                if (begins := pdf_form.start(plain)) >= 0:
                    return self._form(plain[begins:], "", sender, ReplyChannel.OPENPGP_PDF)
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
