"""remains: everything there is of some pupils in a site, and how its files would be without them. Removes nothing.

In: the committed tree, the school in it, the office, and the pupils. Out: `Traces`: paths that go, school files without
their rows, whose secrets go, and the needles that must not be found afterwards. Guardians with no other pupil go too.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from iup import amend, history, ledger, repo, yamlfile
from iup.errors import RefusedError, UsageError
from iup.load import ROSTER, Reading
from iup.scan import Matcher
from iup.schedule import guardians_of
from iup.sought import Kind, Needles, Person, folded, sentences, texts_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from iup.model.school import School
    from iup.tree import Tree

_TEXTS = ("plan.yaml", "goals.yaml", "reply.yaml")
_STRONG = frozenset({Kind.ID, Kind.NUMBER, Kind.NAME})
# What goes on naming pupils by their id alone: what was purged, and what was asked for.
STAYS = ("protocols/", "requests/")


@dataclass(frozen=True)
class Traces:
    """What there is of some pupils: `removed` and `contents` in the teachers' repository, `office` in the office's."""

    pupils: tuple[str, ...]
    guardians: tuple[str, ...]
    contents: Mapping[str, bytes]
    removed: tuple[str, ...]
    office: tuple[str, ...]
    secrets: tuple[str, ...]
    archived: int
    needles: Needles = field(repr=False)

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of all who go."""
        return (*self.pupils, *self.guardians)


def find(tree: Tree, school: School, site: Path, office: Path, pupils: tuple[str, ...]) -> Traces:
    """Return what there is of some pupils; refuse where another file of today names one of them."""
    heads = ledger.heads(office)
    unknown = [pupil for pupil in pupils if pupil not in school.pupils and pupil not in heads]
    if unknown:
        raise UsageError("det finns ingen elev med det id:t", "elevernas id:n är katalognamnen i content/pupils")
    guardians = tuple(sorted(guardians_of(school, pupils)))
    contents, removed = without(tree, school, site, pupils, guardians)
    own = office_paths(school, office, pupils, guardians)
    people = _people(school, office, heads, pupils, guardians)
    texts = list(_texts(site, office, [heads[pupil] for pupil in pupils if pupil in heads], pupils))
    texts += [text for path in own if path.endswith(_TEXTS) for text in texts_in((office / path).read_bytes())]
    needles = Needles(people, sentences(texts))
    standing = [path for path in tree.paths if path not in {*removed, *own, *contents}]
    shared = _shared(tree, standing, contents, needles)
    return Traces(
        pupils=pupils,
        guardians=guardians,
        contents=contents,
        removed=removed,
        office=own,
        secrets=tuple(p for p in (*pupils, *guardians) if (office / "secrets" / f"{p}.sealed").is_file()),
        archived=len([pupil for pupil in pupils if pupil in heads]),
        needles=replace(needles, sentences=tuple(s for s in needles.sentences if s not in shared)),
    )


def near(tree: Tree, pupils: Iterable[str]) -> School:
    """Return the school with those records only that can have to do with some pupils; a municipality has thousands.

    Those are their own, and all that mention them, their guardians, or a family name or a certificate of theirs.
    """
    reading = Reading(tree)
    school = reading.school
    if school is None:
        raise RefusedError("lärarnas incheckade filer går inte att läsa", "kör build.py check")
    own = [known for pupil in pupils if (known := school.pupils.get(pupil)) is not None]
    ties = {tie.person for pupil in own for tie in pupil.guardians}
    guardians = [person for tie in ties if (person := school.people.get(tie)) is not None]
    names = {pupil.name.family for pupil in own} | {person.name.family for person in guardians}
    keys = {person.receiving.certificate or "" for person in guardians} - {""}
    ids = {*pupils, *ties}
    words = [*ids, *names, *keys]
    return replace(
        school,
        pupils=reading.pupils.narrowed({*reading.pupils.mentioning(*words), *(pupil.id for pupil in own)}),
        people=reading.people.narrowed({*reading.people.mentioning(*words), *(person.id for person in guardians)}),
        registered=reading.registered.narrowed(ids & set(reading.registered.names)),
        replies=reading.replies.narrowed(reading.replies.mentioning(*ids)),
    )


