"""What another school or an e-archive is given of one pupil, as files by path. Writes nothing.

In: an office's archive, a pupil, and what holds of them today. Out: a `Package`. It has a folder for each term with its
documents as PDF/A-3 (which carry the term's own files), their HTML, and those files. It has the history as a git
bundle, the keys that signed it, and an explanation in Swedish. For a pupil who is protected today, what protection
hides is left out. So is the history, because nothing can be removed from it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iup import VERSION
from iup.archive import ledger, reader, term_folders
from iup.archive.ledger import Event
from iup.archive.show import ArchivedDocuments
from iup.documents.pdf import archival
from iup.errors import RepositoryError
from iup.seal import openpgp
from iup.site import strict_yaml
from iup.system import scratch as system_scratch
from iup.system.git import history, plumbing
from iup.system.git.objects import Objects
from iup.view.types import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iup.archive.reader import ArchivedTerm
    from iup.archive.show import Today
    from iup.documents.pdf import SetArchival
    from iup.seal.openpgp import Signer

BUNDLE = "historik.bundle"
KEYS = "nycklar"
README = "LÄS MIG.txt"
BRANCH = "refs/heads/main"
# The form says who decided it, titles which class somebody has: both tell where a protected pupil goes to school.
_TELLING = term_folders.FORM
_TITLES = term_folders.PEOPLE


@dataclass(frozen=True)
class Package:
    """What a package holds: files by path below the payload, what stands beside it, and how many terms and PDFs."""

    terms: int
    documents: int
    has_history: bool
    payload: Mapping[str, bytes] = field(repr=False)
    beside: Mapping[str, bytes] = field(repr=False)
    said: Mapping[str, str] = field(repr=False)


def gather(root: Path, pupil: str, head: str, now: Today, signer: Signer, room: Path) -> Package:
    """Return the package of a pupil's archive as one of its commits has it; `room` is an empty directory to work in."""
    with reader.ArchiveReader(root) as shelf:
        terms = shelf.terms(pupil, head)
        lookback = ArchivedDocuments(shelf, now)
        set_pdf = archival(lookback.assets)
        day = _day_of(root, head)
        payload = {
            f"{term.folder}/{path}": data for term in terms for path, data in _term(lookback, term, set_pdf, day)
        }
        municipality = _municipality(lookback, terms)
    documents = sum(path.endswith(".pdf") for path in payload)
    payload |= {f"{KEYS}/{name}.gpg": key for name, key in _keys(root, pupil, now, signer).items()}
    if not now.is_protected:
        payload[BUNDLE] = _bundled(root, head, room)
    said = {
        "Source-Organization": municipality,
        "External-Identifier": pupil,
        "External-Description": "Individuella utvecklingsplaner, arkivet för en elev",
        "Bag-Software-Agent": f"iup {VERSION}",
    }
    readme = _readme(now, municipality, terms, signer.fingerprint)
    return Package(len(terms), documents, not now.is_protected, payload, {README: readme.encode()}, said)


def _term(
    lookback: ArchivedDocuments, term: ArchivedTerm, set_pdf: SetArchival, day: date
) -> Iterator[tuple[str, bytes]]:
    """Yield a term's files by path: one PDF for each text that differs, and each document's HTML."""
    records = lookback.shelf.records(term)
    if lookback.now.is_protected:
        records = {name: _untold(name, data) for name, data in records.items() if name != _TELLING}
    yield from records.items()
    set_already = set()
    for copy in term.copies:
        yield f"html/{copy.mark}.html", lookback.html(term, copy)
        view = lookback.view(term, copy)
        content = canonical(view)
        if content in set_already or copy.recipients:  # what a person was sent is the same with their own labels
            continue
        set_already.add(content)
        html = lookback.printed(view, term)
        yield f"{copy.mark}.pdf", set_pdf(html, sha256(content).digest()[:16], records, day)


def _untold(name: str, data: bytes) -> bytes:
    """Return a record without what reveals the class: its line `barn:`, and the titles of staff."""
    values: dict[str, Any] = dict(strict_yaml.parse(data))
    values.pop("barn", None)
    if name == _TITLES:
        home = ("eleven", "vårdnadshavare")
        values = {
            who: {**row, "roll": row["roll"] if row["roll"] in home else "personal"} for who, row in values.items()
        }
    return strict_yaml.written(values)


