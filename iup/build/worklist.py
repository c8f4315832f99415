"""Which files the result shall hold, worked out before anything is made.

In: the checked files, the locks, the files of the former result, and what is known from the last build. Out: one
`Wanted` for each file that must be made, with an opaque name and a keyed hash of everything that decides its content. A
file of the former result with the same name and hash is kept as it is, and is listed apart.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING

from iup.build.cache import Known
from iup.build.read_tracking import Reads
from iup.errors import ContentError, SealError, UsageError
from iup.model.recipient import Recipient
from iup.policy.access import required_policy
from iup.view.bundle import Bundle, Bundler, Document, recipients
from iup.view.earlier import nothing_past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from iup.build.cache import BuildCache
    from iup.build.publish import Receipt
    from iup.build.read_tracking import Counted
    from iup.checks.runner import Checker
    from iup.keys.locks import Locked, Locksmith
    from iup.model.school import School
    from iup.view.earlier import PastTermsOf


@dataclass(frozen=True)
class Wanted:
    """One file that the result shall hold: the PDF of one document, or (with none) the page of all."""

    name: str
    owner: Locked
    content: str
    bundle: Bundle
    pdf: Document | None

    @property
    def recipient(self) -> str:
        """Whose file it is."""
        return self.owner.recipient.id

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents in the file."""
        return (self.pdf,) if self.pdf else self.bundle.documents

    def stands_in(self, before: Mapping[str, Receipt]) -> bool:
        """Say whether the former result holds this very file."""
        return _stands(self.name, self.content, before)


@dataclass
class Worklist:
    """The files to make and to keep, the recipients that cannot be sealed to, and what the next build may know.

    `files` has the names of each recipient's files, made or kept. A run for some recipients leaves the files of every
    stem that is not `touched` as they are.
    """

    everybody: tuple[tuple[str, tuple[str, ...]], ...]
    narrowed: bool = False
    making: list[Wanted] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    failed: dict[str, SealError] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    known: dict[str, Known] = field(default_factory=dict)
    tallies: Mapping[str, Counted] = field(default_factory=dict)
    mentions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_out_of_scope(self, receipt: Receipt) -> bool:
        """Say whether a file of the former result is outside what this run makes."""
        return self.narrowed and receipt.owner not in self.touched


