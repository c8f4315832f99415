"""The states of `places` as the files of a site, and its commits as the objects of a bare repository.

In: states and commits. Out: files as YAML, and objects written without a git process for each.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT
from tests.support.places import (
    ACCESS,
    ALFA,
    ART,
    BETA,
    DRAFTED,
    FAR,
    FILES,
    FORM,
    GUARDIANS,
    LEVELS,
    MENTOR,
    MUNICIPALITY,
    NEAR,
    OFFICE,
    OTHER_ART,
    OTHER_MENTOR,
    OTHER_PRINCIPAL,
    PRINCIPAL,
    PUPILS,
    README,
    ROSTER,
    SCHOOL_OF,
    STAFF,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.places import Commit, Place, State, Value

# All is written on one day, when those who have lost a right since still had it.
WRITTEN, ENDED = "2026-11-20", "2026-11-22"
LAW, SUBJECTS, PUBLIC = "policies/law.yaml", "policies/subjects.yaml", "policies/texts/public-documents.md"
_STOP = """
  - id: mentorn-stoppad
    skäl: Mentorn får just nu inte skriva i planens fält
    vem: [mentor]
    får: [skriva, ta bort]
    vad: [plan.fält]
    handling: [fastställd]
    läge: [utkast, delad]
    neka: ja
