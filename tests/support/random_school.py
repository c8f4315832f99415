"""A small school made by chance: people, relations that hold and that have ended, forms, plans, goals and rules.

Nothing here asks `iup`: the school is the files that a site would have, as plain values by path.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT
from tests.support import canaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

Doc = dict[str, Any]
Files = dict[str, Doc]

PAST, NOW, LATER = ("2020-08-17", "2021-06-10"), ("2026-08-17",), ("2027-01-11",)
SUBJECTS = ("Svenska", "Matematik", "Musik")
STATES = ("utkast", "delad", "fastställd")
HANDLING = ("fastställd", "inkommen", "arbetsmaterial", "privat")
STEPS = ("nytt", "pågående", "klart", "uppfyllt")
HOME = ("eleven", "vårdnadshavare")
STAFF = ("mentor", "undervisar", "undervisar_ämnet", "rektor")
ROLES = (*HOME, *STAFF, "skribenten", "personen själv", "nämnden")
CONDITIONS = ("ej skrivkunnig", "skrivkunnig", "ej skyddad")
OF_PLANS = ("plan", "plan.fält", "plan.omdöme", "mål", "mål.kommentar")
OF_PEOPLE = ("elev.namn", "elev.skola", "person.kontakt", "person.personnummer", "person.adress")
OVERVIEWS = ("översikt.klass", "översikt.undervisning", "översikt.skola", "översikt.kommun")
AS_THEY_ARE = ("policies/law.yaml", "policies/subjects.yaml")

PUPILS = tuple(f"pup{n}a" for n in range(5))
GUARDIANS = tuple(f"gua{n}a" for n in range(5))
TEACHERS = tuple(f"tea{n}a" for n in range(4))
PRINCIPALS = ("pri0a", "pri1a")
BOARD = "boa0a"
ADULTS = (*GUARDIANS, *TEACHERS, *PRINCIPALS, BOARD)


def period(days: Sequence[str]) -> Doc:
    return {"från": days[0], **({"till": days[1]} if len(days) > 1 else {})}


def as_bytes(values: Doc) -> bytes:
    """Write values as YAML: JSON is YAML, and quick to write."""
    return json.dumps(values, ensure_ascii=False).encode()


@dataclass
class Maker:
    """Makes a school; every text is new, so that each can be told from the others."""

    chance: Random
    files: Files = field(default_factory=dict)
    count: int = 0

    def word(self) -> str:
        self.count += 1
        return f"Ord{self.count:04d}"

    def some(self, of: Sequence[str], least: int = 0) -> list[str]:
        return self.chance.sample(of, self.chance.randint(least, len(of)))

    def often(self, odds: float) -> bool:
        return self.chance.random() < odds

    def make(self) -> Files:
        """Return the files of a school, as values by path."""
        for path in AS_THEY_ARE:
            self.files[path] = canaries.read(ROOT / path)
        for person in ADULTS:
            self.files[f"content/people/{person}.yaml"] = self.adult(person)
        for number, classes in enumerate(((2, 5), (8,))):
            self.files[f"content/schools/skola{number}.yaml"] = self.unit(number, classes)
        for number in range(2):
            self.files[f"policies/forms/mall{number}.yaml"] = self.form(number)
        for pupil in PUPILS:
            self.pupil(pupil)
        self.files["content/municipality.yaml"] = self.municipality()
        self.files["policies/access.yaml"] = self.access()
        return self.files

    def municipality(self) -> Doc:
        return {
            "kommun": self.word(),
            "huvudman": "kommunal",
            "nämnd": self.word(),
            "registrator": {"namn": self.word(), "telefon": self.word()},
            "läsår": [
                {
                    "namn": "2026/2027",
                    "höst": {"från": "2026-08-17", "till": "2026-12-21"},
                    "vår": {"från": "2027-01-08", "till": "2027-06-15"},
                }
            ],
            "nämndens_läsare": [{"person": BOARD, **period(self.chance.choice((PAST, NOW, NOW)))}],
        }

    def name(self) -> Doc:
        return {"förnamn": self.word(), "efternamn": self.word()}

    def adult(self, person: str) -> Doc:
        return {
            "namn": self.name(),
            **({} if person in GUARDIANS else {"titel": self.word()}),
            "kontakt": {"telefon": self.word()},
            "mottagning": {"sätt": "papper", "etiketter": self.chance.choice(("vanliga", "lättlästa"))},
        }

    def unit(self, number: int, grades: Sequence[int]) -> Doc:
        mine = PUPILS[:4] if number == 0 else PUPILS[4:]
        groups = []
        for place, grade in enumerate(grades):
            members = mine[place::2] if len(grades) > 1 else mine
            groups.append(
                {
                    "id": f"k{number}{place}",
                    "namn": self.word(),
                    "årskurs": grade,
                    "läsår": "2026/2027",
                    "mentor": [
                        {"person": person, **period(days)}
                        for person, days in zip(self.some(TEACHERS, 2), (NOW, PAST, LATER), strict=False)
                    ],
                    "elever": [{"elev": pupil, **period(NOW)} for pupil in members],
                    "undervisning": [
                        {
                            "ämne": subject,
                            "lärare": self.chance.choice(TEACHERS),
                            **period(self.chance.choice((NOW, NOW, NOW, PAST, LATER))),
                            **({"utom": [self.chance.choice(members)]} if self.often(0.2) else {}),
                        }
                        for subject in (*SUBJECTS, *self.some(SUBJECTS))
                    ],
                }
            )
        return {
            "namn": self.word(),
            "skolform": "grundskola",
            "betyg_från_årskurs": 6,
            "expedition": {"namn": self.word(), "telefon": self.word()},
            "rektor": [{"person": PRINCIPALS[number], **period(self.chance.choice((NOW, NOW, PAST)))}],
            "klasser": groups,
        }

    def grants(self, odds: float = 0.5) -> list[Any] | None:
        """Return who a form lets through, or nothing: then it narrows nothing."""
        if not self.often(odds):
            return None
        return [
            {"vem": role, "om": self.chance.choice(CONDITIONS)} if self.often(0.2) else role
            for role in self.some((*HOME, *STAFF, "skribenten"))
        ]

    def granted(self, odds: float = 0.5) -> Doc:
        found = {"läses_av": self.grants(odds), "skrivs_av": self.grants(odds)}
        return {key: grants for key, grants in found.items() if grants is not None}

    def form(self, number: int) -> Doc:
        fields = [
            {
                "id": f"fält{place}",
                "etikett": self.word(),
                "hjälp": self.word(),
                "handling": self.chance.choice(HANDLING),
                "flera": self.chance.choice(("ja", "nej")),
                **self.granted(),
            }
            for place in range(4)
        ]
        parts = [
            {"id": "ett", "rubrik": self.word(), "fält": fields[:2], **self.granted(0.3)},
            {"id": "två", "rubrik": self.word(), "fält": fields[2:], **self.granted(0.3)},
            {"id": "ämnen", "rubrik": self.word(), "typ": "omdömen", **self.granted(0.3)},
            {"id": "målen", "rubrik": self.word(), "typ": "mål", **self.granted(0.3)},
        ]
        return {
            "id": f"mall{number}",
            "version": 1,
            "namn": self.word(),
            "slag": self.chance.choice(("iup", "samtal")),
            "gäller": {"skolform": "grundskola", "årskurser": [2, 5, 8]},
            "beslut": {"av": "rektor", "datum": "2026-06-10"},
            "skala": [{"nivå": "godtagbara", "etikett": "Godtagbara"}, {"nivå": "mer", "etikett": "Mer"}],
            "delar": self.chance.sample(parts, self.chance.randint(2, 4)),
        }

    def pupil(self, pupil: str) -> None:
        folder = f"content/pupils/{pupil}"
        ties = zip(self.chance.sample(GUARDIANS, 3), (NOW, self.chance.choice((NOW, PAST)), PAST), strict=True)
        self.files[f"{folder}/pupil.yaml"] = {
            "barn": "Barn",
            "namn": self.name(),
            "inskriven": period(NOW),
            "vårdnadshavare": [{"person": person, **period(days)} for person, days in ties],
            "mottagning": {"sätt": "papper"},
            **({"skrivkunnig_från": self.chance.choice(("2024-01-10", "2028-01-10"))} if self.often(0.6) else {}),
            "skyddade_personuppgifter": [
                {"slag": "sekretessmarkering", **period(self.chance.choice((PAST, NOW)))}
                for _ in range(self.chance.choice((0, 0, 1, 1)))
            ],
        }
        self.files[f"register/{pupil}.yaml"] = {"adress": self.word()}
        if self.often(0.9):
            self.files[f"{folder}/plan.yaml"] = self.plan(pupil)
        if self.often(0.8):
            goals = [self.goal(pupil, f"m{number}") for number in range(self.chance.randint(0, 3))]
            self.files[f"{folder}/goals.yaml"] = {"barn": "Barn", "mål": goals}

    def writer(self, pupil: str) -> str:
        return self.chance.choice((pupil, *GUARDIANS, *TEACHERS))

    def entry(self, pupil: str) -> Doc:
        return {
            "text": self.word(),
            "av": self.writer(pupil),
            **({"åt": pupil} if self.often(0.2) else {}),
            "datum": f"2026-11-{self.chance.randint(1, 20):02d}",
        }

    def plan(self, pupil: str) -> Doc:
        talk: Doc = {"deltagare": [*self.chance.sample((pupil, *TEACHERS), 2)]}
        talk |= {"bokat": "2026-11-16 14:00"} if self.often(0.7) else {}
        talk |= {"hållet": "2026-11-16"} if self.often(0.5) else {}
        return {
            "barn": "Barn",
            "mall": f"mall{self.chance.randint(0, 1)}@1",
            "läsår": "2026/2027",
            "termin": "HT 2026",
            "läge": self.chance.choice(STATES),
            "samtal": talk,
            "fält": {
                f"fält{place}": [self.entry(pupil) for _ in range(self.chance.randint(1, 2))]
                for place in range(4)
                if self.often(0.7)
            },
            "omdömen": {subject: self.assessment() for subject in self.some(SUBJECTS)},
        }

    def assessment(self) -> Doc:
        return {
            "nivå": self.chance.choice(("godtagbara", "mer")),
            "kommentar": self.word(),
            "av": self.chance.choice(TEACHERS),
            "datum": f"2026-10-{self.chance.randint(1, 20):02d}",
        }

    def goal(self, pupil: str, name: str) -> Doc:
        return {
            "id": name,
            "läge": self.chance.choice(STATES),
            **({"ämne": self.chance.choice(SUBJECTS)} if self.often(0.6) else {}),
            "mål": self.word(),
            "så_gör_vi": {"skolan": self.word(), "hemmet": self.word()},
            "föreslaget_av": self.writer(pupil),
            "förlopp": [
                {"steg": step, "datum": f"2026-09-0{number + 1}", "av": self.writer(pupil), "kommentar": self.word()}
                for number, step in enumerate(STEPS[: self.chance.randint(1, 4)])
            ],
            "kommentarer": [self.comment(pupil, f"c{number}") for number in range(self.chance.randint(0, 2))],
        }

    def comment(self, pupil: str, name: str) -> Doc:
        return {
            "id": name,
            "läge": self.chance.choice(STATES),
            "av": self.writer(pupil),
            "datum": f"2026-09-{self.chance.randint(10, 29)}",
            "text": self.word(),
        }

    def access(self) -> Doc:
        """Return rules: the school's own with some left out, or none of them; and some by chance."""
        own = canaries.read(ROOT / "policies" / "access.yaml")["regler"] if self.often(0.6) else []
        rules = [rule for rule in own if self.often(0.85)]
        rules += [self.rule(number) for number in range(self.chance.randint(1, 4) if own else 10)]
        self.chance.shuffle(rules)
        return {"pdf": self.some(("eleven", "vårdnadshavare", "rektor")), "regler": rules}

    def rule(self, number: int) -> Doc:
        def sometimes(odds: float, values: Doc) -> Doc:
            return values if self.often(odds) else {}

        return {
            "id": f"slump-{number}",
            "skäl": "Slump",
            "vem": self.some(ROLES, 1),
            "får": self.chance.choice((["läsa"], ["läsa"], ["läsa", "skriva"], ["skriva"])),
            "vad": self._what(),
            **sometimes(0.5, {"handling": self.some(HANDLING, 1)}),
            **sometimes(0.6, {"läge": self.some(STATES, 1)}),
            **sometimes(0.1, {"fält": ["fält0", "fält1", "m0"]}),
            **sometimes(0.2, {"om": self.chance.choice(CONDITIONS)}),
            **sometimes(0.1, {"gäller": period(self.chance.choice((PAST, NOW)))}),
            **sometimes(0.2, {"neka": "ja"}),
        }

    def _what(self) -> list[str]:
        kinds: Iterable[str] = (*self.some(OF_PLANS), *self.some(OF_PEOPLE), *self.some(OVERVIEWS))
        return list(kinds) or ["plan"]
