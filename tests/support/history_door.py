"""The program's door, asked about pushes of `histories`: a repository has main and the branches as they were.

In: a `Push`. Out: whether `accept_push` takes it, and what it refused.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from iup.checks.push.pre_receive import Update, accept_push
from tests.conftest import DAY
from tests.support.known_git import KnownGit
from tests.support.place_files import Repository, account
from tests.support.places import in_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from iup.checks.push.pre_receive import PushRefusal
    from tests.support.landing import Push
    from tests.support.places import Commit

TODAY = date.fromisoformat(DAY)
# What a repository's worth of histories leaves behind is taken away after so many.
AT_A_TIME = 100


@dataclass
class Door:
    """The program's answer to a push, in a repository that has main and the branches as they were."""

    where: Path
    begun: int = 0
    refusals: tuple[PushRefusal, ...] = ()
    repository: Repository = field(init=False)

    def begin(self) -> Callable[[Push], bool]:
        """Make ready for the next history."""
        if self.begun % AT_A_TIME == 0:
            shutil.rmtree(self.where, ignore_errors=True)
            self.repository = Repository(self.where)
        self.begun += 1
        return self.accepts

    def accepts(self, push: Push) -> bool:
        self.refusals = self.answer(push)
        return not self.refusals

    def answer(self, push: Push, *, by_git: bool = False) -> tuple[PushRefusal, ...]:
        """Return why a push is refused; `by_git` asks git itself all that is asked of it."""
        main = self._refs(push)
        update = Update(main, self.repository.store(push.after), "refs/heads/main")
        if by_git:
            return accept_push(self.where, [update], account(push.pusher), TODAY)
        with KnownGit(self.repository).asked():
            return accept_push(self.where, [update], account(push.pusher), TODAY)

    def _refs(self, push: Push) -> str:
        self.repository.reset()
        inner: frozenset[Commit] = frozenset().union(*(commit.past for commit in push.known))
        for number, tip in enumerate(in_order(push.known - inner)):
            self.repository.put(f"gren-{number}", tip)
        return self.repository.put("main", push.before)

    def rules(self) -> list[str]:
        """Return what was refused, and where."""
        return [f"{p.location.path}: {p.rule}" for refusal in self.refusals for p in refusal.problems]
