"""purge: some pupils are destroyed, everywhere that this program keeps something, and it is proved.

In: a site, the office's keys and what there is of the pupils (`remains`). Out: an entry in the ledger, both histories
begun anew, a scan of every object and file, and a protocol. A journal (ids, paths and numbers only) and the needles,
sealed under the vault's key, lie in the office's git directory meanwhile; each step can be done again, and a run that
finds a journal goes on with it before anything else. Clones, servers and backups are the operator's: `LEFT` says how.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from iup import commits, cut, deliver, files, history, ledger, protocol, proving, remains, repo
from iup.bundle import recipients
from iup.commits import Author
from iup.ledger import Book, Event
from iup.load import Reading
from iup.locks import Locksmith
from iup.office import open_vault
from iup.site import committed_tree
from iup.sought import from_plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iup.office import Office, Vault
    from iup.proving import Proven
    from iup.remains import Traces
    from iup.site import Site
    from iup.sought import Needles

# The refs of an office that outlive its history.
STANDING = (ledger.ARCHIVE, ledger.REF)
LEFT = (
    "Servern: gör ett nytt förråd med git clone --bare ur lärarnas katalog, kör hooks install, och ta bort det gamla.",
    "Kör inte git pull eller git fetch i lärarnas katalog innan servern är utbytt: då kommer det gamla tillbaka.",
    "Lärarnas kloner: var och en tar bort sin och klonar på nytt. En gammal klon tas inte emot av servern.",
    "Säkerhetskopior av båda förråden, keyhome/, secrets/ och output/: ta bort dem, eller låt dem gå ut.",
    "Det som är utlämnat: mappar från deliver, e-post, fillager, papper. Hemmets egna kopior råder skolan inte över.",
    "Pröva varje kopia som är kvar: build.py retain verify --repo KATALOG.",
)
_IV_BYTES = 12


@dataclass(frozen=True)
class Order:
    """What is asked: by which decision, by whom, on which day."""

    decision: str
    by: str
    day: str


@dataclass
class Journal:
    """A purge under way: who goes, and where both histories stood when it began. Holds no name and no text."""

    number: int
    order: Order
    pupils: tuple[str, ...]
    guardians: tuple[str, ...]
    stems: tuple[str, ...]
    site_before: str
    office_before: str
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    office_removed: tuple[str, ...]
    counts: dict[str, int]


@dataclass
class Purge:
    """A purge of one site, from its journal on."""

    site: Site
    office: Office
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        """Open the vault."""
        self.vault = open_vault(self.office)

    @property
    def _place(self) -> Path:
        return repo.common_directory(self.office.root) / "iup-purge"

    def pending(self) -> Journal | None:
        """Return the purge that an earlier run began and did not finish."""
        try:
            values = json.loads((self._place / "journal.json").read_bytes())
        except FileNotFoundError:
            return None
        lists = ("pupils", "guardians", "stems", "removed", "changed", "office_removed")
        return Journal(**{**values, **{name: tuple(values[name]) for name in lists}, "order": Order(**values["order"])})

    def begin(self, found: Traces, order: Order) -> Journal:
        """Write down what is about to be done; the needles first, so that a journal never lacks them."""
        place = files.private_directory(self._place)
        iv = secrets.token_bytes(_IV_BYTES)
        sealed = AESGCM(self.vault.key("purge needles")).encrypt(iv, found.needles.plain(), None)
        files.write_whole(place / "needles.sealed", iv + sealed)
        made = Journal(
            number=protocol.next_number(self.office.root),
            order=order,
            pupils=found.pupils,
            guardians=found.guardians,
            stems=self._stems(found, date.fromisoformat(order.day)),
            site_before=repo.resolve(self.site.root, "HEAD"),
            office_before=repo.resolve(self.office.root, "HEAD"),
            removed=found.removed,
            changed=tuple(sorted(found.contents)),
            office_removed=found.office,
            counts=_counts(found),
        )
        files.write_whole(place / "journal.json", json.dumps(asdict(made)).encode())
        return made

    def carry_out(self, journal: Journal, progress: Callable[[int, int], None], *, unproved: bool = False) -> Proven:
        """Destroy, prove and write the protocol; without proof the journal stays, unless told to end `unproved`."""
        heads = ledger.heads(self.office.root)
        gone = tuple(pupil for pupil in journal.pupils if pupil in heads)
        if gone:
            Book(self.office).write(Event.PURGED, {}, {}, removed=gone)
        self._output(journal)
        for name in (*journal.pupils, *journal.guardians):
            (self.office.root / "secrets" / f"{name}.sealed").unlink(missing_ok=True)
        self._office(journal)
        self._teachers(journal)
        with files.workroom(self.office.workplace):
            pass  # what a killed `archive export` or `import` left there goes
        cut.clean(self.office.root, STANDING)
        cut.clean(self.site.root, ())
        needles = self._needles()
        result = proving.prove(self.site, self.office.root, needles, self._place, progress)
        if not result.found or unproved:
            marks = protocol.marks(needles, self.vault.key("purge marks"))
            protocol.write(self.office.root, journal.number, self._told(result, journal), marks)
            shutil.rmtree(self._place)
        return result

    def _needles(self) -> Needles:
        sealed = (self._place / "needles.sealed").read_bytes()
        key = AESGCM(self.vault.key("purge needles"))
        return from_plain(key.decrypt(sealed[:_IV_BYTES], sealed[_IV_BYTES:], None))

    def _stems(self, found: Traces, day: date) -> tuple[str, ...]:
        """Return the opaque names of all whose files hold something of the pupils today, their own first."""
        tree, content = committed_tree(self.site)
        try:
            school = replace(remains.near(tree, found.pupils), people=Reading(tree).people)
            around = {one.id for one in recipients(school, day) if set(one.pupils) & set(found.pupils)}
        finally:
            content.close()
        with Locksmith(tree, self.office, self.vault) as locksmith:
            return tuple(sorted({locksmith.stem(name) for name in {*found.people, *around}}))

    def _output(self, journal: Journal) -> None:
        """Take away the sealed files that hold something of the pupils; the next build makes the others' anew."""
        output = self.site.output
        (output / files.MEMO).unlink(missing_ok=True)
        if not (output / files.CURRENT / deliver.MANIFEST).is_file():
            return
        told = deliver.manifest(output)
        listed = json.loads((output / files.CURRENT / deliver.MANIFEST).read_bytes())["files"]
        if not any(entry["owner"] in journal.stems for entry in listed):
            return
        made = deliver.Delivery(output)
        try:
            for receipt in deliver.former(output, ("", {})).receipts.values():
                if receipt.owner not in journal.stems:
                    made.keep(receipt)
            made.publish(told.commit, told.as_of, self.office.signer)
        except BaseException:
            made.discard()
            raise

    def _office(self, journal: Journal) -> None:
        root = self.office.root
        if history.is_ancestor(root, journal.office_before, "HEAD"):
            message = f"historien börjar om\n\nGallring: {journal.number}\n"
            who = Author(repo.NAME, repo.EMAIL)
            cut.begin(root, repo.resolve(root, "HEAD"), {}, journal.office_removed, message, who)
        commits.follow_root(root, (), journal.office_removed)

    def _teachers(self, journal: Journal) -> None:
        root = self.site.root
        if history.is_ancestor(root, journal.site_before, "HEAD"):
            tree, content = committed_tree(self.site)
            try:
                school = remains.near(tree, journal.pupils)
                contents, removed = remains.without(tree, school, root, journal.pupils, journal.guardians)
            finally:
                content.close()
            message = f"historien börjar om\n\nGallring: {journal.number}\n"
            cut.begin(root, repo.resolve(root, "HEAD"), contents, removed, message, commits.author(root))
        commits.follow_root(root, journal.changed, journal.removed)

    def _told(self, result: Proven, journal: Journal) -> dict[str, Any]:
        """Return a protocol: ids and numbers only."""
        heads = {
            name: {"före": before, "efter": repo.resolve(root, "HEAD")}
            for name, root, before in (
                ("lärarnas", self.site.root, journal.site_before),
                ("kontorets", self.office.root, journal.office_before),
            )
        }
        return {
            "nummer": str(journal.number),
            "dag": journal.order.day,
            "beslut": journal.order.decision,
            "av": journal.order.by,
            "elever": list(journal.pupils),
            "förstört": {what: str(count) for what, count in journal.counts.items()},
            "historik": heads,
            "prövning": {
                "objekt": str(result.objects),
                "filer": str(result.files),
                "träffar": str(len(result.found)),
                "bevisad": "nej" if result.found else "ja",
            },
            "kvar_att_göra": list(LEFT),
        }


def _counts(found: Traces) -> dict[str, int]:
    return {
        "elever": len(found.pupils),
        "vårdnadshavare": len(found.guardians),
        "arkiv": found.archived,
        "filer hos lärarna": len(found.removed),
        "filer på kontoret": len(found.office),
        "lösenfraser": len(found.secrets),
    }
