"""Make the wanted files in worker processes that can be killed.

In: files to make. Out: their sealed bytes, and who could not be served. Equal documents are rendered once and sealed
for each recipient. A document that hangs, or that takes its worker down, fails for its own recipients and for nobody
else. Plaintext stays in memory: this module hands on sealed bytes only.
"""

from __future__ import annotations

import errno
import tempfile
from collections import deque
from concurrent.futures import FIRST_COMPLETED, CancelledError, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from multiprocessing import forkserver, get_context
from multiprocessing.util import get_temp_dir
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pebble import ProcessExpired, ProcessPool

from iup.build import worker
from iup.errors import OutputError, SealError
from iup.seal import page
from iup.seal.aespdf import NOBODYS, Personal
from iup.system import scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from iup.build.reply_ticket import Issuer
    from iup.build.worklist import Wanted
    from iup.documents.assets import Assets
    from iup.view.bundle import Document

DOCUMENT_SECONDS = 60
_NO_THREAD = "can't start new thread"  # Python has no class of its own for it
_AHEAD = 3  # jobs for each worker that are running or waiting, so that none is idle
_POOLS = 3  # times that the workers are started again in a run
_LOOK = 1.0  # seconds between looks at whether anybody works
_IDLE = 60  # looks: a busy machine may take long to start a worker


@dataclass(frozen=True)
class _Job:
    """A piece of work for a worker, and the files that come to nothing if it fails."""

    run: Callable[[Any], worker.Made]
    task: worker.DocumentTask | worker.PageTask
    files: Sequence[Wanted]
    mark: str = ""


class _JobQueue:
    """What is left to do: each document once, and each page as soon as its documents are made.

    Documents come pupil by pupil in the order of classes, so that a class's pages are made and its fragments dropped
    before the next: what is held at any moment does not grow with the number of pupils.
    """

    def __init__(self, files: Sequence[Wanted], issuer: Issuer) -> None:
        self._issuer = issuer
        self._needed: dict[str, list[Wanted]] = {}
        self._documents: dict[str, Document] = {}
        self._missing: dict[str, set[str]] = {}
        self._fragments: dict[str, str] = {}
        self._pages: deque[Wanted] = deque()
        self._targets = {file.bundle.documents[0].mark: file.bundle.targets for file in files}
        for file in _by_class(files):
            for document in file.documents:
                self._documents.setdefault(document.mark, document)
                self._needed.setdefault(document.mark, []).append(file)
            if file.pdf is None:
                self._missing[file.name] = {document.mark for document in file.documents}
        self._left = deque(self._documents)
        self._again: deque[_Job] = deque()

    def next(self, failed: Mapping[str, SealError]) -> _Job | None:
        """Return the next piece of work that can be done now; pages first, since they free the fragments they use."""
        if self._again:
            return self._again.popleft()
        while self._pages:
            file = self._pages.popleft()
            job = self._page(file) if file.recipient not in failed else None
            self._release(file)
            if job is not None:
                return job
        if not self._left:
            return None
        mark = self._left.popleft()
        files = self._needed[mark]
        pdfs = tuple((file.name, file.owner.lock, self._personal(file)) for file in files if file.pdf)
        task = worker.DocumentTask(self._documents.pop(mark), self._targets.get(mark, ()), pdfs)
        return _Job(worker.make_document, task, files, mark)

    def take_back(self, jobs: Iterable[_Job]) -> None:
        """Put work back that the workers did not come to."""
        self._again.extend(jobs)

    def made(self, mark: str, fragment: str) -> None:
        """Note that a document is made (or has failed, with its recipients) and which pages are ready for it."""
        pages = [file for file in self._needed[mark] if file.pdf is None]
        self._needed[mark] = pages
        if pages:
            self._fragments[mark] = fragment
        for file in pages:
            missing = self._missing[file.name]
            missing.discard(mark)
            if not missing:
                self._pages.append(file)

    def _personal(self, file: Wanted) -> Personal:
        """Return what one recipient's PDF alone carries. Paper is answered by its printed version."""
        if file.pdf is None or file.owner.paper:
            return NOBODYS
        return Personal(self._issuer.ticket(file.recipient, file.pdf), self._issuer.mark(file.recipient, file.pdf))

    def _page(self, file: Wanted) -> _Job:
        task = worker.PageTask(
            file=file.name,
            title=file.bundle.documents[0].title,
            sender=file.bundle.sender,
            labels=file.bundle.labels,
            fragments=tuple(
                page.personal(self._fragments[d.mark], self._issuer.ticket(file.recipient, d), file.owner.stem)
                for d in file.documents
            ),
            lock=file.owner.lock,
            reply_key=file.owner.reply_key,
        )
        return _Job(worker.make_page, task, (file,))

    def _release(self, file: Wanted) -> None:
        for mark in {document.mark for document in file.documents}:
            self._needed[mark].remove(file)
            if not self._needed[mark]:
                del self._needed[mark], self._fragments[mark]


def _by_class(files: Sequence[Wanted]) -> list[Wanted]:
    """Return the files with those about the same pupils together, in the order of the longest lists of pupils."""
    places: dict[str, int] = {}
    for pupils in sorted({file.bundle.recipient.pupils for file in files}, key=lambda listed: (-len(listed), listed)):
        for pupil in pupils:
            places.setdefault(pupil, len(places))

    def place(file: Wanted) -> tuple[int, str]:
        last = max((places[pupil] for pupil in file.bundle.recipient.pupils), default=len(places))
        return places[file.pdf.pupil] if file.pdf and file.pdf.pupil else last, file.name

    return sorted(files, key=place)


