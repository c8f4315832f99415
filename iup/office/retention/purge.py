"""Destroy pupils, staff, replies and requests everywhere this program keeps something, and prove it.

In: a site, the office's keys and what there is of them (`inventory`). Out: an entry in the ledger, a new beginning of
each history that held something of it, a scan of every object and file, and a protocol. While it runs, a journal (ids,
paths and numbers only) and the sealed search terms lie in the office's git directory. Each step can be done again, and
a run that finds a journal finishes that purge before anything else. Clones, servers and backups are the operator's:
`Journal.left` says how.
"""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from iup.archive import ledger
from iup.archive.ledger import Event, LedgerWriter
from iup.build import publish
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.office.disclosure.register import Register
from iup.office.retention import inventory, protocol, taken_in, verify
from iup.office.retention.erasure import without
from iup.office.retention.schedule import PurgeTargets
from iup.office.retention.search_terms import from_plain
from iup.seal import symmetric
from iup.site.layout import committed_tree
from iup.site.load import SiteReader
from iup.site.paths import reply_folder, request_folder, secret_file
from iup.system import files
from iup.system.git import commit, history, plumbing, truncate
from iup.system.git.commit import CommitAuthor
from iup.view.bundle import recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice
    from iup.keys.vault import Vault
    from iup.office.retention.inventory import Traces
    from iup.office.retention.search_terms import SearchTerms
    from iup.office.retention.verify import Verification
    from iup.site.layout import Site

# The refs of an office that outlive its history.
STANDING = (ledger.ARCHIVE, ledger.REF)
_SITE_LEFT = (
    "Servern: gör ett nytt förråd med git clone --bare ur lärarnas katalog, kör hooks install, och ta bort det gamla.",
    "Kör inte git pull eller git fetch i lärarnas katalog innan servern är utbytt: då kommer det gamla tillbaka.",
    "Lärarnas kloner: var och en tar bort sin och klonar på nytt. En gammal klon tas inte emot av servern.",
)
_LEFT = (
    "Säkerhetskopior av båda förråden, keyhome/, secrets/ och output/: ta bort dem, eller låt dem gå ut.",
    "Det som är utlämnat: mappar från deliver, e-post, fillager, papper. Hemmets egna kopior råder skolan inte över.",
    "Pröva varje kopia som är kvar: build.py retain verify --repo KATALOG.",
)


@dataclass(frozen=True)
class PurgeOrder:
    """What was ordered: by which decision, by whom, on which day."""

    decision: str
    by: str
    day: str


@dataclass
class Journal:
    """A purge under way: what is deleted, and the commits of the histories when it began. Holds no name and no text.

    `site_before` is empty where the teachers' history holds nothing of it and is left as it is.
    """

    number: int
    order: PurgeOrder
    meant: PurgeTargets
    rules: tuple[str, ...]
    guardians: tuple[str, ...]
    stems: tuple[str, ...]
    site_before: str
    office_before: str
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    office_changed: tuple[str, ...]
    office_removed: tuple[str, ...]
    counts: dict[str, int]

    @property
    def left(self) -> tuple[str, ...]:
        """What is left for people to do."""
        return (*(_SITE_LEFT if self.site_before else ()), *_LEFT)


