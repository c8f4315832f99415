"""What passed between a person and the office, and is in no record of theirs.

In: a site, the school, a person, a day. Out: the files made for and handed to them, the ledger's entries, that there is
a secret in the vault (its words are theirs alone), commits under their name, and what stands in replies that wait to be
decided. Those replies are opened in memory. One that cannot be opened may be anybody's: its id is listed among what a
person must read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.build import publish
from iup.errors import SealError
from iup.keys import keyring
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.model.reply import ReplyState
from iup.office.replies.store import ReplyStore as Replies
from iup.office.replies.unseal import Opener
from iup.office.subject_access import stores
from iup.office.subject_access.person_rows import SELF, Row, Trace
from iup.office.subject_access.redact_others import MARK, OtherPeople
from iup.office.subject_access.stores import RecordStore
from iup.site.layout import work_tree
from iup.site.paths import reply_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from iup.model.school import School
    from iup.office.replies.reply import Reply
    from iup.site.layout import Site


def correspondence(site: Site, school: School, others: OtherPeople, day: date, to_read: list[str]) -> Iterator[Trace]:
    """Yield what the office's records have about a person; add to `to_read` what could not be opened."""
    root = site.required_office()
    tree = work_tree(site)
    yield from _commits(site.root, RecordStore.CONTENT, school, others.person)
    yield from _commits(root, RecordStore.OFFICE, school, others.person)
    yield from _ledger(root, others.person)
    with keyring.opened(root) as own, Locksmith(tree, own, open_vault(own)) as smith:
        yield from _files(site, root, smith.stem(others.person))
        if smith.vault.secret(others.person) is not None:
            told = "finns, krypterad till kontorets nyckel; orden står bara i brevet som delades ut"
            yield Trace(RecordStore.OFFICE, "Lösenfras", (Row("", (("lösenfras", told),)),))
        opener = Opener(school, day, smith)
        store = Replies(own, smith.vault, smith.home)
        for name, record in store.all().items():
            if record.state is ReplyState.HANDLED:
                to_read.append(f"{reply_folder(name)} ({RecordStore.OFFICE}): {record.kind} som en människa har läst")
            if record.state is not ReplyState.WAITING:
                continue
            try:
                reply = opener.open(store.original(name), record.channel)
            except SealError:
                to_read.append(f"{reply_folder(name)} ({RecordStore.OFFICE}): väntar och går inte att öppna")
                continue
            if others.person in (reply.sender, reply.pupil):
                arrived = f"inkom {record.arrived:%Y-%m-%d %H:%M}"
                yield Trace(
                    RecordStore.OFFICE, "Svar hemifrån som väntar", (Row("", tuple(_said(reply, others))),), arrived
                )


def _said(reply: Reply, others: OtherPeople) -> Iterator[tuple[str, str]]:
    yield "avsändare", SELF if reply.sender == others.person else MARK
    pupil = others.school.name_of(reply.pupil) if reply.pupil in others.kept else f"{MARK} (elev)"
    yield "elev", SELF if reply.pupil == others.person else pupil
    for key, value in reply.values:
        yield key.replace("/", " › "), "ja" if value is True else others.without(str(value))


def _commits(root: Path, store: RecordStore, school: School, person: str) -> Iterator[Trace]:
    """Yield the commits under the person's addresses."""
    known = school.people.get(person)
    emails = {email.casefold() for row in school.roster if row.person == person for email in row.emails}
    if known and known.contact and known.contact.email:
        emails.add(known.contact.email.casefold())
    days = stores.commits(root, frozenset(emails))
    if days:
        values = (("antal", str(len(days))), ("första", days[0]), ("senaste", days[-1]))
        yield Trace(store, "Incheckningar i personens namn", (Row("", values),))


def _ledger(root: Path, person: str) -> Iterator[Trace]:
    """Yield the ledger's entries about a pupil."""
    found = stores.entries(root, person)
    rows = tuple((moment, f"{event}, version {commit}" if commit else event) for moment, event, commit in found)
    if rows:
        yield Trace(RecordStore.ARCHIVE, "Liggaren: vad som har arkiverats", (Row("", rows),))


def _files(site: Site, root: Path, stem: str) -> Iterator[Trace]:
    """Yield the sealed files that are made for the person now, and those that were handed over."""
    standing = publish.former(site.output, ("", {})).receipts.values()
    now = tuple((receipt.name, f"sha256 {receipt.sha256}") for receipt in standing if receipt.owner == stem)
    if now:
        yield Trace(RecordStore.RESULT, "Låsta filer som är gjorda för personen", (Row("", now),))
    handed = tuple((name, f"{moment}, sha256 {digest}") for moment, name, digest in stores.handed(root, stem))
    if handed:
        yield Trace(RecordStore.RESULT, "Liggaren: låsta filer och kvitton som har lämnats ut", (Row("", handed),))
