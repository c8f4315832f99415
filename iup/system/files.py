"""Write to disk: private modes, whole files only, and a directory that is replaced in one step.

`Stage` gathers a run's files in a directory of its own beside the former result, and publishes them by moving one
symbolic link. Until then, and if the run dies, the former result stands untouched. Only sealed bytes and manifests come
here: no plaintext is ever written.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from iup.errors import LockedError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# How the system says that there is no such file. Whatever else it says of one is the machine's fault.
MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
CURRENT = "current"
MEMO = ".memo"
_BUILD = "build-"
_STAGE = "stage-"
_TRIAL_BYTES = 16_384

Stamp = tuple[int, int, int]
"""A file's size, when it was written (in ns) and its inode: what git's index too takes as proof that it is the same."""


def stamps(directory: Path) -> dict[str, Stamp]:
    """Return the stamp of everything in a directory; nothing where there is none."""
    try:
        with os.scandir(directory) as entries:
            found = ((entry.name, entry.stat(follow_symlinks=False)) for entry in entries)
            return {name: (status.st_size, status.st_mtime_ns, status.st_ino) for name, status in found}
    except MISSING:
        return {}


def private_directory(path: Path) -> Path:
    """Make a directory that only its owner can enter, parents included, and return it."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"katalogen {path} går inte att skapa: {error.strerror}") from None
    return path


@contextmanager
def workroom(place: Path) -> Iterator[Path]:
    """Hold an empty directory for as long as the block runs; what a killed run left there is removed first.

    For files that another program reads or makes. It lies where the same is kept in plain text anyway.
    """
    with locked(place):
        room = place / "rum"
        shutil.rmtree(room, ignore_errors=True)
        try:
            yield private_directory(room)
        finally:
            shutil.rmtree(room, ignore_errors=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a private file so that it is either all there or not there at all."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise OutputError(f"filen {path} går inte att skriva: {error.strerror}") from None


def require_writable(directory: Path) -> None:
    """Raise `OutputError` where a directory that is there takes no new file: it is full, read-only or another's."""
    trial = directory / f".iup-{secrets.token_hex(4)}"
    if not directory.is_dir():
        return
    try:
        with trial.open("xb") as stream:
            stream.write(bytes(_TRIAL_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise OutputError(
            f"katalogen {directory.resolve()} går inte att skriva i: {error.strerror}",
            "ge disken plats, eller gör katalogen skrivbar; nycklarna i den är inte borta",
        ) from None
    finally:
        with suppress(OSError):
            trial.unlink(missing_ok=True)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the directory's lock; another holder means `LockedError` at once, never a wait."""
    private_directory(directory)
    lock = FileLock(directory / ".lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise LockedError("en annan körning pågår i samma katalog", "vänta tills den är klar och försök igen") from None
    except OSError as error:  # a file system that may only be read, or without locks
        raise OutputError(f"katalogen {directory} går inte att låsa: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


def publish_directory(made: Path, target: Path) -> None:
    """Give a directory its name in one step; the name must be free, or that of an empty directory."""
    try:
        os.sync()
        made.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise OutputError(f"katalogen {target} går inte att skapa: {error.strerror}") from None


@contextmanager
def shared(directory: Path, tidy: Callable[[], None]) -> Iterator[None]:
    """Use a directory together with other processes; one that is alone in it tidies up before and after."""
    try:
        held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # whoever needs what lies in it will say that it is missing
        yield
        return
    try:
        if _alone(held):
            tidy()
        with suppress(OSError):  # a file system without locks
            fcntl.flock(held, fcntl.LOCK_SH)
        yield
    finally:
        if _alone(held):
            tidy()
        os.close(held)


def _alone(held: int) -> bool:
    """Say whether nobody else has the lock, and keep others from taking it; one's own part in it is given up."""
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        pass
    return True


class Stage:
    """A run's result in preparation: files are added, then published all at once."""

    def __init__(self, output: Path) -> None:
        self._output = private_directory(output)
        self._sweep()
        token = secrets.token_hex(8)
        self._path = private_directory(output / f"{_STAGE}{token}")
        self._final = output / f"{_BUILD}{token}"
        self._added: set[str] = set()

    def add(self, name: str, data: bytes) -> None:
        """Write one file of the new result; publishing makes sure that it is on the disk."""
        try:
            descriptor = os.open(self._path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
            self._added.add(name)
        except OSError as error:
            raise OutputError(f"filen {self._path / name} går inte att skriva: {error.strerror}") from None

    def keep(self, name: str) -> None:
        """Take over a file of the former result as it is."""
        former = f"{self._output}/{CURRENT}/{name}"
        try:
            os.link(former, f"{self._path}/{name}")
        except OSError as error:
            raise OutputError(f"filen {former} går inte att behålla: {error.strerror}") from None

    def remove(self, name: str) -> None:
        """Take a file out of the new result again."""
        (self._path / name).unlink(missing_ok=True)
        self._added.discard(name)

    def publish(self) -> Path:
        """Make the new result the current one in one atomic step and remove the former."""
        link = self._output / f".{CURRENT}.{secrets.token_hex(4)}"
        try:
            os.sync()  # all at once: after it, asking for each file whether it is on the disk costs nothing
            for name in self._added:
                _sync(self._path / name)
            self._path.rename(self._final)
            link.symlink_to(self._final.name, target_is_directory=True)
            link.replace(self._output / CURRENT)
            _sync(self._output)
        except OSError as error:
            link.unlink(missing_ok=True)
            raise OutputError(f"resultatet går inte att lägga på plats: {error.strerror}") from None
        self._sweep()
        return self._output / CURRENT

    def discard(self) -> None:
        """Remove what was gathered; the former result stands."""
        shutil.rmtree(self._path, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what killed runs left and results that are no longer current."""
        current = self._output / CURRENT
        kept = str(current.readlink()) if current.is_symlink() else ""
        for path in self._output.iterdir():
            if path.name.startswith((_STAGE, _BUILD)) and path.name != kept:
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith((f".{CURRENT}.", f".{MEMO}.")):
                path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