def _day_of(root: Path, head: str) -> date:
    """Return the day that the archive got its newest commit: when what is attached was last altered."""
    with Objects(root) as objects:
        (commit,) = history.read((head,), objects)
    if commit.committer is None:
        raise RepositoryError(f"git kan inte läsa historien i {root}; kör git fsck")
    return datetime.fromtimestamp(commit.committer.time, UTC).date()


def _municipality(lookback: ArchivedDocuments, terms: tuple[ArchivedTerm, ...]) -> str:
    own = [term for term in terms if not term.received and term.copies]
    return lookback.view(own[-1], own[-1].copies[-1]).municipality if own else ""


def _keys(root: Path, pupil: str, now: Today, signer: Signer) -> dict[str, bytes]:
    """Return the public keys that the history was signed with, and the one that signs the package."""
    rings = {signer.fingerprint: (signer.home / "pubring.gpg").read_bytes()}
    if not now.is_protected:
        with Objects(root) as objects:
            for kept, entry in ledger.entries(root):
                if entry.key not in rings:
                    rings[entry.key] = objects.read(f"{kept.oid}:{ledger.KEY_FILE}")
                if entry.event is Event.IMPORTED and pupil in entry.heads:
                    rings |= ledger.senders(kept.oid, objects)
    found = {}
    with tempfile.TemporaryDirectory(dir=system_scratch.place()) as directory:
        for fingerprint, data in rings.items():
            ring = Path(directory, f"{fingerprint}.gpg")
            ring.write_bytes(data)
            found[fingerprint] = openpgp.public_part(ring, fingerprint, Path(directory))
    return found


def _bundled(root: Path, head: str, room: Path) -> bytes:
    """Return the pupil's history as a bundle that `git clone` takes: a branch, since a clone looks at no other refs."""
    scratch = room / "git"
    around = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str(plumbing.common_directory(root) / "objects")}
    steps = (
        (room, ("init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(scratch))),
        (scratch, ("update-ref", BRANCH, head)),
        (scratch, ("bundle", "create", "--quiet", BUNDLE, "HEAD", BRANCH)),
    )
    for where, arguments in steps:
        if plumbing.git(where, *arguments, env=around).code:
            raise RepositoryError(f"git kan inte läsa historien i {root}; kör git fsck")
    return (scratch / BUNDLE).read_bytes()


_TEXT = """\
LÄS MIG

Det här är arkivet för en elev: {name}.
Från: {municipality}
Terminer: {terms}

Paketet är inte låst. Den som har det kan läsa allt i det. Lägg det bara där obehöriga inte kommer åt det.

Vad som finns
  data/<termin>/*.pdf     planen så som den skickades, en PDF/A-3 för varje läsarkrets vars text skiljer sig:
                          guardian är vårdnadshavarnas, pupil elevens, mentor, teacher och principal personalens
                          (finns bara en av dem är de andra likadana). Terminens filer ligger i PDF:en som bilagor
  data/<termin>/html/     samma dokument som webbsidor
  data/<termin>/*.yaml    planen, målen, mallen och namnen som text, och arkiv.yaml som säger vad som är vad
  data/nycklar/           de öppna nycklar som arkivet är underskrivet med
{history}
En termin som heter ”mottagen” kom från en tidigare skola.

Hur ni prövar att inget är ändrat
  sha256sum --check tagmanifest-sha256.txt
  sha256sum --check manifest-sha256.txt
  gpg --import data/nycklar/*.gpg
  gpg --verify tagmanifest-sha256.txt.asc tagmanifest-sha256.txt

Underskriften ska vara gjord med nyckeln
  {fingerprint}
Fråga skolan, på annat sätt än det paketet kom, om det är deras. Paketet är en BagIt-katalog (RFC 8493).
{checking}"""
_HISTORY = "  data/historik.bundle    hela historien, varje version underskriven: git clone historik.bundle elev\n"
_CHECKING = """\
Historien: git -C elev log --show-signature

Den som har samma program tar in paketet med: build.py archive import KATALOG --as ELEV
"""
_NO_HISTORY = """\
Eleven har skyddade uppgifter. Skola, klass och titlar är borttagna, och den underskrivna historien är inte med,
eftersom inget kan tas bort ur den. Programmet kan därför inte ta in paketet; läs det som det är.
"""


def _readme(now: Today, municipality: str, terms: tuple[ArchivedTerm, ...], fingerprint: str) -> str:
    return _TEXT.format(
        name=now.name,
        municipality=municipality or "okänd",
        terms=", ".join(term.name for term in terms),
        history="" if now.is_protected else _HISTORY,
        fingerprint=fingerprint,
        checking=_NO_HISTORY if now.is_protected else _CHECKING,
    )