class _WorklistMaker:
    """Works out what one recipient after another gets; reads the school only when there is something to work out."""

    def __init__(
        self, checker: Checker, locksmith: Locksmith, fingerprint: str, memo: BuildCache, past: PastTermsOf
    ) -> None:
        self._checker = checker
        self._locksmith = locksmith
        self._fingerprint = fingerprint
        self._memo = memo
        self._past = past

    @cached_property
    def school(self) -> School:
        school = self._checker.reading.school
        if school is None:
            raise ContentError(self._checker.everything(1))
        return school

    @cached_property
    def reads(self) -> Reads:
        return Reads(self.school, self._memo.tallies)

    @cached_property
    def _bundler(self) -> Bundler:
        checker = self._checker
        key = self._locksmith.vault.key("marks")
        return Bundler(self.reads.school, required_policy(checker.tree), checker.day, key, self.reads.tally, self._past)

    def everybody(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the id of every recipient of the day, with their pupils."""
        known = self._memo.everybody
        return known or tuple((one.id, one.pupils) for one in recipients(self.school, self._checker.day))

    def by_school(self, waiting: list[tuple[str, tuple[str, ...]]]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield recipients school by school, whose files are read together and let go of before the next school's."""

        def unit(one: tuple[str, tuple[str, ...]]) -> str:
            place = self.school.place(one[1][0], self._checker.day) if one[1] else None
            return place[0].id if place else ""

        for _, together in groupby(sorted(waiting, key=unit), key=unit):
            here = list(together)
            self._checker.fetch({pupil for _, pupils in here for pupil in pupils})
            yield from here
            self._checker.forget()

    def work_out(
        self, name: str, pupils: tuple[str, ...], seen: Callable[[str, Bundle], None]
    ) -> tuple[list[Wanted], Known | None] | SealError:
        """Return a recipient's files and what to remember of them, or why there can be none.

        Nothing is remembered of a recipient whose key ends soon: every build looks at it again.
        """
        person = self.school.pupils.get(name) or self.school.people[name]
        found = self._locksmith.lock(Recipient(name, person.receiving, pupils))
        if isinstance(found, SealError):
            return found
        bundle, read = self.reads.noting(lambda: self._bundler.bundle(found.recipient))
        seen(found.stem, bundle)
        files = _files(bundle, found, self._fingerprint, self._locksmith.vault.key("contents"))
        if not self._locksmith.lasts(found):
            return files, None
        contents = tuple((file.name, file.content) for file in files)
        return files, Known(found.stem, contents, read, self._locksmith.stamps.get(name))


def order(  # noqa: PLR0913  the values that decide what a run makes
    checker: Checker,
    locksmith: Locksmith,
    fingerprint: str,
    memo: BuildCache,
    before: Mapping[str, Receipt],
    *,
    recipient: str = "",
    pupil: str = "",
    past: PastTermsOf = nothing_past,
    seen: Callable[[str, Bundle], None] = lambda _stem, _bundle: None,
) -> Worklist:
    """Return what a run shall make and keep; `recipient` and `pupil` narrow it to some recipients.

    `seen` is called for each bundle that is worked out, with its recipient's opaque name.
    """
    desk = _WorklistMaker(checker, locksmith, fingerprint, memo, past)
    everybody = desk.everybody()
    chosen = [(name, own) for name, own in everybody if recipient in ("", name) and (not pupil or pupil in own)]
    if not chosen and (recipient or pupil):
        raise UsageError("ingen mottagare i dag har det id:t", "id:n står i content/people och content/pupils")
    asked = Worklist(
        everybody,
        narrowed=len(chosen) < len(everybody),
        known=dict(memo.known),
        tallies=memo.tallies,
        mentions=checker.mentions,
    )
    if asked.narrowed:
        asked.touched = {locksmith.stem(name) for name, _ in chosen}
    waiting = []
    for name, pupils in chosen:
        known = asked.known.pop(name, None)
        if known and known.secret == locksmith.stamps.get(name) and all(_stands(*file, before) for file in known.files):
            asked.known[name] = known
            asked.files[name] = tuple(file for file, _ in known.files)
            asked.kept += asked.files[name]
        else:
            waiting.append((name, pupils))
    for name, pupils in desk.by_school(waiting):
        found = desk.work_out(name, pupils, seen)
        if isinstance(found, SealError):
            asked.failed[name] = found
            continue
        files, learned = found
        asked.files[name] = tuple(file.name for file in files)
        asked.making += [file for file in files if not file.stands_in(before)]
        asked.kept += [file.name for file in files if file.stands_in(before)]
        if learned:
            asked.known[name] = learned
        asked.tallies = desk.reads.tallies
    return asked


def _stands(name: str, content: str, before: Mapping[str, Receipt]) -> bool:
    receipt = before.get(name)
    return receipt is not None and receipt.content == content


def _files(bundle: Bundle, owner: Locked, fingerprint: str, key: bytes) -> list[Wanted]:
    """Return one recipient's files: a PDF for each document that has one, and the page of all. Paper has no page."""

    def content(kind: str, documents: tuple[Document, ...]) -> str:
        parts = [kind, fingerprint, owner.identity, bundle.labels, *(f"{d.mark}/{d.title}" for d in documents)]
        return hmac.digest(key, "\0".join(parts).encode(), sha256).hex()

    ending = owner.lock.ending
    found = [
        Wanted(f"{owner.stem}-{number}.pdf{ending}", owner, content("pdf", (document,)), bundle, document)
        for number, document in enumerate(bundle.documents)
        if document.pdf or owner.paper
    ]
    if not owner.paper:
        name = f"{owner.stem}.html{ending}"
        found.append(Wanted(name, owner, content("page", bundle.documents), bundle, None))
    return found
