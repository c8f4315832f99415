"""Make one commit of a few files by plumbing, in a repository that people work in.

The tree is built from HEAD with an index of its own, so what somebody has staged or is editing stays as it is. A file
that is being edited is a refusal. Hooks, filters and the repository's own programs are off, as in `plumbing`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import RepositoryError
from iup.system import files
from iup.system import programs as system_programs
from iup.system.git import plumbing
from iup.system.git.objects import blob_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_MODE = "100644"


@dataclass(frozen=True)
class CommitAuthor:
    """Who commits, and the options that sign with their key where they have one."""

    name: str
    email: str
    signing: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Changed:
    """A file that a commit changes: what it was (nothing for a new one) and what it became."""

    path: str
    before: str
    after: str


def author(directory: Path) -> CommitAuthor:
    """Return who git says that the user is; raise `RepositoryError` where it does not say."""
    name, email = _configured(directory, "user.name"), _configured(directory, "user.email")
    if not name or not email:
        raise RepositoryError(
            "git vet inte vem du är, och den som checkar in står för det",
            "git config user.name och git config user.email, i lärarnas katalog",
        )
    key = _configured(directory, "user.signingkey")
    kind = "ssh" if _configured(directory, "gpg.format") == "ssh" else "openpgp"
    programs = ("gpg.program=gpg", "gpg.ssh.program=ssh-keygen", f"gpg.format={kind}", f"user.signingkey={key}")
    signing = tuple(part for setting in programs for part in ("-c", setting)) if key else ()
    return CommitAuthor(name, email, signing)


def _configured(directory: Path, name: str) -> str:
    safe = ("-c", f"safe.directory={directory.resolve()}")
    return (
        system_programs.run("git", [*safe, "config", "--get", name], cwd=directory)
        .out.decode("utf-8", "replace")
        .strip()
    )


def refuse_unless_clean(directory: Path, base: str, paths: Mapping[str, bytes]) -> None:
    """Raise `RepositoryError` where a merge is under way or one of the files is being edited."""
    where = directory / _ask(directory, "rev-parse", "--git-dir")
    if any((where / name).exists() for name in _UNDER_WAY):
        raise RepositoryError("en sammanslagning pågår i lärarnas katalog", "gör klart den, eller avbryt den, först")
    for path in paths:
        committed, staged = _in_commit(directory, base, path), _in_index(directory, path)
        if staged != committed or _on_disk(directory, path, base) != committed:
            raise RepositoryError(
                f"{path} har ändringar som inte är incheckade", "checka in dem först, och gör sedan om kommandot"
            )


def make(directory: Path, base: str, contents: Mapping[str, bytes], message: str, who: CommitAuthor) -> str:
    """Write a commit with some files changed upon a base and return its id; nothing points at it yet."""
    return _commit(directory, _tree(directory, base, contents, ()), message, who, ("-p", base))


def make_root(
    directory: Path, base: str, contents: Mapping[str, bytes], removed: Iterable[str], message: str, who: CommitAuthor
) -> str:
    """Write a commit without parents: the files of a base with some changed and some gone; nothing points at it yet."""
    return _commit(directory, _tree(directory, base, contents, removed), message, who, ())


def _tree(directory: Path, base: str, contents: Mapping[str, bytes], removed: Iterable[str]) -> str:
    """Write the tree of a base with some files changed and some gone."""
    index = directory / _ask(directory, "rev-parse", "--git-dir") / f"iup-index-{secrets.token_hex(4)}"
    prefix = _ask(directory, "rev-parse", "--show-prefix")
    own = {"GIT_INDEX_FILE": str(index.resolve())}
    try:
        _ask(directory, "read-tree", base, env=own)
        for path, data in contents.items():
            oid = _ask(directory, "hash-object", "-w", "--stdin", "--no-filters", feed=data)
            feed = f"{_MODE} {oid}\t{prefix}{path}\0".encode()
            _ask(directory, "update-index", "-z", "--index-info", env=own, feed=feed)
        gone = "".join(f"0 {'0' * len(base)}\t{prefix}{path}\0" for path in removed)
        _ask(directory, "update-index", "-z", "--index-info", env=own, feed=gone.encode())
        return _ask(directory, "write-tree", env=own)
    finally:
        index.unlink(missing_ok=True)


def _commit(directory: Path, tree: str, message: str, who: CommitAuthor, parents: tuple[str, ...]) -> str:
    env = plumbing.named(who.name, who.email)
    sign = ("-S",) if who.signing else ()
    return _ask(
        directory, *who.signing, "commit-tree", *sign, tree, *parents, "-F", "-", env=env, feed=message.encode()
    )


def land(directory: Path, base: str, commit: str) -> None:
    """Move HEAD from its base to the commit, then let index and files follow."""
    _ask(directory, "update-ref", "-m", "iup", "HEAD", commit, base)
    follow(directory, commit)


def follow(directory: Path, commit: str) -> None:
    """Bring index and files from before a commit to after it, where they are still as before; can be done again."""
    for changed in _changed(directory, commit):
        if _in_commit(directory, "HEAD", changed.path) != changed.after:
            continue
        if _in_index(directory, changed.path) == changed.before:
            prefix = _ask(directory, "rev-parse", "--show-prefix")
            feed = f"{_MODE} {changed.after}\t{prefix}{changed.path}\0".encode()
            _ask(directory, "update-index", "-z", "--index-info", feed=feed)
        if _on_disk(directory, changed.path, commit) == changed.before:
            _write(directory / changed.path, _blob(directory, changed.after))


def follow_root(directory: Path, contents: Iterable[str], removed: Iterable[str]) -> None:
    """Bring index and files to HEAD's state for some changed and some removed files; can be done again."""
    prefix = _ask(directory, "rev-parse", "--show-prefix")
    gone = list(removed)
    feed = "".join(f"0 {'0' * 40}\t{prefix}{path}\0" for path in gone)
    _ask(directory, "update-index", "-z", "--index-info", feed=feed.encode())
    for path in gone:
        (directory / path).unlink(missing_ok=True)
        for folder in (directory / path).parents:
            if folder == directory or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()
    for path in contents:
        oid = _in_commit(directory, "HEAD", path)
        if _in_index(directory, path) != oid:  # else it was done before, and what stands on disk is somebody's edit
            _write(directory / path, _blob(directory, oid))
            _ask(directory, "update-index", "-z", "--index-info", feed=f"{_MODE} {oid}\t{prefix}{path}\0".encode())


