"""The files as they stand, shown as any reader would get them, in memory only.

In: a tree and a day, or a site's directory to watch. Out: what the files say with all that is wrong in them, and HTML:
a reader's page, made as a build makes it, and the frame to look at it in. A file that cannot be read is shown as it was
when it last could, with a note that says so. Needs no office and no keys. Writes and prints nothing.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING

from markupsafe import Markup

from iup.build.pipeline import checked
from iup.build.watch import Files, FileSnapshot
from iup.errors import IupError
from iup.model.people import Channel
from iup.model.role import Role
from iup.policy.access import Policy, load_policy
from iup.policy.relations import NO_PUPIL, standing
from iup.problems import Problem, Severity
from iup.site import decode, strict_yaml, yaml_rules
from iup.site.load import load
from iup.site.paths import PUPILS
from iup.system.git.trees import MemoryTree
from iup.system.local_server import HttpAnswer
from iup.view.bundle import Bundler, recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from iup.documents.html import Renderer
    from iup.model.recipient import Recipient
    from iup.model.school import School
    from iup.system.git.trees import Tree

LOOK_EVERY = 0.25
QUIET = 0.1  # for so long nothing may be saved before the files are read,
AT_MOST = 6  # but a stream of saves is shown after so many times that
HEARTBEAT = 15.0
WIDTHS = ("390", "768", "1280")

_READING = (*strict_yaml.RULES, *yaml_rules.RULES, *decode.RULES)
_UNREADABLE = frozenset(rule.id for rule in _READING if rule.severity is Severity.FAULT)
_TEXTS = (".yaml", ".md")
_PUPIL = re.compile(rf"{PUPILS}/([^/]+)/")
_TOP = re.compile(r"\s*<article\b[^>]*>")
_GROUPS = ("Vårdnadshavare", "Elever", "Personal")
_ROLES = (
    (Role.PRINCIPAL, "rektor", "Personal"),
    (Role.MENTOR, "mentor", "Personal"),
    (Role.TEACHER, "lärare", "Personal"),
    (Role.BOARD, "nämnden", "Personal"),
    (Role.GUARDIAN, "vårdnadshavare", "Vårdnadshavare"),
    (Role.PUPIL, "elev", "Elever"),
)
_ALPHABET = str.maketrans("åäö", "{|}")  # å, ä and ö come last, in that order


@dataclass(frozen=True)
class SiteState:
    """What the files said at one moment. `unread` says of each unreadable file whether an earlier state replaces it."""

    day: date
    school: School | None
    policy: Policy | None
    problems: tuple[Problem, ...]
    unread: Mapping[str, bool]
    readable: Mapping[str, bytes] = field(repr=False)
    number: int = 1
    bug: str = ""


@dataclass(frozen=True)
class Reader:
    """A person through whose eyes the tree is shown."""

    recipient: Recipient
    name: str
    role: str
    group: str

    @property
    def paper(self) -> bool:
        """Say whether this reader gets the documents on paper."""
        return self.recipient.receiving.channel is Channel.PAPER


def read(tree: Tree, day: date, earlier: Mapping[str, bytes]) -> SiteState:
    """Read a tree; `earlier` holds files as they were when they could last be read."""
    school, problems = checked(tree, day)
    unread = {p.location.path: p.location.path in earlier for p in problems if p.rule in _UNREADABLE}
    texts = {path: b"" if path in unread else tree.read(path) for path in tree.paths if path.endswith(_TEXTS)}
    readable = {path: earlier.get(path, b"") if path in unread else text for path, text in texts.items()}
    shown = tree
    if any(unread.values()):
        shown = MemoryTree({path: readable.get(path, b"") for path in tree.paths if unread.get(path, True)})
        school, _ = load(shown)
    policy, _ = load_policy(shown)
    known = {path: text for path, text in readable.items() if unread.get(path, True)}
    return SiteState(day, school, policy, problems, unread, known)


def readers(reading: SiteState) -> tuple[Reader, ...]:
    """Return everybody who would get something, the home first, each group by name."""
    school = reading.school
    if school is None or reading.policy is None:
        return ()
    found = [_reader(school, recipient, reading.day) for recipient in recipients(school, reading.day)]
    return tuple(sorted(found, key=lambda r: (_GROUPS.index(r.group), r.name.casefold().translate(_ALPHABET))))


def _reader(school: School, recipient: Recipient, day: date) -> Reader:
    standings = [standing(school, recipient.id, pupil, day) for pupil in (NO_PUPIL, *recipient.pupils)]
    held = {role for who in standings for role in who.roles}
    roles = [(word, group) for role, word, group in _ROLES if role in held]
    person, place = school.people.get(recipient.id), school.place(recipient.id, day)
    words = ", ".join(word for word, _ in roles) or (person.title if person else None) or ""
    return Reader(
        recipient,
        name=school.name_of(recipient.id),
        role=f"{words} {place[1].name}" if place else words,
        group=roles[0][1] if roles else "Personal",
    )


def page(reading: SiteState, reader: str, renderer: Renderer, key: bytes) -> str:
    """Return a reader's page as a build would make it, with a note in each document whose files have faults."""
    school, policy = reading.school, reading.policy
    if school is None or policy is None:
        return renderer.page("Förhandsvisning", _said("Inget går att visa förrän felen är rättade."))
    recipient = next((r for r in recipients(school, reading.day) if r.id == reader), None)
    if recipient is None:
        return renderer.page("Förhandsvisning", _said("Den här läsaren får ingenting, så som filerna är nu."))
    bundle = Bundler(school, policy, reading.day, key).bundle(recipient)
    shown = {document.pupil for document in bundle.documents}
    fragments = []
    for number, document in enumerate(bundle.documents):
        targets = () if number else bundle.targets
        fragment = renderer.fragment(document.view, document.version, document.anchor, targets)
        # What is wrong with a plan that is not there stands on the start page.
        about = {document.pupil} if number else set(recipient.pupils) - shown
        fragments.append(_with_note(fragment, _note(reading, about)))
    return renderer.page(bundle.documents[0].title, "\n".join(fragments), bundle.labels)