def without(
    tree: Tree, school: School, site: Path, pupils: tuple[str, ...], guardians: tuple[str, ...]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the teachers' files that change, without some people, and those that go."""
    kept = {person.receiving.certificate for person in school.people.values() if person.id not in guardians}
    known = (school.people[guardian].receiving.certificate for guardian in guardians if guardian in school.people)
    below = [f"content/pupils/{pupil}" for pupil in pupils]
    removed = [entry.path for entry in repo.entries(site, "HEAD", below)] if below else []
    removed += [f"content/people/{guardian}.yaml" for guardian in guardians if guardian in school.people]
    removed += [path for key in known if key and key not in kept and (path := f"content/keys/{key}.gpg") in tree]
    ids = {*pupils, *guardians}
    contents = {}
    for path in (ROSTER, *(p for p in tree.paths if p.startswith("content/schools/"))):
        data = tree.read(path) if path in tree else b""
        if any(name.encode() in data for name in ids):
            contents[path] = amend.amend(path, data, lambda values, _maker: _strip(values, ids))
    return contents, tuple(sorted(removed))


def _strip(values: Any, ids: set[str]) -> None:  # noqa: ANN401  plain or ruamel's
    """Take every row about some people out of a school's file or the roster."""
    _drop(values.get("personer"), lambda row: str(row["person"]) in ids)
    for group in values.get("klasser") or ():
        _drop(group.get("elever"), lambda row: str(row["elev"]) in ids)
        for key in ("endast", "utom"):
            for row in group.get("undervisning") or ():
                _drop(row.get(key), lambda name: str(name) in ids)
        # A row about some pupils alone ends with the last of them; one about all but some is about all.
        _drop(group.get("undervisning"), lambda row: "endast" in row and not row["endast"])
        for row in group.get("undervisning") or ():
            if "utom" in row and not row["utom"]:
                del row["utom"]


def _drop(rows: Any, gone: Any) -> None:  # noqa: ANN401  plain or ruamel's
    for place in reversed(range(len(rows or ()))):
        if gone(rows[place]):
            del rows[place]


def office_paths(school: School, office: Path, pupils: tuple[str, ...], guardians: tuple[str, ...]) -> tuple[str, ...]:
    """Return the committed files of an office about some people: register, replies and holds."""
    ids = {*pupils, *guardians}
    replies = {r.id for r in school.replies.values() if r.pupil in pupils or r.sender in ids}
    found = []
    for entry in repo.entries(office, "HEAD", ["register", "replies", "holds"]):
        folder, _, rest = entry.path.partition("/")
        name = rest.partition("/")[0].removesuffix(".yaml")
        mine = {"register": name in ids, "replies": name in replies}.get(folder)
        if mine or (folder == "holds" and _held(office / entry.path) in pupils):
            found.append(entry.path)
    return tuple(found)


def _held(path: Path) -> str:
    try:
        return str(yamlfile.parse(path.read_bytes()).get("elev"))
    except (OSError, yamlfile.StrictYamlError):
        return ""


def _people(
    school: School, office: Path, heads: Mapping[str, str], pupils: tuple[str, ...], guardians: tuple[str, ...]
) -> tuple[Person, ...]:
    """Return who they are; one who shares a full name with somebody that stays is not looked for by name."""
    gone = {*pupils, *guardians}
    names = {folded(one.name.full) for one in school.pupils.values() if one.id not in gone}
    names |= {folded(one.name.full) for one in school.people.values() if one.id not in gone}
    found = []
    for name in (*pupils, *guardians):
        known = school.pupils.get(name) or school.people.get(name)
        register = school.registered.get(name)
        number = (register.personnummer if register else "") or ""
        given, family = (known.name.given, known.name.family) if known else _kept_name(office, heads[name], name)
        alone = name in pupils and folded(f"{given} {family}") not in names
        found.append(Person(name, given, family, number, pupil=alone))
    return tuple(found)


def _kept_name(office: Path, head: str, pupil: str) -> tuple[str, str]:
    """Return the name that the newest term of an archive has for its pupil, who is in no file any more."""
    names = [e.path for e in repo.entries(office, head, ()) if e.path.endswith("/people.yaml")]
    if not names:
        return "", ""
    shown = repo.git(office, "show", f"{head}:{names[-1]}").out
    try:
        row = yamlfile.parse(shown).get(pupil) or {}
    except yamlfile.StrictYamlError:
        row = {}
    given, _, family = str(row.get("namn", "")).rpartition(" ")
    return given, family


def _texts(site: Path, office: Path, heads: Iterable[str], pupils: tuple[str, ...]) -> Iterator[str]:
    """Yield every text in any version of the pupils' own files, in the teachers' history and in the archive."""
    below = [f"content/pupils/{pupil}" for pupil in pupils]
    for directory, arguments in (
        (site, ("--all", "--reflog", "HEAD", "--", *below)),
        *((office, (head,)) for head in heads),
    ):
        listed = repo.git(directory, "rev-list", "--objects", *arguments).out.decode("utf-8", "replace")
        rows = (line.partition(" ") for line in listed.splitlines())
        oids = sorted({oid for oid, _, path in rows if path.endswith(_TEXTS)})
        objects = repo.Objects(directory)
        try:
            for data in objects.read_all(oids):
                yield from texts_in(data)
        finally:
            objects.close()


def _shared(tree: Tree, standing: list[str], contents: Mapping[str, bytes], needles: Needles) -> frozenset[str]:
    """Return the sentences that stand in files of today too; refuse where one of those tells who is purged."""
    matcher, shared, named = Matcher(needles), set[str](), []
    told = (*zip(standing, tree.read_all(standing), strict=True), *contents.items())
    for path, data in told:
        kinds, sentences = matcher.seen(data)
        shared |= sentences
        if not path.startswith(STAYS) and kinds & _STRONG:
            named.append(path)
    if named:
        raise RefusedError(
            f"den som ska gallras nämns med namn, id eller personnummer i {', '.join(sorted(named))}",
            "ta bort det där och checka in, och gör sedan om kommandot",
        )
    return frozenset(shared)


def reached(directory: Path, *revisions: str) -> dict[str, str]:
    """Return every object that some commits lead to, with its path; empty for commits and root trees."""
    known = [name for name in revisions if name == "HEAD" or history.refs(directory, name)]
    listed = repo.git(directory, "rev-list", "--objects", *known).out.decode("utf-8", "replace") if known else ""
    return {oid: path for oid, _, path in (line.partition(" ") for line in listed.splitlines())}
