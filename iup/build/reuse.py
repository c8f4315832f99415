"""Which results of the last build are still valid.

In: the tree and everything else that a build depends on. Out: the part of the last build's memory (`cache`) that still
holds; and, when a build is done, the memory for the next one.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.archive.earlier_terms import digests
from iup.build import cache
from iup.build.publish import left
from iup.errors import OutputError
from iup.model import law
from iup.model.school import Municipality
from iup.site import decode, strict_yaml
from iup.site.load import MUNICIPALITY
from iup.site.paths import owner
from iup.system import clock

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date
    from pathlib import Path

    from iup.build.worklist import Worklist
    from iup.keys.keyring import UnlockedOffice
    from iup.keys.vault import Vault
    from iup.problems import Problem
    from iup.system.git.trees import Tree

# What a pupil's plan and goals decide is known from noting who reads them. Every other file can decide anything.
_FOLLOWED = ("/plan.yaml", "/goals.yaml")


class ReusableBuild:
    """The last build, as far as this one may rely on it. `fits`: only plans, goals and earlier terms differ.

    `changed` says whose those are. Without ids of contents, as for files as they stand, nothing is known and nothing is
    remembered.
    """

    def __init__(
        self,
        tree: Tree,
        office: UnlockedOffice,
        vault: Vault,
        output: Path,
        day: date,
        program: str,
    ) -> None:
        self._output = output
        self._key = vault.key("memo")
        self._program = program
        self._known = len(tree.oids) == len(tree.paths)
        self._texts = {path: oid for path, oid in tree.oids.items() if _followed(path)}
        if self._known:
            kept = digests(office.root, tree, _term(tree, day))
            self._texts |= {f"{ledger.ARCHIVE}{pupil}": digest for pupil, digest in kept.items()}
        self._inputs = _digest(_rest(tree, office, day))
        found = cache.recall(output, self._key, self._program)
        self.fits = self._known and found.inputs == self._inputs
        changed = {path for path, _ in found.texts.items() ^ self._texts.items()} if self.fits else set()
        self.changed = frozenset(_whose(path) for path in changed)
        self.memo = found.without(self.changed) if self.fits else cache.BuildCache(stamps=found.stamps)
        self._found = found

    @property
    def same(self) -> bool:
        """Whether nothing at all is different."""
        return self.fits and not self.changed

    def remember(
        self, asked: Worklist, failed: Collection[str], problems: tuple[Problem, ...], *, delivered: bool
    ) -> None:
        """Keep what the next build may know. Nothing is known of recipients that could not be served.

        What was not published again lies as it was found. If the memory cannot be written (the disk is full), the next
        build is slow and this one still succeeds.
        """
        made = cache.BuildCache(
            inputs=self._inputs,
            texts=self._texts,
            problems=problems,
            everybody=asked.everybody,
            known={name: known for name, known in asked.known.items() if name not in failed},
            tallies=asked.tallies,
            mentions=asked.mentions,
            stamps=left(self._output) if delivered else self._found.stamps,
        )
        if not self._known:
            made = cache.BuildCache(stamps=made.stamps)
        if made != self._found:
            with suppress(OutputError):
                cache.remember(self._output, self._key, self._program, made)


def _followed(path: str) -> bool:
    return path.endswith(_FOLLOWED) and owner(path)[0] == "pupil"


def _term(tree: Tree, day: date) -> str:
    """Return the name of the term that goes on, from the one file that says it; empty where it cannot be read."""
    try:
        values = strict_yaml.parse(tree.read(MUNICIPALITY))
    except (OSError, KeyError, strict_yaml.StrictYamlError):
        return ""
    municipality, _ = decode.decode(Municipality, values, MUNICIPALITY)
    found = law.term_in(municipality, day) if municipality else None
    return found.name if found else ""


def _whose(path: str) -> str:
    """Return the pupil whose plan, goals or archive something is."""
    return path.removeprefix(ledger.ARCHIVE) if path.startswith(ledger.ARCHIVE) else owner(path)[1]


def _rest(tree: Tree, office: UnlockedOffice, day: date) -> Iterator[str]:
    """Yield everything that decides the result, apart from plans, goals, archives, passphrases and the program."""
    # A key can end from one day to the next, whatever day the result is made for.
    yield from (day.isoformat(), clock.machine_day().isoformat())
    yield from (office.key, sha256(office.certificate).hexdigest(), office.signer.fingerprint if office.signer else "")
    yield from (f"{path}={kind}" for path, kind in sorted(tree.oddities.items()))
    yield from (f"{path}={oid}" for path, oid in tree.oids.items() if not _followed(path))


def _digest(parts: Iterator[str]) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
