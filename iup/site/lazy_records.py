"""The records of one kind in a tree, each decoded when it is first asked for.

In: a tree, the files by name, and how one is decoded. Out: a mapping that looks like a dictionary of records. So a run
that is about few files reads few, and whoever asks need not know. Does not know what the records are.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from iup.system.git.trees import Tree

M = TypeVar("M")


class LazyRecords(Mapping[str, M]):
    """Records of one kind by name, each decoded when it is first asked for. A record with faults is not there."""

    def __init__(
        self, tree: Tree, paths: Mapping[str, str], decode: Callable[[str, str, bytes | None], M | None]
    ) -> None:
        """Take the files by name; `decode(path, name, data)` returns a record, or None when it has faults.

        `data` is what stands in the file where it is known already.
        """
        self._tree = tree
        self._paths = paths
        self._decode = decode
        self._known: dict[str, M | None] = {}
        self._read: dict[str, bytes] = {}

    def __getitem__(self, name: str) -> M:
        """Return a record; raise `KeyError` where there is no file, or one with faults."""
        if name not in self._known:
            self._known[name] = self._decode(self._paths[name], name, self._read.pop(name, None))
        found = self._known[name]
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        """Say whether there is a record of that name, without faults."""
        return name in self._paths and self.get(str(name)) is not None

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all records without faults; reads every file."""
        return (name for name in self._paths if name in self)

    def __len__(self) -> int:
        """Count the records without faults; reads every file."""
        return sum(1 for _ in self)

    def path(self, name: str) -> str:
        """Return the file of a name; an empty string where there is none."""
        return self._paths.get(name, "")

    @property
    def names(self) -> Collection[str]:
        """The names of all files, whatever they contain."""
        return self._paths.keys()

    def narrowed(self, names: Iterable[str]) -> LazyRecords[M]:
        """Return some of the records as a mapping of their own."""
        return LazyRecords(self._tree, {name: self._paths[name] for name in names}, self._decode)

    def fetch(self, names: Iterable[str]) -> None:
        """Read the files of many records together, for whoever will ask for them one by one."""
        wanted = [name for name in dict.fromkeys(names) if name in self._paths and name not in self._known]
        with suppress(OSError):  # one of them may not be read: whoever asks for it is told
            self._read |= zip(wanted, self._tree.read_all([self._paths[name] for name in wanted]), strict=True)

    def mentioning(self, *keys: str) -> tuple[str, ...]:
        """Return the names of the records that may contain one of some words, without decoding them."""
        # Behind a backslash, in quotes, a word may be spelt otherwise; and a letter with its mark behind it is two.
        words = {normalize(form, key).encode() for key in keys for form in ("NFC", "NFD")} | {b"\\"}
        try:
            held = self._tree.holding(sorted(words), self._paths.values())
        except OSError:  # one of them may not be read: whoever asks for it is told
            return tuple(self._paths)
        return tuple(name for name, path in self._paths.items() if path in held)

    def forget(self) -> None:
        """Forget what has been decoded; it is decoded again when it is asked for."""
        self._known.clear()
        self._read.clear()
