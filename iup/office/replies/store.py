"""The office's store of replies that came in: sealed, committed, and kept until somebody has decided.

    OFFICE/replies/<id>/original      the bytes as they came, where they came sealed
    OFFICE/replies/<id>/original.pgp  the same, sealed here to the office's key, where they came in the clear
    OFFICE/replies/<id>/reply.yaml    a `ReceivedReply`

`<id>` is a keyed hash of the bytes. So the same file twice is one reply, and nobody can test a guess about what it
holds. Commit messages say neither who nor what.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.errors import BrokenSealError, UsageError
from iup.keys.keyring import record
from iup.model.reply import ReceivedReply, ReplyChannel, ReplyState
from iup.office.replies.inbox import MAX_BYTES
from iup.seal import certificate, openpgp
from iup.seal import reply as reply_file
from iup.site import decode, paths, strict_yaml
from iup.system import files
from iup.system.git import own_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice
    from iup.keys.vault import Vault
    from iup.office.replies.inbox import InboxItem


@dataclass
class ReplyStore:
    """The store of one office. `home` is an empty GnuPG home to seal in.

    The records are read once: whoever writes to a store holds the office's lock, so nobody else writes meanwhile.
    """

    office: UnlockedOffice
    vault: Vault
    home: Path
    _records: dict[str, ReceivedReply] | None = field(default=None, init=False, repr=False)

    @property
    def _root(self) -> Path:
        return self.office.root / paths.REPLIES

    def all(self) -> dict[str, ReceivedReply]:
        """Return every reply in order of arrival; raise `BrokenSealError` for a record that cannot be read."""
        if self._records is None:
            self._records = {record.id: record for record in self._read()}
        found = sorted(self._records.values(), key=lambda record: (record.arrived, record.id))
        return {record.id: record for record in found}

    def _read(self) -> Iterator[ReceivedReply]:
        for path in sorted(self._root.glob("*/reply.yaml")):
            name = path.parent.name
            yield record(ReceivedReply, path, {"id": name}, f"{paths.reply_folder(name)}/reply.yaml")

    def one(self, name: str) -> ReceivedReply:
        """Return the one reply whose id begins so; raise `UsageError` where none or several do."""
        found = [record for key, record in self.all().items() if name and key.startswith(name)]
        if len(found) != 1:
            raise UsageError("det finns inte ett enda svar med det id:t", "receive --list visar dem som väntar")
        return found[0]

    def keep(self, one: InboxItem, moment: datetime, channel: ReplyChannel | None = None) -> tuple[str, bool]:
        """Keep what came in and return its id, and whether it is new; once this returns it cannot be lost."""
        data = one.data
        name = hmac.digest(self.vault.key("arrivals"), data, sha256).hex()[:20]
        if (self._root / name / "reply.yaml").is_file():
            return name, False
        folder = files.private_directory(self._root / name)
        if one.kind is None and _is_sealed(data):
            files.write_whole(folder / "original", data)
        else:
            files.write_whole(folder / "original.pgp", self._sealed(data))
        arrived = moment.strftime("%Y-%m-%d %H:%M")
        about = {
            "slag": one.kind,
            "uppger_sig_vara": one.claimed,
            "skickat": one.sent,
            "fil": one.file,
            "kanal": channel,
        }
        values = {"id": name, "inkom": arrived, "läge": ReplyState.WAITING.value}
        self.write(ReceivedReply.model_validate(values | {key: told for key, told in about.items() if told}))
        return name, True

    def original(self, name: str) -> bytes:
        """Return what came in, as it came."""
        plain = self._root / name / "original"
        if plain.is_file():
            return plain.read_bytes()
        try:
            sealed = plain.with_suffix(".pgp").read_bytes()
        except files.MISSING:
            raise BrokenSealError("svarets original saknas i kontoret; hämta tillbaka det med git") from None
        return openpgp.unseal(sealed, self.office.home)

    def write(self, record: ReceivedReply) -> None:
        """Write what is known of a reply and commit it."""
        values = decode.encode(record, without=("id",), brief=True)
        files.write_whole(self._root / record.id / "reply.yaml", strict_yaml.written(values))
        if self._records is not None:
            self._records[record.id] = record
        self.settle()

    def settle(self) -> None:
        """Commit what lies in the store, and nothing else of the office's; what a killed run left is included."""
        if self._root.is_dir():
            own_repository.commit_folder(self.office.root, paths.REPLIES, "svar")

    def _sealed(self, data: bytes) -> bytes:
        key = certificate.inspect(self.office.certificate, self.office.key, self.home)
        return openpgp.seal(data, key, self.office.ring, self.home, None)


def _is_sealed(data: bytes) -> bool:
    """Say whether bytes are ciphertext as they came. What only looks so is sealed once more, which harms nothing."""
    if len(data) > MAX_BYTES:
        return False
    if data.startswith(b"%PDF-"):
        return b"/Encrypt" in data
    return reply_file.is_reply(data) or data.lstrip().startswith(b"-----BEGIN PGP MESSAGE") or bool(data[0] & 0x80)
