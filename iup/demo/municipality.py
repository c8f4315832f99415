"""The invented municipality as files: `content/` for the teachers, `register/` for the office, and secret keys.

In: how many pupils, a seed, and how many terms. Out: paths with their bytes, one after another, so that no number of
pupils fills the memory. With more than one term, there are pupils who have left too. Writes nothing itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from iup.demo.keys import key_pair
from iup.demo.people import Adult, Child, DemoClass, Unit, population
from iup.demo.pool import NOW, YEAR, SchoolTerm, draws, pool, terms_before
from iup.demo.texts import LITERATE_FROM_GRADE, TextWriter
from iup.site import paths, strict_yaml
from iup.site.load import MUNICIPALITY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHANNELS = (("lösenfras", 88), ("papper", 8), ("openpgp", 4))


@dataclass(frozen=True)
class File:
    """A file of the teachers' site or the office's register, or (without a path) a secret key for the keyring."""

    path: str
    data: bytes


def files(pupils: int, seed: int, terms: int = 1) -> Iterator[File]:
    """Yield every file of a municipality with so many pupils and so many terms behind it."""
    years = sorted({term.school_year for term in (*terms_before(terms - 1), NOW)})
    units = population(pupils, seed, len(years) - 1)
    board = Adult("nbund", "Birgitta", "Hallencreutz", "ledamot i barn- och utbildningsnämnden")
    yield _yaml(MUNICIPALITY, _municipality(board, years))
    yield from _staff(seed, board)
    numbers = {int(year): list(listed) for year, listed in pool()["personnummer"].items()}
    for unit in units:
        yield _yaml(paths.unit_file(unit.id), _school(unit))
        for adult in unit.staff:
            yield from _staff(seed, adult)
        for group in (*unit.groups, *unit.former):
            for child in group.children:
                yield from _child(seed, child, group, numbers)
        yield from _guardians(seed, unit)


def _yaml(path: str, values: Mapping[str, Any]) -> File:
    return File(path, strict_yaml.written(values))


def _municipality(board: Adult, years: list[int]) -> dict[str, Any]:
    return {
        "kommun": "Tallbro kommun",
        "huvudman": "kommunal",
        "nämnd": "Barn- och utbildningsnämnden",
        "registrator": {
            "namn": "Barn- och utbildningsnämndens registrator",
            "adress": "Kommunhuset, 990 10 Tallbro",
            "telefon": "031-390 06 90",
            "e-post": "registrator@tallbro.example",
        },
        "läsår": [
            {
                "namn": f"{year}/{year + 1}",
                "höst": {"från": f"{year}-08-17", "till": f"{year}-12-21"},
                "vår": {"från": f"{year + 1}-01-08", "till": f"{year + 1}-06-15"},
            }
            for year in years
        ],
        "nämndens_läsare": [{"person": board.id, "från": "2023-01-01"}],
    }


def _school(unit: Unit) -> dict[str, Any]:
    return {
        "namn": unit.name,
        "skolform": "grundskola",
        "betyg_från_årskurs": 6,
        "expedition": {
            "namn": f"Expeditionen, {unit.name}",
            "adress": "Skolvägen 1, 990 12 Tallbro",
            "telefon": "031-390 06 00",
            "e-post": f"{unit.id}@tallbro.example",
            "tider": "måndag–fredag 7.30–14.00",
        },
        "rektor": [{"person": unit.principal.id, "från": "2023-08-01"}],
        "klasser": [_class(group) for group in (*unit.groups, *unit.former)],
    }


def _class(group: DemoClass) -> dict[str, Any]:
    """Return a class, with the dates between which it was there."""
    year = YEAR - group.ago
    held = {"från": f"{year}-08-17", **({"till": f"{year + 1}-06-15"} if group.ago else {})}
    taught = [_taught(subject, teacher, group.with_second) for subject, teacher in group.teaching]
    if group.with_second:
        only = [child.id for child in group.with_second]
        taught.append({"ämne": "Svenska som andraspråk", "lärare": group.second.id, "endast": only})
    return {
        "id": group.id,
        "namn": group.name,
        "årskurs": group.grade,
        "läsår": f"{year}/{year + 1}",
        "mentor": [{"person": group.mentor.id, **held}],
        "elever": [{"elev": child.id, **held} for child in group.children],
        "undervisning": [{**row, **held} for row in taught],
    }


def _taught(subject: str, teacher: Adult, second: tuple[Child, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"ämne": subject, "lärare": teacher.id}
    if subject == "Svenska" and second:
        row["utom"] = [child.id for child in second]
    return row


def _receiving(seed: int, person: str, channel: str) -> tuple[dict[str, str], tuple[File, ...]]:
    """Return how somebody receives, and for OpenPGP the certificate and the secret key."""
    if channel != "openpgp":
        return {"sätt": channel}, ()
    pair = key_pair(f"{seed}/{person}")
    kept = (File(paths.certificate_file(pair.fingerprint), pair.public), File("", pair.secret))
    return {"sätt": channel, "certifikat": pair.fingerprint}, kept


def _staff(seed: int, adult: Adult) -> Iterator[File]:
    receiving, kept = _receiving(seed, adult.id, "openpgp")
    yield _yaml(
        paths.person_file(adult.id),
        {
            "namn": {"förnamn": adult.given, "efternamn": adult.family},
            "titel": adult.title,
            "kontakt": {"e-post": f"{adult.id}@tallbro.example"},
            "mottagning": receiving,
        },
    )
    yield from kept


def _guardians(seed: int, unit: Unit) -> Iterator[File]:
    children = [child for group in (*unit.groups, *unit.former) for child in group.children]
    everybody = {guardian.id: guardian for child in children for guardian in child.guardians}
    for adult in everybody.values():
        draw = draws(seed, adult.id)
        channel = draw.choices([name for name, _ in _CHANNELS], [share for _, share in _CHANNELS])[0]
        receiving, kept = _receiving(seed, adult.id, channel)
        values: dict[str, Any] = {"namn": {"förnamn": adult.given, "efternamn": adult.family}}
        if not adult.protected:
            values["kontakt"] = {"telefon": f"070-174 06 {draw.randint(0, 99):02}"}
        yield _yaml(paths.person_file(adult.id), {**values, "mottagning": receiving})
        yield from kept
        yield _registered(adult.id, adult.address, protected=adult.protected)


def _child(seed: int, child: Child, group: DemoClass, numbers: dict[int, list[str]]) -> Iterator[File]:
    draw = draws(seed, child.id, "elev")
    writer = TextWriter(seed, child, group.seat(child))
    last = SchoolTerm(YEAR - group.ago + 1, spring=True)
    birthday = f"{child.born}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    values: dict[str, Any] = {
        "barn": f"{child.given} {child.family[0]}" if group.ago else writer.label,
        "namn": {"förnamn": child.given, "efternamn": child.family},
        "inskriven": {"från": f"{YEAR + 1 - child.grade}-08-17", **({"till": str(last.ends)} if group.ago else {})},
        "vårdnadshavare": [{"person": guardian.id, "från": birthday} for guardian in child.guardians],
        "mottagning": {"sätt": draw.choices(("lösenfras", "papper"), (95, 5))[0]},
    }
    if draw.random() < 0.05:  # noqa: PLR2004  one in twenty
        values["mottagning"]["etiketter"] = "lättlästa"
    if child.grade >= LITERATE_FROM_GRADE:
        values["skrivkunnig_från"] = str(child.writes_from)
    if child.protected:
        kind = draw.choice(("sekretessmarkering", "skyddad folkbokföring"))
        values["skyddade_personuppgifter"] = [{"slag": kind, "från": f"{YEAR - 1}-02-10"}]
    yield _yaml(paths.pupil_file(child.id), values)
    if group.ago:
        plan: dict[str, Any] | None = {
            **replace(writer, term=last).earlier_plan("fastställd"),
            "barn": values["barn"],
        }
    else:
        plan = writer.plan()
    if plan is not None:
        yield _yaml(paths.plan_file(child.id), plan)
    if plan is not None and not group.ago:
        yield _yaml(paths.goals_file(child.id), writer.goals())
    left = numbers.get(child.born, [])
    yield _registered(child.id, child.address, left.pop() if left else "", protected=child.protected)


def _registered(person: str, address: str, personnummer: str = "", *, protected: bool = False) -> File:
    values: dict[str, Any] = {"personnummer": personnummer} if personnummer else {}
    values["adress"] = f"{address}\n"
    if protected:
        values["skyddad_adress"] = "ja"
    return _yaml(paths.register_file(person), values)