"""


def files_of(state: State) -> dict[str, bytes]:
    """Return the files that a state is written as."""
    found = {place[1]: _file(place[1], value) for place, value in state.items() if place[0] == "fil"}
    for pupil in PUPILS:
        own = tuple(sorted((place, value) for place, value in state.items() if len(place) > 1 and place[1] == pupil))
        found[f"content/pupils/{pupil}/plan.yaml"], found[f"content/pupils/{pupil}/goals.yaml"] = _records(own)
    return found | _fixed()


@lru_cache(maxsize=4096)
def _records(own: tuple[tuple[Place, Value], ...]) -> tuple[bytes, bytes]:
    values = dict(own)
    pupil = own[0][0][1]
    term = values[("termin", pupil)][0]
    year = int(term[3:]) - (term[:2] == "VT")
    plan: dict[str, Any] = {
        "barn": _label(pupil),
        "mall": "iup@1",
        "läsår": f"{year}/{year + 1}",
        "termin": term,
        "läge": values[("läge", pupil, term)][0],
    }
    goals: dict[str, dict[str, Any]] = {}
    for place, value in own:
        match place:
            case ("samtal", _, _):
                plan["samtal"] = {"hållet": value[0], "deltagare": [pupil]}
            case ("fält", _, _, name):
                plan.setdefault("fält", {})[name] = {"text": value[0], "av": value[1], "datum": WRITTEN}
            case ("omdöme", _, _, subject):
                row = {"nivå": value[0], "kommentar": value[1], "av": value[2], "datum": WRITTEN}
                plan.setdefault("omdömen", {})[subject] = row
            case ("mål", _, goal, part):
                goals.setdefault(goal, {"id": goal, "kommentarer": []}).update(_part(part, value))
    for place, value in own:
        if place[0] == "kommentar":
            row = {"id": place[3], "läge": "delad", "av": value[1], "datum": WRITTEN, "text": value[0]}
            goals[place[2]]["kommentarer"].append(row)
    return _yaml(plan), _yaml({"barn": _label(pupil), "mål": list(goals.values())})


def _part(part: str, value: Value) -> dict[str, Any]:
    match part:
        case "början":
            return {"föreslaget_av": value[0], "ämne": value[1]}
        case "förlopp":
            moves = (move.split(":") for move in value)
            return {"förlopp": [{"steg": step, "datum": WRITTEN, "av": by, "kommentar": "Så."} for step, by in moves]}
        case _:
            return {"mål" if part == "text" else part: value[0]}


def _label(pupil: str) -> str:
    return f"B{pupil} B, {'2B' if SCHOOL_OF[pupil] == 'alfa' else '2A'}"


def _yaml(values: Any, note: str = "") -> bytes:  # noqa: ANN401  any values of a file
    """Write values as YAML: JSON is YAML, and quick to write."""
    return (json.dumps(values, ensure_ascii=False, indent=1) + f"\n{note and f'# {note}'}\n").encode()


@lru_cache(maxsize=4096)
def _file(path: str, value: Value) -> bytes:
    note = value[-1]
    if path == ACCESS:
        text = (ROOT / ACCESS).read_text(encoding="utf-8")
        return f"{text}{_STOP if value[0] == 'stoppad' else ''}# {note}\n".encode()
    if path in (ALFA, BETA):
        return _yaml(_unit(path, *value[:-1]), note)
    if path == README:
        return f"Läs mig. {note}\n".encode()
    return _yaml(_others()[path], note)


def _posts(key: str, pair: tuple[str, ...], now: str, **more: str) -> list[dict[str, str]]:
    """Return who has a post now, and who no longer has it."""
    since = {"från": "2026-08-17"}
    return [{**more, key: who, **since, **({} if who == now else {"till": ENDED})} for who in pair]


def _unit(path: str, mentor: str = OTHER_PRINCIPAL, art: str = OTHER_PRINCIPAL) -> dict[str, Any]:
    alfa, since = path == ALFA, "2026-08-17"
    mentors, artists = ((MENTOR, OTHER_MENTOR), (ART, OTHER_ART)) if alfa else ((mentor,), (art,))
    return {
        "namn": "Alfaskolan" if alfa else "Betaskolan",
        "skolform": "grundskola",
        "betyg_från_årskurs": 6,
        "expedition": {
            "namn": "Expeditionen",
            "adress": "Skolvägen 1, 990 12 Älvhamra",
            "telefon": "031-390 06 00",
            "e-post": "skolan@alvhamra.example",
            "tider": "måndag–fredag",
        },
        "rektor": [{"person": PRINCIPAL if alfa else OTHER_PRINCIPAL, "från": "2023-08-01"}],
        "klasser": [
            {
                "id": "al2b" if alfa else "be2a",
                "namn": "2B" if alfa else "2A",
                "årskurs": 2,
                "läsår": "2026/2027",
                "mentor": _posts("person", mentors, mentor),
                "elever": [{"elev": pupil, "från": since} for pupil in ((NEAR, DRAFTED) if alfa else (FAR,))],
                "undervisning": [
                    *_posts("lärare", mentors, mentor, ämne="Svenska"),
                    *_posts("lärare", artists, art, ämne="Bild"),
                ],
            }
        ],
    }


@lru_cache(maxsize=1)
def _others() -> dict[str, Any]:
    since = "2022-08-08"
    paper = {"sätt": "papper"}
    found: dict[str, Any] = {
        ROSTER: {"personer": [{"person": p, "e-post": [email(p)], "konto": [account(p)]} for p in STAFF]},
        MUNICIPALITY: {
            "kommun": "Älvhamra kommun",
            "huvudman": "kommunal",
            "nämnd": "Barn- och utbildningsnämnden",
            "registrator": {
                "namn": "Registrator",
                "adress": "Stadshuset, 990 10 Älvhamra",
                "e-post": "r@alvhamra.example",
            },
            "läsår": [
                {
                    "namn": f"{year}/{year + 1}",
                    "höst": {"från": f"{year}-08-17", "till": f"{year}-12-21"},
                    "vår": {"från": f"{year + 1}-01-08", "till": f"{year + 1}-06-15"},
                }
                for year in (2026,)
            ],
            "beslut": [],
            "nämndens_läsare": [],
            "kontorets_personal": [{"person": OFFICE, "från": since}],
        },
        FORM: _form(),
        SUBJECTS: {"ämnen": [{"namn": "Bild"}, {"namn": "Svenska"}]},
    }
    for person in (*STAFF, *GUARDIANS.values()):
        found[f"content/people/{person}.yaml"] = {
            "namn": {"förnamn": f"F{person}", "efternamn": f"E{person}"},
            "titel": "lärare",
            "mottagning": paper,
        }
    for pupil in PUPILS:
        found[f"content/pupils/{pupil}/pupil.yaml"] = {
            "barn": _label(pupil),
            "namn": {"förnamn": f"B{pupil}", "efternamn": f"B{pupil}son"},
            "inskriven": {"från": "2024-08-14"},
            "vårdnadshavare": [{"person": GUARDIANS[pupil], "från": "2018-03-16"}],
            "mottagning": paper,
        }
    return found


def _form() -> dict[str, Any]:
    def text(name: str, label: str, needed: str) -> dict[str, Any]:
        rest = {"typ": "text", "handling": "fastställd", "skrivs_av": ["mentor"], "flera": "nej", "krävs": needed}
        return {"id": name, "etikett": label, "hjälp": "Skriv.", **rest}

    return {
        "id": "iup",
        "version": 1,
        "namn": "Individuell utvecklingsplan",
        "slag": "iup",
        "gäller": {"skolform": "grundskola", "årskurser": [1, 2, 3]},
        "beslut": {"av": "rektor", "datum": "2026-06-10"},
        "skala": [{"nivå": level, "etikett": level.capitalize()} for level in LEVELS],
        "delar": [
            {"id": "nuläge", "rubrik": "Nu", "typ": "fält", "fält": [text("trivsel", "Trivsel", "nej")]},
            {"id": "omdömen", "rubrik": "Omdömen", "typ": "omdömen", "skrivs_av": ["undervisar_ämnet"]},
            {"id": "mål", "rubrik": "Mål", "typ": "mål"},
            {
                "id": "överens",
                "rubrik": "Överens",
                "typ": "fält",
                "fält": [text("överenskommelser", "Överens", "efter samtal")],
            },
        ],
    }


@lru_cache(maxsize=1)
def _fixed() -> dict[str, bytes]:
    """Return the files that no history touches."""
    fixed = {path: _yaml(values) for path, values in _others().items() if path not in FILES}
    fixed |= {path: (ROOT / path).read_bytes() for path in (LAW, PUBLIC)}
    return fixed


def email(person: str) -> str:
    return f"{person}@alvhamra.example"


def account(person: str) -> str:
    return f"konto-{person}"


# --- as git's objects


class Repository:
    """A bare repository whose objects are written here, without a git process for each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in ("objects/info", "objects/pack", "refs/heads", "info"):
            (path / folder).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
        (path / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n", encoding="utf-8")
        self.objects: dict[str, tuple[bytes, bytes]] = {}
        self.commits: dict[str, Commit] = {}
        self.files: dict[str, dict[str, str]] = {}

    def put(self, ref: str, commit: Commit) -> str:
        """Write a commit with all that it leads to, and let a branch point at it."""
        (self.path / "refs" / "heads" / ref).write_text(f"{self.store(commit)}\n", encoding="utf-8")
        return commit.oid

    def reset(self) -> None:
        """Take all branches away; the objects stay."""
        for ref in (self.path / "refs" / "heads").iterdir():
            ref.unlink()

    def store(self, commit: Commit) -> str:
        """Write a commit with all that it leads to; return its id."""
        if not commit.oid:
            parents = [self.store(parent) for parent in commit.parents]
            who = f"{commit.author} <{email(commit.author)}> {1795500000 + commit.number} +0100"
            files = files_of(commit.state)
            lines = [f"tree {self._tree(files)}", *(f"parent {oid}" for oid in parents)]
            text = "\n".join([*lines, f"author {who}", f"committer {who}", "", "Ändring", ""])
            commit.oid = self._write(b"commit", text.encode())
            self.commits.setdefault(commit.oid, commit)
            self.files[commit.oid] = {path: self._write(b"blob", data) for path, data in files.items()}
        return commit.oid

    def _tree(self, files: dict[str, bytes]) -> str:
        here: dict[str, bytes] = {}
        below: dict[str, dict[str, bytes]] = {}
        for path, data in files.items():
            head, slash, rest = path.partition("/")
            (below.setdefault(head, {}) if slash else here)[rest if slash else head] = data
        rows = [(name.encode(), f"100644 {name}", self._write(b"blob", data)) for name, data in here.items()]
        rows += [(f"{name}/".encode(), f"40000 {name}", self._tree(inner)) for name, inner in below.items()]
        packed = (head.encode() + b"\0" + bytes.fromhex(oid) for _, head, oid in sorted(rows))
        return self._write(b"tree", b"".join(packed))

    def _write(self, kind: bytes, data: bytes) -> str:
        whole = kind + b" %d\0" % len(data) + data
        oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        if oid not in self.objects:
            self.objects[oid] = (kind, data)
            place = self.path / "objects" / oid[:2]
            place.mkdir(exist_ok=True)
            (place / oid[2:]).write_bytes(zlib.compress(whole, 1))
        return oid
