"""A whole build as one function: gather, then write.

`build` reads a tree, refuses faulty content, and works out who may read what. It makes and seals only what has changed,
and publishes all of it at once. Plaintext never touches a disk. A run that fails or dies leaves the former result
whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.archive.earlier_terms import past as kept_terms
from iup.build.pool import WorkerPool, start_server
from iup.build.publish import Delivery, former
from iup.build.reply_ticket import Issuer
from iup.build.reuse import ReusableBuild
from iup.build.worklist import order
from iup.checks.runner import Checker, checked
from iup.documents.assets import load_assets, program
from iup.errors import ContentError
from iup.keys.keyring import opened
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.problems import has_faults
from iup.system.files import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from pathlib import Path

    from iup.build.publish import Receipt
    from iup.build.worklist import Wanted
    from iup.documents.assets import Assets
    from iup.errors import SealError
    from iup.keys.keyring import UnlockedOffice
    from iup.problems import Problem
    from iup.system.git.trees import Tree


__all__ = ["BuildOptions", "Built", "build", "checked"]


def _no_progress(_done: int, _all: int) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class BuildOptions:
    """What a run was asked to do."""

    day: date
    jobs: int = 2
    strict: bool = False
    dry_run: bool = False
    recipient: str = ""
    pupil: str = ""
    progress: Callable[[int, int], None] = _no_progress


@dataclass(frozen=True)
class Built:
    """What a run did: files made, kept and removed, recipients that got nothing and why, who has which files."""

    made: int
    kept: int
    removed: int
    failed: Mapping[str, SealError]
    files: Mapping[str, tuple[str, ...]]
    problems: tuple[Problem, ...]
    signed: bool
    where: Path


def build(tree: Tree, office_root: Path, output: Path, choice: BuildOptions) -> Built:
    """Run the whole line; publish nothing unless every step succeeded for every recipient that could be sealed."""
    assets = load_assets()
    with (
        locked(output),
        opened(office_root) as office,
        Locksmith(tree, office, open_vault(office)) as locksmith,
        kept_terms(office_root) as earlier,
    ):
        past = ReusableBuild(tree, office, locksmith.vault, output, choice.day, program(assets))
        if not (past.same or choice.dry_run):
            start_server()  # what it loads takes a second, and so does working out what to make
        checker = Checker(tree, choice.day, mentions=past.memo.mentions)
        problems = _problems(checker, past, choice)
        choice.progress(0, 0)
        before = former(output, past.memo.stamps)
        asked = order(
            checker,
            locksmith,
            assets.fingerprint,
            past.memo,
            before.receipts,
            recipient=choice.recipient,
            pupil=choice.pupil,
            past=earlier,
        )
        kept = [before.receipts[name] for name in asked.kept]
        kept += [receipt for receipt in before.receipts.values() if asked.is_out_of_scope(receipt)]
        standing = {receipt.name for receipt in kept}
        failed = dict(asked.failed)
        if not choice.dry_run:
            same = past.same and before.intact and before.commit == tree.revision
            delivering = not same or bool(asked.making) or standing != before.listed
            if delivering:
                vault = locksmith.vault
                issuer = Issuer(choice.day, vault.key("places"), vault.key("tickets"), vault.key("file marks"))
                failed |= _deliver(tree, output, kept, asked.making, assets, office, issuer, choice)
            past.remember(asked, failed, problems, delivered=delivering)
    served = {recipient: tuple(sorted(names)) for recipient, names in asked.files.items() if recipient not in failed}
    standing |= {name for names in served.values() for name in names}
    return Built(
        made=sum(file.recipient not in failed for file in asked.making),
        kept=len(kept),
        removed=len(before.receipts.keys() - standing),
        failed=failed,
        files=dict(sorted(served.items())),
        problems=problems,
        signed=office.signer is not None,
        where=output,
    )


def _problems(checker: Checker, past: ReusableBuild, choice: BuildOptions) -> tuple[Problem, ...]:
    """Return every problem; raise `ContentError` where one of them must stop a build."""
    known = past.memo.problems
    problems = checker.since(known, past.changed) if past.fits else checker.everything(choice.jobs)
    if has_faults(problems, strict=choice.strict):
        raise ContentError(problems)
    return problems


def _deliver(  # noqa: PLR0913  the run's values, used once
    tree: Tree,
    output: Path,
    kept: list[Receipt],
    making: list[Wanted],
    assets: Assets,
    office: UnlockedOffice,
    issuer: Issuer,
    choice: BuildOptions,
) -> dict[str, SealError]:
    """Make what must be made and publish it with what is kept; return who could not be served."""
    delivery = Delivery(output)
    try:
        for receipt in kept:
            delivery.keep(receipt)

        def take(file: Wanted, sealed: bytes) -> None:
            delivery.add(file.name, file.owner.stem, file.content, sealed)

        work = WorkerPool(making, take, choice.progress, issuer)
        work.run(assets, choice.jobs)
        for file in making:
            if file.recipient in work.failed:
                delivery.drop(file.owner.stem)  # half a bundle is worse than none
        delivery.publish(tree.revision, choice.day.isoformat(), office.signer)
    except BaseException:
        delivery.discard()
        raise
    return work.failed
