"""What a site's files say at one moment, read again where something was saved since the last time.

In: a tree and a day, and what was known before. Out: a `SiteState`: the school, the policy, all that is wrong, who
reads what, and which file was saved last. A file that cannot be read is as it was when it last could. What a file was
decoded to is kept, and where only plans and goals were saved the rest is not checked again. Renders nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from iup.build.reader_list import NOBODY, ReaderList, reader_list
from iup.checks.runner import Checker
from iup.policy.access import Policy, load_policy
from iup.problems import Severity
from iup.site import decode, strict_yaml, yaml_rules
from iup.site.load import SiteReader
from iup.site.paths import owner
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from iup.build.watch import FileSnapshot
    from iup.model.school import School
    from iup.problems import Finding, Problem
    from iup.system.git.trees import Tree

_READING = (*strict_yaml.RULES, *yaml_rules.RULES, *decode.RULES)
_UNREADABLE = frozenset(rule.id for rule in _READING if rule.severity is Severity.FAULT)
_TEXTS = (".yaml", ".md")
_PLANS = ("/plan.yaml", "/goals.yaml")  # they decide nothing about others, and not who reads

M = TypeVar("M", bound=BaseModel)
_Decoded = dict[str, tuple[bytes, Any, tuple["Finding", ...]]]


@dataclass(frozen=True)
class SiteState:
    """What the files said at one moment. `unread` says of each unreadable file whether an earlier state replaces it.

    `saved` is the file of a pupil or a person that was saved last, and `saved_in` the number of the state that saw it.
    `listed` counts the lists of readers that differ.
    """

    day: date
    school: School | None
    policy: Policy | None
    problems: tuple[Problem, ...]
    unread: Mapping[str, bool]
    readable: Mapping[str, bytes] = field(repr=False)
    look: FileSnapshot = field(repr=False)
    checker: _Rechecker = field(repr=False)
    readers: ReaderList = NOBODY
    number: int = 1
    listed: int = 1
    saved: str = ""
    saved_in: int = 1
    bug: str = ""


class Rereading:
    """Reads a site's files time after time; what has not changed is neither decoded nor checked again."""

    def __init__(self) -> None:
        self._decoded: _Decoded = {}

    def read(self, tree: Tree, look: FileSnapshot, day: date, before: SiteState | None = None) -> SiteState:
        """Return what a tree says, the tree of a look; `before` is the last state."""
        changed = _changed(look, before)
        followed = before is not None and before.day == day and before.look.oddities == look.oddities
        followed = followed and all(path.endswith(_PLANS) and owner(path)[0] == "pupil" for path in changed)
        known = before if followed else None
        checker = _Rechecker(tree, day, self._decoded, known.checker.mentions if known else {})
        if known:
            problems = checker.since(known.checker.problems, {owner(path)[1] for path in changed})
        else:
            self._forget(tree)
            problems = checker.everything(1)
        checker.problems = problems
        school, policy, unread, readable = self._shown(tree, checker, before.readable if before else {})
        # Plans and goals make nobody a reader.
        readers = known.readers if known else reader_list(school, day) if school and policy else NOBODY
        state = SiteState(day, school, policy, (*look.problems, *problems), unread, readable, look, checker, readers)
        return _following(state, before, _last(look, changed))

    def _shown(
        self, tree: Tree, checker: _Rechecker, earlier: Mapping[str, bytes]
    ) -> tuple[School | None, Policy | None, dict[str, bool], dict[str, bytes]]:
        """Return what is shown: the files as they stand, and each unreadable one as it was, if it could be read."""
        problems = checker.problems
        unread = {p.location.path: p.location.path in earlier for p in problems if p.rule in _UNREADABLE}
        texts = {path: b"" if path in unread else tree.read(path) for path in tree.paths if path.endswith(_TEXTS)}
        readable = {path: earlier.get(path, b"") if path in unread else text for path, text in texts.items()}
        shown, reading = tree, checker.reading
        if any(unread.values()):
            shown = MemoryTree({path: readable.get(path, b"") for path in tree.paths if unread.get(path, True)})
            reading = _Rereader(shown, self._decoded)
        policy, _ = load_policy(shown)
        known = {path: text for path, text in readable.items() if unread.get(path, True)}
        return reading.school, policy, unread, known

    def _forget(self, tree: Tree) -> None:
        for path in self._decoded.keys() - set(tree.paths):
            del self._decoded[path]


class _Rereader(SiteReader):
    """A tree as it is read; a file with the bytes of an earlier reading is not decoded again."""

    def __init__(self, tree: Tree, decoded: _Decoded) -> None:
        self._decoded = decoded
        super().__init__(tree)

    def record(self, model: type[M], path: str, data: bytes | None = None, **known: str) -> M | None:
        """Read one file into a record, or take what it was decoded to when it held the same."""
        try:
            data = self.tree.read(path) if data is None else data
        except OSError:
            return super().record(model, path, None, **known)
        held = self._decoded.get(path)
        if held is None or held[0] != data:
            record = super().record(model, path, data, **known)
            held = self._decoded[path] = (data, record, self.found.get(path, ()))
        self._note(path, *held[2])
        found: M | None = held[1]
        return found


class _Rechecker(Checker):
    """A checker whose files are decoded once; `problems` is what it found."""

    def __init__(self, tree: Tree, day: date, decoded: _Decoded, mentions: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(tree, day, mentions=mentions)
        self._decoded = decoded
        self.problems: tuple[Problem, ...] = ()

    @cached_property
    def reading(self) -> SiteReader:
        """The tree as it is read."""
        return _Rereader(self.tree, self._decoded)


def _changed(look: FileSnapshot, before: SiteState | None) -> frozenset[str]:
    """Return the files that were saved, made or taken away since the last state; without one, all."""
    earlier = before.look.stamps.items() if before else set()
    return frozenset(path for path, _ in look.stamps.items() ^ earlier)


def _last(look: FileSnapshot, changed: Collection[str]) -> str:
    """Return which of some files, of those that belong to a pupil or a person, was saved last."""
    own = [path for path in changed if path in look.stamps and owner(path)[0]]
    return max(own, key=lambda path: (look.stamps[path], path), default="")


def _following(state: SiteState, before: SiteState | None, saved: str) -> SiteState:
    """Number a state after the one before."""
    if before is None:
        return replace(state, saved=saved)
    number = before.number + 1
    return replace(
        state,
        number=number,
        listed=before.listed + (state.readers != before.readers),
        saved=saved or before.saved,
        saved_in=number if saved else before.saved_in,
    )
