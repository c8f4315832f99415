"""What a worker process does: render a document once, and seal it for each of its recipients.

Plaintext stays in the worker's memory. What comes back is sealed bytes, and the fragments that pages are put together
from. A worker has a private temporary directory for public certificates and gpg's random seed, and nothing else there.
"""

from __future__ import annotations

import gc
import os
import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iup.documents.html import Renderer
from iup.documents.pdf import setter
from iup.errors import IupError
from iup.seal.page import SLOT

if TYPE_CHECKING:
    from iup.documents.assets import Assets
    from iup.documents.pdf import SetPdf
    from iup.seal.aespdf import Personal
    from iup.seal.lock import Lock
    from iup.view.bundle import Document


_OBJECTS = 10_000


@dataclass(frozen=True)
class DocumentTask:
    """Set one document, and seal its PDF once for each file wanted."""

    document: Document
    targets: tuple[str, ...]
    pdfs: tuple[tuple[str, Lock, Personal], ...]


@dataclass(frozen=True)
class PageTask:
    """Seal one recipient's page."""

    file: str
    title: str
    sender: str
    labels: str
    fragments: tuple[str, ...]
    lock: Lock
    reply_key: str


@dataclass(frozen=True)
class Made:
    """What a task made: sealed files by name, files that could not be sealed with the reason, and a fragment."""

    files: tuple[tuple[str, bytes], ...]
    refused: tuple[tuple[str, IupError], ...] = ()
    fragment: str = ""


class _Worker:
    """What one worker process keeps between tasks."""

    renderer: Renderer
    assets: Assets
    home: Path
    set_pdf: SetPdf | None = None


def prepare(assets: Assets, private: str) -> None:
    """Make a worker ready, once; what it writes lies in a private directory of the run, which its owner removes."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the text of an error that nobody catches may quote a document
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold plaintext
    _Worker.assets = assets
    _Worker.renderer = Renderer(assets)
    tempfile.tempdir = private
    _Worker.home = Path(tempfile.mkdtemp())


def make_document(task: DocumentTask) -> Made:
    """Make a document's fragment, and its sealed PDFs if any are wanted."""
    document, view = task.document, task.document.view
    fragment = _Worker.renderer.fragment(view, document.version, document.anchor, task.targets)
    if not task.pdfs:
        return Made((), fragment=fragment)
    if _Worker.set_pdf is None:
        _Worker.set_pdf = setter(_Worker.assets)
        # What is here now stays. A document is many thousand objects that refer to each other: looking for rubbish
        # every 700 of them, as Python does by itself, takes a twentieth of the time.
        gc.freeze()
        gc.set_threshold(_OBJECTS)
    html = _Worker.renderer.printed(view, document.version, document.title)
    plain = _Worker.set_pdf(html, bytes.fromhex(document.mark)[:16], form=bool(document.places))
    files, refused = [], []
    for name, lock, personal in task.pdfs:
        try:
            files.append((name, lock.pdf(plain, _Worker.home, personal)))
        except IupError as error:
            refused.append((name, error))
    return Made(tuple(files), tuple(refused), fragment)


def make_page(task: PageTask) -> Made:
    """Put fragments together to a page and seal it."""
    renderer = _Worker.renderer
    body = "\n".join(task.fragments)
    open_page = renderer.page(task.title, body, task.labels, task.reply_key)
    # The same for everybody, in usual words: nobody is to be told apart by a page that is locked.
    shell = renderer.shell(f"Låst brev från {task.sender}", task.sender, SLOT)
    try:
        return Made(((task.file, task.lock.page(body, open_page, shell, _Worker.home)),))
    except IupError as error:
        return Made((), ((task.file, error),))
