"""What the archive keeps of earlier terms, in the form that views ask for.

In: the office's repository. Out: each pupil's kept terms, as a `Bundler` asks for them, and a digest of what the
pupil's archive shows of earlier terms. The digest is one of the things that decide whether a document must be made
again. Each pupil's archive is read when it is first asked for, and once. Decides nothing about who may read.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.archive import ledger, reader, term_folders
from iup.site.paths import plan_file
from iup.system.git.objects import Objects
from iup.view.earlier import PastCopy, PastTerm, nothing_past

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iup.system.git.trees import Tree
    from iup.view.earlier import PastTermsOf


# How a plan says its term and state at the margin, where no text can stand. A plan that says it otherwise is taken for
# one whose term is not known, which costs time and nothing else.
_TERM = re.compile(rb"^termin: ((?:HT|VT) \d{4})\r?$", re.MULTILINE)
_DRAFT = re.compile(rb"^l\xc3\xa4ge: (?!delad\r?$|fastst\xc3\xa4lld\r?$)", re.MULTILINE)


def digests(root: Path, tree: Tree, term: str) -> dict[str, str]:
    """Return, by pupil, a digest of the kept terms that may be shown as earlier; pupils without any are left out.

    As in `view.earlier`, two things do not count: the folder of the plan's own term while the plan is no draft, and
    goals alone of the present term. So archiving a result when it is handed over makes nothing in the next build again.
    """
    heads = ledger.heads(root)
    plans = {pupil: path for pupil in heads if (path := plan_file(pupil)) in tree}
    texts = dict(zip(plans, tree.read_all(plans.values()), strict=True))
    with Objects(root) as objects:
        kept = list(reader.term_trees(objects, heads.values()))
    found = {}
    for pupil, trees in zip(heads, kept, strict=True):
        hidden = {term_folders.folder(term, plan=False), *_folder_of_now(texts.get(pupil, b""))}
        rows = sorted(f"{name}={oid}" for name, oid in trees.items() if name not in hidden)
        if rows:
            found[pupil] = sha256("\0".join(rows).encode()).hexdigest()
    return found


def _folder_of_now(plan: bytes) -> tuple[str, ...]:
    """Return the folder of a plan that is no draft, where its text says its term plainly."""
    said = _TERM.findall(plan)
    return (term_folders.folder(said[0].decode(), plan=True),) if len(said) == 1 and not _DRAFT.search(plan) else ()


@contextmanager
def past(root: Path) -> Iterator[PastTermsOf]:
    """Open the archives of an office for as long as the block runs; only the newest commit of a pupil is read."""
    heads = ledger.heads(root)
    if not heads:
        yield nothing_past
        return
    read: dict[str, tuple[PastTerm, ...]] = {}

    def of(pupil: str) -> tuple[PastTerm, ...]:
        if pupil not in read:
            terms = shelf.terms(pupil, heads[pupil]) if pupil in heads else ()
            read[pupil] = tuple(
                PastTerm(
                    term.name,
                    term.final,
                    bool(term.state),
                    tuple(PastCopy(c.role, c.recipients, partial(shelf.view, term, c)) for c in term.copies),
                    term.received,
                )
                for term in terms
            )
        return read[pupil]

    with reader.ArchiveReader(root) as shelf:
        yield of