def _said(text: str) -> str:
    return Markup('<article class="doc start"><p class="note">{}</p></article>').format(text)


def _with_note(fragment: str, note: str) -> str:
    top = _TOP.match(fragment)
    at = top.end() if top else 0
    return f"{fragment[:at]}{note}{fragment[at:]}" if note else fragment


def _note(reading: SiteState, pupils: set[str]) -> str:
    """Return what is wrong with the files of some pupils, to stand in their document."""
    rows = [
        Markup("<li><strong>{}:{}:{}</strong> {}: {}.{}</li>").format(
            p.location.path, p.location.line, p.location.column, p.severity, p.message, _instead(reading, p)
        )
        for p in reading.problems
        if p.severity is not Severity.NOTE and (found := _PUPIL.match(p.location.path)) and found[1] in pupils
    ]
    if not rows:
        return ""
    return Markup('<div class="note" role="note"><p class="flag">{}</p><ul>{}</ul></div>').format(
        "Bara i förhandsvisningen", Markup("").join(rows)
    )


def _instead(reading: SiteState, problem: Problem) -> str:
    match reading.unread.get(problem.location.path):
        case True:
            return " Filen går inte att läsa; här visas den som den var när den sist gick att läsa."
        case False:
            return " Filen går inte att läsa och är inte med."
        case None:
            return ""


def frame(reading: SiteState, reader: str, width: str, renderer: Renderer) -> str:
    """Return the page with the choices, the list of problems, and a place for a reader's page."""
    known = readers(reading)
    first = {p.location.path: p for p in reversed(reading.problems)}  # a file's state is reported once
    rows = [(p, _instead(reading, p) if first[p.location.path] is p else "") for p in reading.problems]
    return renderer.frame(
        reading=reading,
        groups=[(group, [r for r in known if r.group == group]) for group in _GROUPS],
        missing=reader if reader not in {r.recipient.id for r in known} else "",
        chosen=reader or (known[0].recipient.id if known else ""),
        empty=not known,
        width=width if width in WIDTHS else WIDTHS[-1],
        widths=WIDTHS,
        problems=[(severity, [row for row in rows if row[0].severity is severity]) for severity in Severity],
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
        self._look = self._files.look()
        self._reading = self._read(self._look, {})
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
        reading, reader = self._reading, query.get("reader", "")
        match name:
            case "":
                return HttpAnswer(frame(reading, reader, query.get("width", ""), self._renderer))
            case "page":
                return HttpAnswer(self._page(reading, reader), framed=True)
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

    def _page(self, reading: SiteState, reader: str) -> str:
        try:
            return page(reading, reader, self._renderer, self._key)
        except Exception:
            # A build never comes here with faults in the files; without faults it is our own bug.
            if not any(p.severity is Severity.FAULT for p in reading.problems):
                raise
            text = "Det här går inte att visa förrän felen är rättade."
            return self._renderer.page("Förhandsvisning", _said(text))

    def _read(self, look: FileSnapshot, earlier: Mapping[str, bytes]) -> SiteState:
        reading = read(self._files.still(look), self._today(), earlier)
        return replace(reading, problems=(*look.problems, *reading.problems))

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_EVERY):
            try:
                look = self._settled()
                if look is None:
                    continue
                turned = self._read(look, self._reading.readable)
                self._look = look
            except (FileNotFoundError, NotADirectoryError, IupError):
                continue  # a file or a directory went away meanwhile; look again
            except Exception as error:  # noqa: BLE001  our own bug must not stop the watch
                if self._reading.bug:
                    continue  # reported already
                turned = replace(self._reading, bug=type(error).__name__)
            with self._turned:
                self._reading = replace(turned, number=self._reading.number + 1)
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
