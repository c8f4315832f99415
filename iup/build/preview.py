"""The files as they stand, shown as any reader would get them, in memory only.

In: a tree and a day, or a site's directory to watch. Out: what the files say with all that is wrong in them, and HTML:
a reader's page, made as a build makes it, and the frame to look at it in. A file that cannot be read is shown as it was
when it last could, with a note that says so. Needs no office and no keys. Writes and prints nothing.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING

from markupsafe import Markup

from iup.build.site_state import Rereading, SiteState
from iup.build.watch import Files, FileSnapshot
from iup.errors import IupError
from iup.problems import Problem, Severity, has_faults, in_brief
from iup.site.paths import PUPILS, owner, plan_file
from iup.system.local_server import HttpAnswer
from iup.text import digits
from iup.view.bundle import Bundler
from iup.view.plan import plan_view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from iup.documents.html import Renderer

LOOK_EVERY = 0.25
QUIET = 0.1  # for so long nothing may be saved before the files are read,
AT_MOST = 6  # but a stream of saves is shown after so many times that
HEARTBEAT = 15.0
WIDTHS = ("390", "768", "1280")
WINDOW = ""  # as wide as the window
PLACE = "preview-place"  # the element in a page where its pupil's document begins

_PUPIL = re.compile(rf"{PUPILS}/([^/]+)/")
_TOP = re.compile(r"\s*<article\b[^>]*>")


@dataclass(frozen=True)
class Shown:
    """Whose page is shown, and about which pupil it is opened; both may be empty."""

    reader: str
    pupil: str = ""


def opened(state: SiteState, now: Shown) -> Shown:
    """Return where the file that was saved last is seen: by the present reader if they see it, or by one like them."""
    kind, owner_id = owner(state.saved)
    if kind == "person":
        return Shown(owner_id) if owner_id in state.readers.recipients else now
    around = state.readers.of_pupil(owner_id) if kind else ()
    if not around:
        return now
    known = state.readers.reader(now.reader, now.pupil)
    role = known.role if known else ""
    able = [one for one in around if _sees(state, one.id, owner_id)] or around
    chosen = min(able, key=lambda one: (one.id != now.reader, one.role != role))
    return Shown(chosen.id, owner_id)


def _sees(state: SiteState, reader: str, pupil: str) -> bool:
    """Say whether a reader sees what was saved of a pupil. Who sees no draft has only the goals that are shared."""
    if state.school is None or state.policy is None:
        return False
    view, _ = plan_view(state.school, state.policy, reader, pupil, state.day)
    return view is not None and (bool(view.state) or state.saved != plan_file(pupil))


def page(state: SiteState, shown: Shown, renderer: Renderer, key: bytes) -> str:
    """Return a reader's page as a build would make it, with a note in each document whose files have faults.

    The document of the pupil that is shown has an element in it that an address can name.
    """
    school, policy = state.school, state.policy
    if school is None or policy is None:
        return renderer.page("Förhandsvisning", _said("Inget går att visa förrän felen är rättade."))
    recipient = state.readers.recipients.get(shown.reader)
    if recipient is None:
        return renderer.page("Förhandsvisning", _said("Den här läsaren får ingenting, så som filerna är nu."))
    bundle = Bundler(school, policy, state.day, key).bundle(recipient)
    seen = {document.pupil for document in bundle.documents}
    at = next((number for number, document in enumerate(bundle.documents) if document.pupil == shown.pupil), 0)
    fragments = []
    for number, document in enumerate(bundle.documents):
        targets = () if number else bundle.targets
        fragment = renderer.fragment(document.view, document.version, document.anchor, targets)
        # What is wrong with a plan that is not there stands on the start page.
        about = {document.pupil} if number else set(recipient.pupils) - seen
        place = Markup('<span id="{}"></span>').format(PLACE) if number and number == at else ""
        fragments.append(_with_note(fragment, place + _note(state, about)))
    return renderer.page(bundle.documents[0].title, "\n".join(fragments), bundle.labels)


def _said(text: str) -> str:
    return Markup('<article class="doc start"><p class="note">{}</p></article>').format(text)


def _with_note(fragment: str, note: str) -> str:
    top = _TOP.match(fragment)
    at = top.end() if top else 0
    return f"{fragment[:at]}{note}{fragment[at:]}" if note else fragment


def _note(state: SiteState, pupils: set[str]) -> str:
    """Return what is wrong with the files of some pupils, to stand in their document."""
    rows = [
        Markup("<li><strong>{}:{}:{}</strong> {}: {}.{}</li>").format(
            p.location.path, p.location.line, p.location.column, p.severity, p.message, _instead(state, p)
        )
        for p in state.problems
        if p.severity is not Severity.NOTE and (found := _PUPIL.match(p.location.path)) and found[1] in pupils
    ]
    if not rows:
        return ""
    return Markup('<div class="note" role="note"><p class="flag">{}</p><ul>{}</ul></div>').format(
        "Bara i förhandsvisningen", Markup("").join(rows)
    )


def _instead(state: SiteState, problem: Problem) -> str:
    match state.unread.get(problem.location.path):
        case True:
            return " Filen går inte att läsa; här visas den som den var när den sist gick att läsa."
        case False:
            return " Filen går inte att läsa och är inte med."
        case None:
            return ""


def frame(state: SiteState, shown: Shown, width: str, listed: int | None, renderer: Renderer) -> str:
    """Return the page with the choices, what is wrong, and a reader's page in it.

    `listed` is the number of the list of readers that the browser has already, if it has one.
    """
    readers = state.readers
    found, brief = in_brief(state.problems)
    first = {p.location.path: p for p in reversed(found)}  # a file's state is reported once
    rows = [(p, _instead(state, p) if first[p.location.path] is p else "") for p in found]
    return renderer.frame(
        state=state,
        shown=shown,
        chosen=readers.reader(shown.reader, shown.pupil),
        where=readers.where(shown.pupil),
        missing=shown.reader and shown.reader not in readers.recipients,
        empty=not readers.recipients,
        top=None if listed == state.listed else readers,
        width=width if width in WIDTHS else WINDOW,
        widths=(WINDOW, *WIDTHS),
        place=PLACE,
        problems=[(severity, [row for row in rows if row[0].severity is severity]) for severity in Severity],
        brief=brief,
        counts=[sum(p.severity is severity for p in state.problems) for severity in Severity],
    )


class Preview:
    """A site's latest reading, which one thread keeps up to date with what is saved, and pages made of it."""

    def __init__(self, root: Path, today: Callable[[], date], renderer: Renderer) -> None:
        self._files = Files(root)
        self._today = today
        self._renderer = renderer
        self._key = secrets.token_bytes(32)  # version marks that no build has
        self._turned = Condition()
        self._closed = Event()
        self._rereading = Rereading()
        self._look = self._files.look()
        self._reading = self._read(self._look, None)
        self._thread = Thread(target=self._watch, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching, and release everybody who waits."""
        self._closed.set()
        with self._turned:
            self._turned.notify_all()
        self._thread.join()

    def answer(self, name: str, query: Mapping[str, str]) -> HttpAnswer | None:
        """Return the frame (the empty name) or a reader's page."""
        state, shown = self._reading, Shown(query.get("reader", ""), query.get("pupil", ""))
        match name:
            case "":
                since = digits.number(query.get("since", ""))
                if not shown.reader or (since is not None and since < state.saved_in):
                    shown = self._opened(state, shown)
                listed = digits.number(query.get("listed", ""))
                return HttpAnswer(frame(state, shown, query.get("width", ""), listed, self._renderer))
            case "page":
                return HttpAnswer(self._page(state, shown), framed=True)
            case _:
                return None

    def events(self) -> Iterator[str]:
        """Yield the number of each new reading, the present one first, and nothing as a sign of life."""
        told = 0
        while not self._closed.is_set():
            number = self._reading.number
            yield str(number) if number != told else ""
            told = number
            with self._turned:
                self._turned.wait_for(lambda: self._closed.is_set() or self._reading.number != told, HEARTBEAT)  # noqa: B023  called before the next turn

    def _opened(self, state: SiteState, now: Shown) -> Shown:
        """Return what to open after a save, or at first; where nothing tells, what is open, or the first reader."""
        try:
            found = opened(state, now)
        except Exception:
            if not has_faults(state.problems):
                raise
            found = now
        return found if found.reader else Shown(*state.readers.first)

    def _page(self, state: SiteState, shown: Shown) -> str:
        try:
            return page(state, shown, self._renderer, self._key)
        except Exception:
            # A build never comes here with faults in the files; without faults it is our own bug.
            if not has_faults(state.problems):
                raise
            text = "Det här går inte att visa förrän felen är rättade."
            return self._renderer.page("Förhandsvisning", _said(text))

    def _read(self, look: FileSnapshot, before: SiteState | None) -> SiteState:
        return self._rereading.read(self._files.still(look), look, self._today(), before)

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_EVERY):
            try:
                look = self._settled()
                if look is None:
                    continue
                turned = self._read(look, self._reading)
                self._look = look
            except (FileNotFoundError, NotADirectoryError, IupError):
                continue  # a file or a directory went away meanwhile; look again
            except Exception as error:  # noqa: BLE001  our own bug must not stop the watch
                if self._reading.bug:
                    continue  # reported already
                turned = replace(self._reading, bug=type(error).__name__, number=self._reading.number + 1)
            with self._turned:
                self._reading = turned
                self._turned.notify_all()

    def _settled(self) -> FileSnapshot | None:
        """Return what stands there when it is new and nothing is being saved just now; else None."""
        look = self._files.look()
        if look.same(self._look) and self._today() == self._reading.day:
            return None
        for _ in range(AT_MOST):
            self._closed.wait(QUIET)
            again = self._files.look()
            if again.same(look):
                break
            look = again
        return look
