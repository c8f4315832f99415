"""Decide which scan hits are real leftovers after a purge.

In: a site, its office and the search terms. Out: how much was looked at, every hit that must not be there, and how many
hits a person may want to look at.

These hits do not count. An id in the ledger, in a protocol or in a request's folder, which name pupils by id alone. A
family name without its given name, or an only name without a class. A sentence or contact data that an archive has too,
once git has shown that no object is left that no ref leads to; or either of them in a history that was not cut, because
what was purged only repeated it. An id in sealed bytes, where chance puts one now and then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.office.retention import scan
from iup.office.retention.inventory import STAYS, reached
from iup.office.retention.scan import Matcher, Scan, ScanHit
from iup.office.retention.search_terms import TermKind
from iup.system.git import plumbing, truncate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iup.office.retention.protocol import Marks
    from iup.office.retention.search_terms import SearchTerms
    from iup.site.layout import Site

_COUNTS = frozenset(TermKind) - {TermKind.FAMILY}


@dataclass(frozen=True)
class Verification:
    """What was looked at, which hits must not be there, and how many hits do not count."""

    objects: int
    files: int
    found: tuple[ScanHit, ...]
    shown: int


def prove(  # noqa: PLR0913  what is asked about, and when it may be
    site: Site,
    office: Path,
    needles: SearchTerms,
    place: Path,
    progress: Callable[[int, int], None],
    *,
    cut_site: bool,
    wait: Callable[[], None],
) -> Verification:
    """Look through every object and file of both repositories and the result; `place` is the purge's own.

    `cut_site` says that the teachers' history was cut too, and is clean; `wait` returns when the office's is.
    """
    matcher, looked, judged = Matcher(needles), Scan(), list[ScanHit | None]()
    within = office.resolve().is_relative_to(site.root.resolve())
    for root in (site.root, office):
        if root == office or within:
            wait()
        objects, files = Scan(), Scan()
        scan.objects(root, matcher, objects, progress)
        judged += _objects(root, objects, archive=root == office, stands=root != office and not cut_site)
        common = plumbing.common_directory(root)
        but = (common / "objects", place)
        scan.files(root, matcher, files, but)
        if not common.is_relative_to(root.resolve()):
            scan.files(common, matcher, files, but)
        judged += [_file(finding, site.output, office) for finding in files.findings]
        looked.objects += objects.objects
        looked.files += files.files
    found = tuple(finding for finding in judged if finding is not None)
    return Verification(looked.objects, looked.files, found, len(judged) - len(found))


def prove_copy(copy: Path, marks: Marks, progress: Callable[[int, int], None]) -> Verification:
    """Look through every object and file of another repository, a clone or a backup, by the marks of protocols."""
    objects, files = Scan(), Scan()
    scan.objects(copy, marks, objects, progress)
    common = plumbing.common_directory(copy)
    scan.files(copy, marks, files, (common / "objects",))
    if not common.is_relative_to(copy.resolve()):
        scan.files(common, marks, files, (common / "objects",))
    judged = _objects(copy, objects, archive=bool(reached(copy, ledger.REF)))
    judged += [_file(finding, copy / "output", copy) for finding in files.findings]
    found = tuple(finding for finding in judged if finding is not None)
    return Verification(objects.objects, files.files, found, len(judged) - len(found))


def _objects(root: Path, looked: Scan, *, archive: bool, stands: bool = False) -> list[ScanHit | None]:
    """Decide which hits in objects are leftovers; `stands` says that the history was left as it is."""
    if not looked.findings:
        return []
    listed = reached(root, ledger.REF) if archive else {}
    own = reached(root, "HEAD", ledger.REF)
    whole = archive and truncate.is_clean(root)
    judged: list[ScanHit | None] = []
    for finding in looked.findings:
        kinds = finding.kinds & _COUNTS
        if finding.where in listed or (archive and own.get(finding.where, "").startswith(STAYS)):
            kinds -= {TermKind.ID}
        if stands or (whole and finding.where not in own):
            kinds -= {TermKind.SENTENCE, TermKind.CONTACT}
        judged.append(replace(finding, kinds=kinds) if kinds else None)
    return judged


def _file(finding: ScanHit, output: Path, office: Path) -> ScanHit | None:
    """Decide which hits in a file are leftovers."""
    kinds = finding.kinds & _COUNTS
    stays = tuple(f"{office / folder}/" for folder in STAYS)
    if finding.where.startswith((*stays, f"{output}/")):
        kinds -= {TermKind.ID}
    return replace(finding, kinds=kinds) if kinds or finding.closed else None
