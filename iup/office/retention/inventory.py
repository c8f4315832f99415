"""Everything that a site has of what a purge will delete, and how its files look without it. Removes nothing.

In: the committed tree, the school in it, the office, and what is to be deleted: pupils, staff, replies, requests. Out:
paths that are deleted, files that change, whose secrets are deleted, and the patterns that must be absent afterwards.
Guardians without any other pupil are deleted with their pupil. So is what the maskings of a request about the pupil
quote: it is the pupil's text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iup.archive import ledger
from iup.errors import RefusedError, UsageError
from iup.office.disclosure.decision_file import SPANS
from iup.office.disclosure.register import Register
from iup.office.retention import case_files
from iup.office.retention.erasure import without
from iup.office.retention.scan import Matcher
from iup.office.retention.schedule import guardians_of
from iup.office.retention.search_terms import SearchTerms, TermKind, sentences, texts_in
from iup.office.retention.sought_people import sought_people
from iup.policy import relations
from iup.site import strict_yaml
from iup.site.load import SiteReader
from iup.site.paths import (
    ANSWERED,
    HOLDS,
    PROTOCOLS,
    REGISTER,
    REQUESTS,
    pupil_folder,
    reply_folder,
    request_folder,
    secret_file,
)
from iup.system import files
from iup.system.git import plumbing, signed_commits
from iup.system.git.objects import Objects
from iup.text.identifiers import contact_forms, personnummer_forms
from iup.text.one_name import is_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from iup.model.school import School
    from iup.office.retention.schedule import PurgeTargets
    from iup.system.git.trees import Tree

_TEXTS = ("plan.yaml", "goals.yaml")
_STRONG = frozenset({TermKind.ID, TermKind.NUMBER, TermKind.NAME})
# What goes on naming pupils by their id alone: what was purged, and what was asked for.
STAYS = (f"{PROTOCOLS}/", f"{REQUESTS}/")


@dataclass(frozen=True)
class Traces:
    """Everything that a purge will delete.

    `removed` and `contents` are in the teachers' repository, `office` in the office's. `elsewhere` are today's files
    where contact data of staff stand for somebody else too; those data are not looked for.
    """

    meant: PurgeTargets
    guardians: tuple[str, ...]
    senders: tuple[str, ...]
    contents: Mapping[str, bytes]
    removed: tuple[str, ...]
    office: tuple[str, ...]
    secrets: tuple[str, ...]
    archived: int
    elsewhere: tuple[str, ...]
    needles: SearchTerms = field(repr=False)

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of everybody who is erased."""
        return (*self.meant.pupils, *self.guardians, *self.meant.people)

    @property
    def cuts_site(self) -> bool:
        """Say whether the teachers' repository has any of it; where it has none, its history is left as it is."""
        return bool(self.people)

    @property
    def office_changed(self) -> tuple[str, ...]:
        """The office's files that change."""
        return (ANSWERED,) if self.meant.requests else ()


def find(
    tree: Tree, school: School, site: Path, office: Path, meant: PurgeTargets, quotes: Iterable[str] = ()
) -> Traces:
    """Return everything that is to be deleted; `quotes` are what the maskings of the requests quote.

    Raises `RefusedError` where another file of today names a pupil who is erased.
    """
    heads = ledger.heads(office)
    pupils = meant.pupils
    if any(pupil not in school.pupils and pupil not in heads for pupil in pupils):
        raise UsageError("det finns ingen elev med det id:t", "elevernas id:n är katalognamnen i content/pupils")
    guardians = tuple(sorted(guardians_of(school, pupils)))
    contents, removed = without(tree, school, site, meant, guardians)
    held = case_files.find(office, _papers(school, office, meant, guardians), quotes)
    own = tuple(sorted({*_office_paths(office, meant, guardians), *held.paths}))
    texts = _texts(site, office, [heads[pupil] for pupil in pupils if pupil in heads], pupils)
    needles = SearchTerms(
        sought_people(school, office, heads, pupils, guardians),
        tuple(sorted({*sentences((*texts, *_addresses(school, meant.people))), *held.sentences})),
        _contacts(school, meant.people),
        held.digests,
    )
    standing = [path for path in tree.paths if path not in {*removed, *own, *contents}]
    needles, elsewhere = _alone(tree, standing, contents, needles)
    return Traces(
        meant=meant,
        guardians=guardians,
        senders=tuple(sorted({school.replies[name].sender or "" for name in meant.replies} - {""})),
        contents=contents,
        removed=removed,
        office=own,
        secrets=tuple(one for one in (*pupils, *guardians, *meant.people) if (office / secret_file(one)).is_file()),
        archived=len([pupil for pupil in pupils if pupil in heads]),
        elsewhere=elsewhere,
        needles=needles,
    )