def _write(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode if path.exists() else 0o600
    files.private_directory(path.parent)
    files.write_whole(path, data)
    path.chmod(mode & 0o777)


def trailers(directory: Path, name: str) -> dict[str, str]:
    """Return the values of a trailer in HEAD's history, each with the newest commit that has it.

    Read here and not by git, which takes no trailer whose neighbour has a letter like ä in its name.
    """
    shown = _ask(directory, "log", "-z", "--no-show-signature", f"--grep=^{name}: ", "--format=%H%n%B")
    found: dict[str, str] = {}
    for record in shown.split("\0"):
        commit, _, message = record.strip("\n").partition("\n")
        for line in message.rstrip("\n").rpartition("\n\n")[2].splitlines():
            if line.startswith(f"{name}: "):
                found.setdefault(line.removeprefix(f"{name}: ").strip(), commit)
    return found


def _changed(directory: Path, commit: str) -> Iterator[_Changed]:
    listed = plumbing.git(directory, "diff-tree", "-r", "-z", "--no-commit-id", "--no-renames", "--relative", commit)
    parts = listed.out.decode("utf-8", "backslashreplace").split("\0")
    for header, path in zip(parts[::2], parts[1::2], strict=False):
        _, _, before, after, _ = header.split(" ")
        yield _Changed(path, "" if set(before) == {"0"} else before, after)


def _in_commit(directory: Path, commit: str, path: str) -> str:
    return next((entry.oid for entry in plumbing.entries(directory, commit, [path])), "")


def _in_index(directory: Path, path: str) -> str:
    listed = _ask(directory, "ls-files", "-s", "-z", "--", path).split("\0")[0]
    return listed.split(" ")[1] if listed else ""


def _on_disk(directory: Path, path: str, like: str) -> str:
    file = directory / path
    if file.is_symlink() or (file.exists() and not file.is_file()):
        return "odd"
    return blob_id(file.read_bytes(), like) if file.exists() else ""


def _blob(directory: Path, oid: str) -> bytes:
    return plumbing.git(directory, "cat-file", "blob", oid).out


def _ask(directory: Path, *arguments: str, env: dict[str, str] | None = None, feed: bytes = b"") -> str:
    """Run git and return its one answer; raise `RepositoryError` naming the step that failed, never its output."""
    done = plumbing.git(directory, *arguments, env=env, feed=feed)
    if done.code:
        step = next((part for part in arguments if not part.startswith("-") and "=" not in part), "")
        raise RepositoryError(f"git kan inte checka in ändringen (steget {step})", "inget har ändrats; kör git status")
    return done.out.decode("utf-8", "replace").strip("\n")