@dataclass
class WorkerPool:
    """Makes files and hands each on by `take(file, sealed)`; `failed` holds who could not be served, and why.

    Where workers died over every document, no single recipient is the cause. That is an `OutputError`, and everybody
    keeps the files they had.
    """

    files: Sequence[Wanted]
    take: Callable[[Wanted, bytes], None]
    progress: Callable[[int, int], None]
    issuer: Issuer
    failed: dict[str, SealError] = field(default_factory=dict)
    _done: int = 0
    _running: dict[Any, _Job] = field(default_factory=dict)

    def run(self, assets: Assets, jobs: int) -> None:
        """Make every file; return when all are made or have failed."""
        if not self.files:
            return
        start_server()
        context = get_context("forkserver")
        desk = _JobQueue(self.files, self.issuer)
        for _ in range(_POOLS):
            # A worker that is killed cannot take its temporary files away; so all of them lie in a directory of ours.
            with (
                TemporaryDirectory(dir=scratch.place(), ignore_cleanup_errors=True) as place,
                ProcessPool(jobs, context=context, initializer=worker.prepare, initargs=(assets, place)) as pool,
            ):
                try:
                    self._work(pool, desk, _AHEAD * jobs)
                except (_IdleError, RuntimeError) as error:
                    if isinstance(error, RuntimeError) and pool.active:
                        raise
                else:
                    if self.failed and not self._done and all(isinstance(e, _DiedError) for e in self.failed.values()):
                        break
                    return
                finally:
                    pool.stop()  # else it waits for what was lost
            desk.take_back(self._running.values())
            self._running.clear()
        raise OutputError("arbetsprocesserna dog, så ingenting kunde göras (minnet kan vara slut)", "försök med -j 1")

    def _work(self, pool: ProcessPool, desk: _JobQueue, most: int) -> None:
        """Keep the workers busy with a few jobs ahead, and take each result as it comes."""
        names = {file.name: file for file in self.files}
        while True:
            while len(self._running) < most and (job := desk.next(self.failed)) is not None:
                self._running[pool.schedule(job.run, args=[job.task], timeout=DOCUMENT_SECONDS)] = job
            if not self._running:
                return
            for future in _ended(pool, self._running):
                made, job = _result(future), self._running.pop(future)
                if isinstance(made, SealError):
                    self.failed.update({file.recipient: made for file in job.files})
                else:
                    self._take(made, names)
                if job.mark:
                    desk.made(job.mark, "" if isinstance(made, SealError) else made.fragment)

    def _take(self, made: worker.Made, names: Mapping[str, Wanted]) -> None:
        for name, sealed in made.files:
            self.take(names[name], sealed)
            self._done += 1
            self.progress(self._done, len(self.files))
        for name, error in made.refused:
            if not isinstance(error, SealError):
                raise error
            self.failed[names[name].recipient] = error


def start_server() -> None:
    """Start the fork server that workers come from, if it is not running; it loads its modules while others go on.

    Workers start clean. A plain fork would give them the plaintext and the keys of the process that asks for them. What
    they all need is loaded once, in the server (`__main__` is its default, and sets the import path).
    """
    forkserver.set_forkserver_preload(["__main__", "iup.build.preload"])
    # Its socket lies in a directory of multiprocessing's, made once, where the path of a socket is short enough.
    before, tempfile.tempdir = tempfile.gettempdir(), str(scratch.place_for_sockets())
    try:
        get_temp_dir()
    finally:
        tempfile.tempdir = before
    forkserver.ensure_running()


class _DiedError(SealError):
    """A worker died over a document, or had no memory left for it."""

    def __init__(self) -> None:
        super().__init__("ett dokument gick inte att skapa: arbetsprocessen dog (minnet kan vara slut)")


class _IdleError(Exception):
    """Nobody works, although there is work: it was lost on its way to a worker, or the workers were given up."""


def _ended(pool: ProcessPool, running: Iterable[Any]) -> Iterable[Any]:
    """Wait for what has ended."""
    idle = 0
    while not (ended := wait(running, timeout=_LOOK, return_when=FIRST_COMPLETED).done):
        idle = 0 if any(future.running() for future in running) else idle + 1
        if idle > _IDLE or not pool.active:
            raise _IdleError
    return ended


def _result(future: Any) -> worker.Made | SealError:  # noqa: ANN401  pebble's future is not generic in its stubs
    try:
        made: worker.Made = future.result()
    except FutureTimeoutError:
        return SealError(f"ett dokument blev inte klart inom {DOCUMENT_SECONDS} sekunder")
    except (ProcessExpired, CancelledError):
        return _DiedError()
    except (MemoryError, SystemError, RuntimeError, OSError) as error:
        if _starved(error):
            return _DiedError()
        if not isinstance(error, OSError):
            raise
        raise OutputError(
            f"en arbetsprocess kan inte skriva sina tillfälliga filer: {error.strerror}", "är disken med TMPDIR full?"
        ) from None
    return made


def _starved(error: Exception) -> bool:
    """Say whether an error is what Python, C code (`SystemError`) or the system raises where there is no memory."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError | SystemError) or str(error) == _NO_THREAD