def load_related_records(tree: Tree, meant: PurgeTargets, around: Iterable[str] = ()) -> School:
    """Return the school with only the records that can matter for a purge; a municipality has thousands.

    Those are the records of the people to be erased, and all that mention them, their guardians, or a family name, an
    only name or a certificate of theirs. `around` are more pupils who are asked about.
    """
    reading = SiteReader(tree)
    school = reading.school
    if school is None:
        raise RefusedError("lärarnas incheckade filer går inte att läsa", "kör build.py check")
    replies = [reply for name in meant.replies if (reply := reading.replies.get(name)) is not None]
    asked = {*meant.pupils, *around, *(reply.pupil for reply in replies if reply.pupil)}
    own = [known for pupil in asked if (known := school.pupils.get(pupil)) is not None]
    ties = relations.guardians(own) | set(meant.people)
    people = [person for tie in ties if (person := school.people.get(tie)) is not None]
    called = [*(pupil.name for pupil in own), *(person.name for person in people)]
    names = {name.given if is_one(name.family) else name.family for name in called}
    keys = {person.receiving.certificate or "" for person in people} - {""}
    ids = {*asked, *ties}
    words = [*ids, *names, *keys]
    return replace(
        school,
        pupils=reading.pupils.narrowed({*reading.pupils.mentioning(*words), *(pupil.id for pupil in own)}),
        people=reading.people.narrowed({*reading.people.mentioning(*words), *(person.id for person in people)}),
        registered=reading.registered.narrowed(ids & set(reading.registered.names)),
        replies=reading.replies.narrowed({*reading.replies.mentioning(*ids), *(reply.id for reply in replies)}),
    )


def _papers(school: School, office: Path, meant: PurgeTargets, guardians: tuple[str, ...]) -> list[str]:
    """Return the folders of the requests and replies to delete, and what was quoted of the pupils' texts."""
    ids = {*meant.pupils, *guardians}
    replies = {r.id for r in school.replies.values() if r.pupil in meant.pupils or r.sender in ids}
    about = (one.number for one in Register(office).all() if one.pupil in meant.pupils) if meant.pupils else ()
    return [
        *map(reply_folder, sorted({*replies, *meant.replies})),
        *map(request_folder, meant.requests),
        *(f"{request_folder(number)}/{SPANS}" for number in about if number not in meant.requests),
    ]


def _office_paths(office: Path, meant: PurgeTargets, guardians: tuple[str, ...]) -> tuple[str, ...]:
    """Return the committed files of an office about some people: register and holds."""
    ids = {*meant.pupils, *guardians, *meant.people}
    found = []
    for entry in plumbing.entries(office, "HEAD", [REGISTER, HOLDS]):
        folder, _, rest = entry.path.partition("/")
        mine = folder == REGISTER and rest.removesuffix(".yaml") in ids
        if mine or (folder == HOLDS and _held(office / entry.path) in meant.pupils):
            found.append(entry.path)
    return tuple(found)


def _held(path: Path) -> str:
    try:
        return str(strict_yaml.parse(path.read_bytes()).get("elev"))
    except (*files.MISSING, strict_yaml.StrictYamlError):
        return ""


def _texts(site: Path, office: Path, heads: Iterable[str], pupils: tuple[str, ...]) -> Iterator[str]:
    """Yield every text in any version of the pupils' own files, in the teachers' history and in the archive."""
    below = [pupil_folder(pupil) for pupil in pupils]
    for directory, revisions, paths in (
        (site, ("--all", "--reflog", "HEAD"), below),
        *((office, (head,), ()) for head in heads),
    ):
        with Objects(directory) as objects:
            found = objects.reachable(*revisions, below=paths)
            for data in objects.read_all(sorted(oid for oid, path in found.items() if path.endswith(_TEXTS))):
                yield from texts_in(data)


def _contacts(school: School, people: tuple[str, ...]) -> tuple[str, ...]:
    """Return by what some people are reached: addresses, numbers, certificate, personnummer."""
    found = set[str]()
    for name in people:
        person, register = school.people.get(name), school.registered.get(name)
        contact = person.contact if person else None
        emails = [email for row in school.roster if row.person == name for email in row.emails]
        for text in (*emails, *((contact.phone, contact.email) if contact else ())):
            found.update(contact_forms(text or ""))
        if person and person.receiving.certificate:
            found.add(person.receiving.certificate)
        found.update(personnummer_forms((register.personnummer if register else "") or ""))
    return tuple(sorted(found))


def _addresses(school: School, people: tuple[str, ...]) -> Iterator[str]:
    yield from (known.address for name in people if (known := school.registered.get(name)) and known.address)


def _alone(
    tree: Tree, standing: list[str], contents: Mapping[str, bytes], needles: SearchTerms
) -> tuple[SearchTerms, tuple[str, ...]]:
    """Return the search terms without what today's files hold too, and the files with contact data.

    Raises `RefusedError` where a file of today names somebody who is purged.
    """
    matcher, shared, contacts = Matcher(needles), set[str](), set[str]()
    named, elsewhere = list[str](), list[str]()
    told = (*zip(standing, tree.read_all(standing), strict=True), *contents.items())
    for path, data in told:
        kinds, here = matcher.seen(data)
        shared |= here
        if TermKind.CONTACT in kinds:
            contacts |= {one for one in needles.contacts if Matcher(SearchTerms(contacts=(one,))).kinds(data)}
            elsewhere.append(path)
        if not path.startswith(STAYS) and kinds & _STRONG:
            named.append(path)
    if named:
        raise RefusedError(
            f"den som ska gallras nämns med namn, id eller personnummer i {', '.join(sorted(named))}",
            "ta bort det där och checka in, och gör sedan om kommandot",
        )
    left = replace(
        needles,
        sentences=tuple(one for one in needles.sentences if one not in shared),
        contacts=tuple(one for one in needles.contacts if one not in contacts),
    )
    return left, tuple(sorted(elsewhere))


def reached(directory: Path, *revisions: str) -> dict[str, str]:
    """Return every object that some commits lead to, with its path; empty for commits and root trees."""
    known = [name for name in revisions if signed_commits.exist(directory, (name,))]
    with Objects(directory) as objects:
        return objects.reachable(*known) if known else {}
