"""What a build remembers of the last one, sealed under a key of the office's. It saves time and changes no result.

In: the vault's key for it and the program's fingerprint. Out: what is remembered, or nothing where there is none, where
another program wrote it, or where a single bit was changed. Then everything is worked out from the start, with the same
result. It holds opaque names, ids and numbers, and what is wrong in which file; no pupil's text.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from iup.build.read_tracking import EVERY
from iup.errors import BrokenSealError
from iup.problems import Location, Problem, Severity
from iup.seal import symmetric
from iup.system import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from iup.build.publish import Stamps
    from iup.build.read_tracking import Counted
    from iup.system.files import Stamp


class Known(NamedTuple):
    """One recipient's files by name with their keyed hashes, the pupils who decided them, and the secret."""

    stem: str
    files: tuple[tuple[str, str], ...]
    read: frozenset[str]
    secret: Stamp | None


@dataclass(frozen=True)
class BuildCache:
    """What was true at the last build.

    `inputs` is a digest of everything it depended on except plans and goals; `texts` has the id of each of those.
    `mentions` says in which files of the last build some words stand, by name.
    """

    inputs: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    everybody: tuple[tuple[str, tuple[str, ...]], ...] = ()
    known: Mapping[str, Known] = field(default_factory=dict)
    tallies: Mapping[str, Counted] = field(default_factory=dict)
    mentions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stamps: Stamps = ("", {})

    def without(self, pupils: frozenset[str]) -> BuildCache:
        """Return what is still valid when the plans or goals of some pupils have changed."""
        if not pupils:
            return self
        gone = pupils | {EVERY}
        return replace(
            self,
            known={name: known for name, known in self.known.items() if gone.isdisjoint(known.read)},
            tallies={name: tally for name, tally in self.tallies.items() if gone.isdisjoint(tally[1])},
        )


def recall(output: Path, key: bytes, program: str) -> BuildCache:
    """Return what the last build remembered, or an empty memory."""
    try:
        plain = symmetric.unseal(key, (output / files.MEMO).read_bytes(), program.encode())
        return _memo(json.loads(zlib.decompress(plain)))
    except (OSError, BrokenSealError, ValueError):
        return BuildCache()


def remember(output: Path, key: bytes, program: str, memo: BuildCache) -> None:
    """Keep what the next build may use."""
    plain = zlib.compress(json.dumps(_values(memo), ensure_ascii=False).encode(), 1)
    files.write_whole(output / files.MEMO, symmetric.seal(key, plain, program.encode()))


def _values(memo: BuildCache) -> dict[str, Any]:
    return {
        "inputs": memo.inputs,
        "texts": dict(memo.texts),
        "problems": [
            (p.location.path, p.location.line, p.location.column, p.rule, p.severity, p.message, p.hint, p.excerpt)
            for p in memo.problems
        ],
        "everybody": memo.everybody,
        "known": {name: (k.stem, k.files, sorted(k.read), k.secret) for name, k in memo.known.items()},
        "tallies": {name: (numbers, sorted(read)) for name, (numbers, read) in memo.tallies.items()},
        "mentions": dict(memo.mentions),
        "stamps": memo.stamps,
    }


def _memo(held: dict[str, Any]) -> BuildCache:
    return BuildCache(
        inputs=held["inputs"],
        texts=held["texts"],
        problems=tuple(_problem(row) for row in held["problems"]),
        everybody=tuple((name, tuple(pupils)) for name, pupils in held["everybody"]),
        known={
            name: Known(stem, tuple(map(tuple, own)), frozenset(read), tuple(secret) if secret else None)
            for name, (stem, own, read, secret) in held["known"].items()
        },
        tallies={name: (tuple(numbers), frozenset(read)) for name, (numbers, read) in held["tallies"].items()},
        mentions={word: tuple(names) for word, names in held["mentions"].items()},
        stamps=(held["stamps"][0], {name: tuple(stamp) for name, stamp in held["stamps"][1].items()}),
    )


def _problem(row: Sequence[Any]) -> Problem:
    path, line, column, rule, severity, message, hint, excerpt = row
    return Problem(Location(path, line, column), rule, Severity(severity), message, hint, excerpt)