@dataclass
class Purge:
    """A purge of one site, from its journal on."""

    site: Site
    office: UnlockedOffice
    vault: Vault = field(init=False)
    _found: Traces | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Open the vault."""
        self.vault = open_vault(self.office)

    @property
    def _place(self) -> Path:
        return plumbing.common_directory(self.office.root) / "iup-purge"

    def pending(self) -> Journal | None:
        """Return the purge that an earlier run began and did not finish."""
        try:
            values = json.loads((self._place / "journal.json").read_bytes())
        except FileNotFoundError:
            return None
        meant = PurgeTargets(**{kind: tuple(rows) for kind, rows in values["meant"].items()})
        lists = {name: tuple(rows) for name, rows in values.items() if isinstance(rows, list)}
        return Journal(**{**values, **lists, "order": PurgeOrder(**values["order"]), "meant": meant})

    def begin(self, found: Traces, order: PurgeOrder, rules: tuple[str, ...]) -> Journal:
        """Write down what will be done; the search terms first, so that a journal never lacks them."""
        self._found = found
        place = files.private_directory(self._place)
        sealed = symmetric.seal(self.vault.key("purge needles"), found.needles.plain())
        files.write_whole(place / "needles.sealed", sealed)
        if found.cuts_site:
            taken_in.remember(self.site.root)
        made = Journal(
            number=protocol.next_number(self.office.root),
            order=order,
            meant=found.meant,
            rules=rules,
            guardians=found.guardians,
            stems=self._stems(found, date.fromisoformat(order.day)),
            site_before=plumbing.resolve(self.site.root, "HEAD") if found.cuts_site else "",
            office_before=plumbing.resolve(self.office.root, "HEAD"),
            removed=found.removed,
            changed=tuple(sorted(found.contents)),
            office_changed=found.office_changed,
            office_removed=found.office,
            counts=_counts(found),
        )
        files.write_whole(place / "journal.json", json.dumps(asdict(made)).encode())
        return made

    def carry_out(
        self, journal: Journal, progress: Callable[[int, int], None], *, unproved: bool = False
    ) -> Verification:
        """Delete, prove and write the protocol; without proof the journal stays, unless `unproved` ends it anyway."""
        heads = ledger.heads(self.office.root)
        gone = tuple(pupil for pupil in journal.meant.pupils if pupil in heads)
        if gone:
            LedgerWriter(self.office).write(Event.PURGED, {}, {}, removed=gone)
        self._output(journal)
        for name in (*journal.meant.pupils, *journal.guardians, *journal.meant.people):
            (self.office.root / secret_file(name)).unlink(missing_ok=True)
        self._office(journal)
        if journal.site_before:
            self._teachers(journal)
        with files.workroom(self.office.workplace):
            pass  # what a killed `archive export` or `import` left there goes
        # What takes longest is git's, laying the office's archive together; meanwhile the teachers' files are read.
        with ThreadPoolExecutor(1) as aside:
            cleaning = aside.submit(truncate.clean, self.office.root, STANDING)
            if journal.site_before:
                truncate.clean(self.site.root, ())
            needles, cut_site = self._needles(), bool(journal.site_before)
            result = verify.prove(
                *(self.site, self.office.root, needles, self._place, progress),
                cut_site=cut_site,
                wait=cleaning.result,
            )
        if not result.found or unproved:
            marks = protocol.marks(needles, self.vault.key("purge marks"))
            protocol.write(self.office.root, journal.number, self._told(result, journal), marks)
            shutil.rmtree(self._place)
        return result

    def _needles(self) -> SearchTerms:
        sealed = (self._place / "needles.sealed").read_bytes()
        return from_plain(symmetric.unseal(self.vault.key("purge needles"), sealed))

    def _stems(self, found: Traces, day: date) -> tuple[str, ...]:
        """Return the opaque names of all whose files hold something of it today."""
        if not found.people and not found.senders:
            return ()
        tree, content = committed_tree(self.site)
        try:
            school = replace(inventory.load_related_records(tree, found.meant), people=SiteReader(tree).people)
            around = {one.id for one in recipients(school, day) if set(one.pupils) & set(found.meant.pupils)}
        finally:
            content.close()
        with Locksmith(tree, self.office, self.vault) as locksmith:
            return tuple(sorted({locksmith.stem(name) for name in {*found.people, *found.senders, *around}}))

    def _output(self, journal: Journal) -> None:
        """Remove the sealed files that hold something of it; the next build makes the other people's again."""
        output = self.site.output
        if not journal.stems:
            return
        (output / files.MEMO).unlink(missing_ok=True)
        if not (output / files.CURRENT / publish.MANIFEST).is_file():
            return
        told = publish.manifest(output)
        listed = json.loads((output / files.CURRENT / publish.MANIFEST).read_bytes())["files"]
        if not any(entry["owner"] in journal.stems for entry in listed):
            return
        made = publish.Delivery(output)
        try:
            for receipt in publish.former(output, ("", {})).receipts.values():
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
            who = CommitAuthor(plumbing.NAME, plumbing.EMAIL)
            contents = {path: self._register(journal) for path in journal.office_changed}
            truncate.begin(root, plumbing.resolve(root, "HEAD"), contents, journal.office_removed, message, who)
        commit.follow_root(root, journal.office_changed, journal.office_removed)
        for folder in (
            *map(request_folder, journal.meant.requests),
            *map(reply_folder, journal.meant.replies),
        ):
            if (root / folder).is_dir():  # what lay there and was never committed
                shutil.rmtree(root / folder)

    def _register(self, journal: Journal) -> bytes:
        order = journal.order
        return Register(self.office.root).without(journal.meant.requests, order.day, order.decision)

    def _teachers(self, journal: Journal) -> None:
        root = self.site.root
        if history.is_ancestor(root, journal.site_before, "HEAD"):
            head = plumbing.resolve(root, "HEAD")
            contents, removed = self._without(journal, head)
            message = f"historien börjar om\n\nGallring: {journal.number}\n"
            truncate.begin(root, head, contents, removed, message, commit.author(root))
        commit.follow_root(root, journal.changed, journal.removed)

    def _without(self, journal: Journal, head: str) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
        """Return the teachers' files that change and those that are deleted; after a cut-off run, worked out again."""
        if self._found is not None and head == journal.site_before:
            return self._found.contents, self._found.removed
        tree, content = committed_tree(self.site)
        try:
            school = inventory.load_related_records(tree, journal.meant)
            return without(tree, school, self.site.root, journal.meant, journal.guardians)
        finally:
            content.close()

    def _told(self, result: Verification, journal: Journal) -> dict[str, Any]:
        """Return a protocol: ids and numbers only."""
        heads = {
            name: {"före": before, "efter": plumbing.resolve(root, "HEAD")}
            for name, root, before in (
                ("lärarnas", self.site.root, journal.site_before),
                ("kontorets", self.office.root, journal.office_before),
            )
            if before
        }
        meant = journal.meant
        named = {"elever": meant.pupils, "personer": meant.people, "svar": meant.replies, "begäranden": meant.requests}
        return {
            "nummer": str(journal.number),
            "dag": journal.order.day,
            "beslut": journal.order.decision,
            "av": journal.order.by,
            "regler": list(journal.rules),
            **{kind: [str(one) for one in those] for kind, those in named.items() if those},
            "förstört": {what: str(count) for what, count in journal.counts.items()},
            "historik": heads,
            "prövning": {
                "objekt": str(result.objects),
                "filer": str(result.files),
                "träffar": str(len(result.found)),
                "bevisad": "nej" if result.found else "ja",
            },
            "kvar_att_göra": list(journal.left),
        }


def _counts(found: Traces) -> dict[str, int]:
    return {
        "elever": len(found.meant.pupils),
        "vårdnadshavare": len(found.guardians),
        "personer": len(found.meant.people),
        "svar": len(found.meant.replies),
        "begäranden": len(found.meant.requests),
        "arkiv": found.archived,
        "filer hos lärarna": len(found.removed),
        "filer på kontoret": len(found.office),
        "lösenfraser": len(found.secrets),
    }
