"""Git's answers about a `places.Repository`, given without a process; what is not known here goes to git itself.

A history costs the door some fifty processes, and the histories are thousands. So the questions that it asks most are
answered from the commits as they were made. Tests hold every so many answers against git's own.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from unittest import mock

from iup.site import strict_yaml
from iup.system.git import objects, plumbing
from iup.system.programs import Finished
from tests.support.places import in_order, merge_bases

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.support.place_files import Repository
    from tests.support.places import Commit

_NONE = "0" * 40


class KnownGit:
    """Answers for one repository."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._git = plumbing.git
        self._parse = lru_cache(maxsize=4096)(strict_yaml.parse)

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Let `iup` ask here instead of git, and read each content of a file once."""
        with (
            mock.patch.object(plumbing, "git", self._answer),
            mock.patch.object(objects.Objects, "read_all", lambda _, oids, kind=b"blob": self._read(oids, kind)),
            mock.patch.object(strict_yaml, "parse", self._parse),
        ):
            yield

    def _read(self, oids: Sequence[str], kind: bytes) -> Iterator[bytes]:
        for oid in oids:
            known, data = self._repository.objects[oid]
            assert known == kind
            yield data

    def _answer(self, directory: Path, *arguments: str, **more: Any) -> Finished:  # noqa: ANN401  as plumbing.git has it
        if directory == self._repository.path:
            out = self._out(arguments, more.get("feed", b""))
            if out is not None:
                return out
        return self._git(directory, *arguments, **more)

    def _out(self, arguments: tuple[str, ...], feed: bytes) -> Finished | None:
        match arguments:
            case ("for-each-ref", "--format=%(objectname) %(refname)", prefix):
                return _said(f"{oid} {ref}\n" for ref, oid in self._refs() if ref == prefix or ref.startswith(prefix))
            case ("merge-base", "--is-ancestor", old, new):
                return Finished(int(self._commit(old) not in self._commit(new).line), b"", b"")
            case ("merge-base", one, other):
                bases = merge_bases(self._commit(one), self._commit(other))
                return _said(f"{base.oid}\n" for base in bases) if len(bases) == 1 else None
            case ("rev-list", "--max-parents=0", oid):
                return _said(f"{c.oid}\n" for c in self._commit(oid).line if not c.parents)
            case ("rev-list", "--topo-order", "--reverse", "--stdin"):
                return self._listed(feed.decode().split())
            case ("ls-tree", "-rz", oid, "--", *below):
                found = sorted(self._files(oid).items())
                rows = (f"100644 blob {o}\t{path}\0" for path, o in found if not below or _is_below(path, below))
                return _said(rows)
            case ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", old, new):
                return self._differing(old, new)
            case ("grep", "-l", "-z", "-i", "-w", "-F", *words, oid, "--", _) if not self._stand(words[1::2], oid):
                return Finished(1, b"", b"")
            case _:
                return None

    def _commit(self, oid: str) -> Commit:
        return self._repository.commits[oid]

    def _files(self, oid: str) -> dict[str, str]:
        return self._repository.files[oid]

    def _refs(self) -> list[tuple[str, str]]:
        folder = self._repository.path / "refs" / "heads"
        found = sorted(ref for ref in folder.iterdir())
        return [(f"refs/heads/{ref.name}", ref.read_text(encoding="utf-8").strip()) for ref in found]

    def _listed(self, revisions: list[str]) -> Finished:
        asked: set[Commit] = set()
        known: set[Commit] = set()
        for revision in revisions:
            (known if revision.startswith("^") else asked).update(self._commit(revision.lstrip("^")).line)
        return _said(f"{commit.oid}\n" for commit in in_order(asked - known))

    def _differing(self, old: str, new: str) -> Finished:
        before, after = self._files(old), self._files(new)
        rows = []
        for path in sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p)):
            was, now = before.get(path, _NONE), after.get(path, _NONE)
            modes = ("000000" if was == _NONE else "100644", "000000" if now == _NONE else "100644")
            rows.append(f":{modes[0]} {modes[1]} {was} {now} M\0{path}\0")
        return _said(rows)

    def _stand(self, words: Sequence[str], oid: str) -> bool:
        """Say whether any of some words stands in a pupil's own file."""
        for path, blob in self._files(oid).items():
            if path.endswith("/pupil.yaml"):
                text = self._repository.objects[blob][1].decode().casefold()
                if any(word.casefold() in text for word in words):
                    return True
        return False


def _is_below(path: str, folders: Sequence[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _said(rows: Iterable[str]) -> Finished:
    return Finished(0, "".join(rows).encode(), b"")
