"""A site in which every text and every personal value is a token of its own, and who may see which token.

The rules are written here a second time, in plain words from DOMAIN.md and the reasons in `policies/access.yaml`, from
the YAML as it lies in the files. Nothing of `iup` is asked: two statements that agree are worth more than one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = re.compile(r"Zq\d{4}kx")
Doc = dict[str, Any]


def read(path: Path) -> Doc:
    """Read YAML with every value as the text it is."""
    values: Doc = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  makes text only
    return values


def write(path: Path, values: Doc) -> None:
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")


# --- planting


@dataclass
class Planter:
    """Puts a new token in every place of a site and its office."""

    site: Path
    office: Path
    count: int = 0
    groups: dict[str, str] = field(default_factory=dict)  # pupil → the token that is their class's name

    def token(self) -> str:
        self.count += 1
        return f"Zq{self.count:04d}kx"

    def text(self) -> str:
        """Return a text of two paragraphs, the last a list, with a token first and a token last."""
        return f"{self.token()} börjar <b>så</b>.\n\n- {self.token()}"

    def plant(self) -> None:
        for path in sorted((self.site / "content" / "schools").glob("*.yaml")):
            self._school(path)
        for path in sorted((self.site / "content" / "people").glob("*.yaml")):
            self._person(path)
        for path in sorted((self.site / "content" / "pupils").iterdir()):
            self._pupil(path)
        for path in sorted((self.office / "register").glob("*.yaml")):
            values = read(path)
            if "adress" in values:
                values["adress"] = f"{self.token()}\n{self.token()}"
            write(path, values)
        self._board()
        self._narrow()

    def _board(self) -> None:
        municipality = self.site / "content" / "municipality.yaml"
        values = read(municipality)
        self._turn_to(values["registrator"])
        write(municipality, values)

    def _turn_to(self, place: Doc) -> None:
        place.update({key: self.token() for key in place})

    def _name(self, values: Doc) -> None:
        values["namn"] = {"förnamn": self.token(), "efternamn": self.token()}

    def _school(self, path: Path) -> None:
        values = read(path)
        values["namn"] = self.token()
        self._turn_to(values["expedition"])
        for group in values["klasser"]:
            group["namn"] = self.token()
            self.groups.update({row["elev"]: group["namn"] for row in group["elever"]})
        write(path, values)

    def _person(self, path: Path) -> None:
        values = read(path)
        self._name(values)
        for key in values.get("kontakt", {}):
            values["kontakt"][key] = f"{self.token()}@x.example" if key == "e-post" else self.token()
        if "titel" in values:
            values["titel"] = self.token()
        write(path, values)

    def _pupil(self, folder: Path) -> None:
        values = read(folder / "pupil.yaml")
        self._name(values)
        label = f"{values['namn']['förnamn']} {values['namn']['efternamn'][0]}, {self.groups[folder.name]}"
        write(folder / "pupil.yaml", {**values, "barn": label})
        plan = read(folder / "plan.yaml")
        kinds = {f["id"]: f["typ"] for part in form_of(self.site, plan)["delar"] for f in part.get("fält", ())}
        for name, written in plan.get("fält", {}).items():
            for entry in written if isinstance(written, list) else [written]:
                if kinds[name] != "val":
                    entry["text"] = self.token() if kinds[name] == "rad" else self.text()
        for row in plan.get("omdömen", {}).values():
            row["kommentar"] = self.text()
        write(folder / "plan.yaml", {**plan, "barn": label})
        goals = read(folder / "goals.yaml")
        for goal in goals["mål"]:
            self._goal(goal)
        write(folder / "goals.yaml", {**goals, "barn": label})

    def _goal(self, goal: Doc) -> None:
        goal["mål"] = self.text()
        goal["så_gick_det"] = self.text()
        goal["så_gör_vi"] = {who: self.text() for who in ("skolan", "eleven", "hemmet")}
        for move in goal["förlopp"]:
            move["kommentar"] = self.text()
        for comment in goal.get("kommentarer", ()):
            comment["text"] = self.text()

    def _narrow(self) -> None:
        """Add what the invented school has no case of: a private field, and parts that narrow who reads."""
        path = self.site / "policies" / "forms" / "iup-1-3.yaml"
        form = read(path)
        parts = {part["id"]: part for part in form["delar"]}
        parts["uppföljning"]["läses_av"] = ["vårdnadshavare", "mentor"]
        parts["omdömen"]["läses_av"] = ["eleven", "vårdnadshavare", "mentor", "undervisar_ämnet"]
        parts["inför"]["fält"].append({"id": "enskilt", "etikett": "Enskilt", "handling": "privat", "skrivs_av": []})
        write(path, form)
        for pupil, author in (("k7q2m", "t3m8k"), ("r9e2h", "t3m8k")):
            path = self.site / "content" / "pupils" / pupil / "plan.yaml"
            plan = read(path)
            plan["fält"]["enskilt"] = {"text": self.text(), "av": author, "datum": "2026-11-12"}
            plan["samtal"]["deltagare"] = ["t3m8k", pupil]
            write(path, plan)


def form_of(site: Path, plan: Doc) -> Doc:
    return read(site / "policies" / "forms" / f"{plan['mall'].split('@')[0]}.yaml")


# --- who may see what, in plain words


@dataclass(frozen=True)
class Relation:
    """What somebody is to a pupil on the day."""

    pupil: bool
    guardian: bool
    mentor: bool
    principal: bool
    subjects: frozenset[str]

    @property
    def teacher(self) -> bool:
        return bool(self.subjects)

    @property
    def home(self) -> bool:
        return self.pupil or self.guardian

    @property
    def any(self) -> bool:
        return self.home or self.mentor or self.principal or self.teacher

    def is_one_of(self, grants: Sequence[Any] | None, subject: str, *, author: bool) -> bool:
        """Say whether a form's `läses_av` lets somebody through; without one it narrows nothing."""
        played = {
            "eleven": self.pupil,
            "vårdnadshavare": self.guardian,
            "mentor": self.mentor,
            "undervisar": self.teacher,
            "undervisar_ämnet": subject in self.subjects,
            "rektor": self.principal,
            "skribenten": author,
        }
        return grants is None or any(played[grant] for grant in grants)


@dataclass(frozen=True)
class Facts:
    """A planted site's YAML, and the access rules in plain words."""

    site: Path
    office: Path
    day: str

    @cached_property
    def pupils(self) -> dict[str, Doc]:
        found = {}
        for folder in sorted((self.site / "content" / "pupils").iterdir()):
            record = read(folder / "pupil.yaml")
            record["plan"], record["goals"] = read(folder / "plan.yaml"), read(folder / "goals.yaml")["mål"]
            record["form"] = form_of(self.site, record["plan"])
            found[folder.name] = record
        return found

    @cached_property
    def people(self) -> dict[str, Doc]:
        return {path.stem: read(path) for path in sorted((self.site / "content" / "people").glob("*.yaml"))}

    @cached_property
    def places(self) -> dict[str, tuple[Doc, Doc]]:
        """Each pupil's school and class on the day."""
        return {
            row["elev"]: (school, group)
            for path in sorted((self.site / "content" / "schools").glob("*.yaml"))
            for school in [read(path)]
            for group in school["klasser"]
            for row in group["elever"]
            if self.holds(row)
        }

    @cached_property
    def register(self) -> dict[str, Doc]:
        return {path.stem: read(path) for path in sorted((self.office / "register").glob("*.yaml"))}

    @cached_property
    def origin(self) -> dict[str, str]:
        """Each token and the file it stands in, for a message that helps."""
        roots = (self.site / "content", self.site / "policies", self.office / "register")
        return {
            token: f"{path.relative_to(root.parent)}: …{' '.join(line.split())[:30]}"
            for root in roots
            for path in sorted(root.rglob("*.yaml"))
            for line in path.read_text(encoding="utf-8").splitlines()
            for token in TOKEN.findall(line)
        }

    @cached_property
    def municipality(self) -> Doc:
        return read(self.site / "content" / "municipality.yaml")

    @cached_property
    def personnummer(self) -> tuple[str, ...]:
        """Every number of the register as it may be written; with the century it holds the same."""
        numbers = [row["personnummer"][2:] for row in self.register.values() if "personnummer" in row]
        return tuple(form for number in numbers for form in (number, number.replace("-", "")))

    def holds(self, period: Mapping[str, str]) -> bool:
        return period["från"] <= self.day <= period.get("till", "9999")

    def relation(self, reader: str, pupil: str) -> Relation:
        school, group = self.places[pupil]

        def row_holds(row: Mapping[str, Any]) -> bool:
            whom = row.get("endast") or [row["elev"] for row in group["elever"]]
            return row["lärare"] == reader and self.holds(row) and pupil in whom and pupil not in row.get("utom", ())

        return Relation(
            pupil=reader == pupil,
            guardian=any(t["person"] == reader and self.holds(t) for t in self.pupils[pupil]["vårdnadshavare"]),
            mentor=any(post["person"] == reader and self.holds(post) for post in group["mentor"]),
            principal=any(post["person"] == reader and self.holds(post) for post in school["rektor"]),
            subjects=frozenset(row["ämne"] for row in group["undervisning"] if row_holds(row)),
        )

    def related(self, reader: str) -> list[str]:
        return [pupil for pupil in self.pupils if self.relation(reader, pupil).any]

    def on_the_board(self, reader: str) -> bool:
        return any(
            post["person"] == reader and self.holds(post) for post in self.municipality.get("nämndens_läsare", ())
        )

    def protected(self, pupil: str) -> bool:
        return any(self.holds(period) for period in self.pupils[pupil].get("skyddade_personuppgifter", ()))

    # What a reader sees, as strings with tokens in them.

    def start(self, reader: str) -> Iterator[str]:
        """Tell what a start page says: whose it is about, how to reach a mentor's homes, own contact, where to turn."""
        for pupil in self.related(reader):
            yield from self._head(pupil)
            if self.relation(reader, pupil).mentor and not self.protected(pupil):
                for tie in self.pupils[pupil]["vårdnadshavare"]:
                    if self.holds(tie):
                        yield from self._contact(tie["person"])
        if self.related(reader):
            yield from self._contact(reader)
        else:
            yield from self.municipality["registrator"].values()
        yield from self.overviews(reader)  # their titles

    def overviews(self, reader: str) -> dict[str, list[str]]:
        """Tell which overviews somebody has, by title, and what each says: names and classes, no text."""
        found: dict[str, list[str]] = {}
        for pupil in self.related(reader):
            who = self.relation(reader, pupil)
            school, group = self.places[pupil]
            place, name = [school["namn"], group["namn"]], self.pupils[pupil]["namn"].values()
            if who.mentor:
                found.setdefault(f"Klassöversikt {group['namn']}", []).extend([*place, *name])
            if who.teacher:
                # A name only where an omdöme is to be written; where there are grades, the class and subject.
                found.setdefault("Mina ämnen", []).extend([*place, *(name if self.plan_required(pupil) else ())])
            if who.principal:
                lacking = self.lacks_talk(pupil) or self.lacks_plan(pupil)
                found.setdefault(f"Skolöversikt {school['namn']}", []).extend([*place, *(name if lacking else ())])
        if self.on_the_board(reader):
            everywhere = [name for school, group in self.places.values() for name in (school["namn"], group["namn"])]
            found["Kommunöversikt"] = everywhere  # no pupil
        return found

    def plan_required(self, pupil: str) -> bool:
        """Say whether a written plan is required: in years 1 to 5, where grades are not yet set."""
        school, group = self.places[pupil]
        return int(group["årskurs"]) <= 5 and int(group["årskurs"]) < int(school["betyg_från_årskurs"])

    def lacks_talk(self, pupil: str) -> bool:
        return "hållet" not in self.pupils[pupil]["plan"].get("samtal", {})

    def lacks_plan(self, pupil: str) -> bool:
        return self.plan_required(pupil) and self.pupils[pupil]["plan"]["läge"] == "utkast"

    def _contact(self, person: str) -> Iterator[str]:
        record = self.people.get(person, {})
        if "kontakt" in record:
            yield from record["namn"].values()
            yield from record["kontakt"].values()

    def _head(self, pupil: str) -> Iterator[str]:
        """Tell whom it is about and where to turn; neither school nor its office for a protected pupil."""
        school, group = self.places[pupil]
        yield from self.pupils[pupil]["namn"].values()
        if self.protected(pupil):
            yield from self.municipality["registrator"].values()
        else:
            yield from (school["namn"], group["namn"], *school["expedition"].values())

    def plan(self, reader: str, pupil: str) -> Iterator[str]:
        """Tell what a reader finds in one pupil's document; nothing at all when there is none."""
        who, record = self.relation(reader, pupil), self.pupils[pupil]
        inside = [*self._plan(who, reader, pupil), *self._goals(who, pupil)]
        if who.home:
            inside.append("")  # the home has a paper about its child in any case: it may always propose a goal
        # Teachers and the mentor see that there is a draft, and whose talk it is about; the others nothing of it.
        if who.any and (record["plan"]["läge"] != "utkast" or who.mentor or who.teacher):
            for person in record["plan"].get("samtal", {}).get("deltagare", ()):
                inside += self._person(person, pupil, title=False)
            inside.append("")
        if inside:
            yield from self._head(pupil)
            yield from inside

    def _plan(self, who: Relation, reader: str, pupil: str) -> Iterator[str]:
        plan = self.pupils[pupil]["plan"]
        shared = plan["läge"] != "utkast"
        for reading in plan.get("läst", ()):
            # Who has read is for the mentor, the principal, and each for themself: no guardian sees the other's.
            if shared and (who.mentor or who.principal or (who.any and reading["av"] == reader)):
                yield from self._person(reading["av"], pupil)
        for part in self.pupils[pupil]["form"]["delar"]:
            for known in part.get("fält", ()):
                written = plan.get("fält", {}).get(known["id"], [])
                for entry in written if isinstance(written, list) else [written]:
                    # A draft and working notes are the mentor's; what is shared is for all who have a relation;
                    # what is private is nobody's. The form may narrow that, to its author for instance.
                    working = known["handling"] == "arbetsmaterial"
                    allowed = who.mentor or (who.any and shared and not working)
                    author = reader in (entry["av"], entry.get("åt"))
                    narrowed = who.is_one_of(known.get("läses_av", part.get("läses_av")), "", author=author)
                    if allowed and narrowed and known["handling"] != "privat":
                        yield entry["text"]
                        yield from self._signed(entry, pupil)
            if part["typ"] == "omdömen":
                for subject, row in plan.get("omdömen", {}).items():
                    # In a draft: the mentor, and the teacher of that very subject.
                    allowed = who.mentor or (who.any and shared) or subject in who.subjects
                    if allowed and who.is_one_of(part.get("läses_av"), subject, author=row["av"] == reader):
                        yield row["kommentar"]
                        yield from self._person(row["av"], pupil, title=False)

    def writes(self, reader: str, pupil: str) -> Iterator[str]:
        """Tell which of the texts that stand a reader may alter, and so has in a field to fill in."""
        who, plan = self.relation(reader, pupil), self.pupils[pupil]["plan"]
        if plan["läge"] == "fastställd":
            return
        for part in self.pupils[pupil]["form"]["delar"]:
            for known in part.get("fält", ()):
                granted = {g if isinstance(g, str) else g["vem"]: not isinstance(g, str) for g in known["skrivs_av"]}
                literate = self.pupils[pupil].get("skrivkunnig_från", "9999") <= self.day
                # The home writes in a shared plan, what it prepares and what it takes upon itself; the mentor the rest.
                its = known["handling"] == "inkommen" or known["id"].startswith(("framåt_", "uppföljning"))
                home = (who.pupil and "eleven" in granted) or (
                    who.guardian and "vårdnadshavare" in granted and not (granted["vårdnadshavare"] and literate)
                )
                mentor = who.mentor and "mentor" in granted and known["handling"] != "inkommen"
                if not mentor and not (home and its and plan["läge"] == "delad"):
                    continue
                written = plan.get("fält", {}).get(known["id"], [])
                for entry in written if isinstance(written, list) else [written]:
                    if known.get("flera") != "ja" or reader in (entry["av"], entry.get("åt")):
                        yield entry["text"]
            if part["typ"] == "omdömen":
                yield from (row["kommentar"] for s, row in plan.get("omdömen", {}).items() if s in who.subjects)

    def _goals(self, who: Relation, pupil: str) -> Iterator[str]:
        for goal in self.pupils[pupil]["goals"]:
            always = who.mentor or goal.get("ämne", "-") in who.subjects
            if not always and not (who.any and goal["läge"] != "utkast"):
                continue
            yield goal["mål"]
            yield goal["så_gick_det"]
            yield from goal["så_gör_vi"].values()
            yield from self._person(goal["föreslaget_av"], pupil)
            for move in goal["förlopp"]:
                yield move["kommentar"]
                yield from self._signed(move, pupil)
            for comment in goal.get("kommentarer", ()):
                if always or comment["läge"] != "utkast":
                    yield comment["text"]
                    yield from self._signed(comment, pupil)

    def kept(self, pupil: str) -> dict[str, list[str]]:
        """Tell what the archive keeps of a pupil's term: texts that left the draft and are neither working nor private.

        And whose they are, with their titles; the class, which stands in the line `barn` of each file.
        """
        record = self.pupils[pupil]
        plan, texts, people = record["plan"], list[str](), {pupil}
        if plan["läge"] != "utkast":
            people |= {*plan.get("samtal", {}).get("deltagare", ()), *(row["av"] for row in plan.get("läst", ()))}
            public = ("fastställd", "inkommen")
            fields = [f for part in record["form"]["delar"] for f in part.get("fält", ()) if f["handling"] in public]
            for known in fields:
                written = plan.get("fält", {}).get(known["id"], [])
                for entry in written if isinstance(written, list) else [written]:
                    texts.append(entry["text"])
                    people.add(entry["av"])
            for row in plan.get("omdömen", {}).values():
                texts.append(row["kommentar"])
                people.add(row["av"])
        for goal in (goal for goal in record["goals"] if goal["läge"] != "utkast"):
            comments = [comment for comment in goal.get("kommentarer", ()) if comment["läge"] != "utkast"]
            texts += [goal["mål"], goal["så_gick_det"], *goal["så_gör_vi"].values()]
            texts += [move["kommentar"] for move in goal["förlopp"]] + [comment["text"] for comment in comments]
            people |= {goal["föreslaget_av"], *(row["av"] for row in (*goal["förlopp"], *comments))}
        known_people = [self.people[person] for person in people if person in self.people]
        named = [name for person in known_people for name in (*person["namn"].values(), person.get("titel", ""))]
        return {"texts": texts, "named": [*named, *record["namn"].values(), record["barn"]]}

    def _signed(self, row: Doc, pupil: str) -> Iterator[str]:
        """Tell who has written: a text carries its author's name, and the child's where it was written for it."""
        yield from self._person(row["av"], pupil)
        if "åt" in row:
            yield self.pupils[pupil]["namn"]["förnamn"]

    def _person(self, person: str, pupil: str, *, title: bool = True) -> Iterator[str]:
        """Tell a name as it is printed: a pupil's given name, a guardian's name, a member of staff's with the title.

        A title may name a class or a school ("mentor för 5B"), so a protected pupil's papers bear none.
        """
        if person == pupil:
            yield self.pupils[pupil]["namn"]["förnamn"]
            return
        yield from self.people[person]["namn"].values()
        if (
            title
            and not self.protected(pupil)
            and all(tie["person"] != person for tie in self.pupils[pupil]["vårdnadshavare"])
        ):
            yield self.people[person].get("titel", "")


Documents = Mapping[str, frozenset[str]]


def tokens(*texts: str) -> frozenset[str]:
    return frozenset(token for text in texts for token in TOKEN.findall(text))


def expected(facts: Facts, reader: str) -> dict[str, frozenset[str]]:
    """Return the tokens that each document of a recipient must hold, no more and no less."""
    related = facts.related(reader)
    if not related and not facts.on_the_board(reader):
        return {}
    plans = {pupil: tokens(*facts.plan(reader, pupil)) for pupil in related}
    overviews = {title: tokens(title, *said) for title, said in facts.overviews(reader).items()}
    return {
        "start": tokens(*facts.start(reader)),
        **overviews,
        **{pupil: held for pupil, held in plans.items() if held},
    }


def differences(facts: Facts, wanted: Documents, found: Documents) -> list[str]:
    """Compare both ways, document by document: what nobody should see there, and what was lost on the way."""
    lines = []
    for name in sorted({*wanted, *found}):
        right, seen = wanted.get(name, frozenset()), found.get(name, frozenset())
        lines += [f"leak in {name}: {facts.origin.get(token, token)}" for token in sorted(seen - right)]
        lines += [f"loss in {name}: {facts.origin.get(token, token)}" for token in sorted(right - seen)]
        if (name in wanted) is not (name in found):
            lines.append(f"{'loss' if name in wanted else 'leak'}: the document {name}")
    return lines


# --- which kinds of reader, plan, goal and text there are


def kinds(facts: Facts, pupils: Sequence[str]) -> frozenset[tuple[object, ...]]:
    """Return every kind that some pupils have: what, by who reads it, decides whether and how it is shown."""
    return frozenset(
        ((who.pupil, who.guardian, who.mentor, who.principal, who.teacher), *kind)
        for reader in (*facts.pupils, *facts.people)
        for pupil in pupils
        if (who := facts.relation(reader, pupil)).any
        for kind in _kinds(facts, reader, pupil, who.subjects)
    )


def _kinds(facts: Facts, reader: str, pupil: str, subjects: frozenset[str]) -> Iterator[tuple[object, ...]]:
    record = facts.pupils[pupil]
    plan, state = record["plan"], record["plan"]["läge"]
    receives = (facts.people.get(reader) or record)["mottagning"]
    rows = [row for row in facts.places[pupil][1]["undervisning"] if row["lärare"] == reader]
    yield "taught", *(any(pupil in row.get(some, ()) for row in rows) for some in ("endast", "utom"))
    yield "receives", receives["sätt"], receives.get("etiketter")
    yield "pupil", facts.protected(pupil), record.get("skrivkunnig_från", "9999") <= facts.day
    yield "guardians", len(record["vårdnadshavare"]), all(facts.holds(tie) for tie in record["vårdnadshavare"])
    yield "plan", plan["mall"], state, bool(plan.get("läst")), bool(plan.get("omdömen"))
    yield "overview", facts.plan_required(pupil), facts.lacks_talk(pupil), facts.lacks_plan(pupil)
    for name, written in plan.get("fält", {}).items():
        for entry in written if isinstance(written, list) else [written]:
            yield "field", name, state, "åt" in entry, reader in (entry["av"], entry.get("åt"))
    for goal in record["goals"]:
        yield "goal", goal["läge"], goal.get("ämne", "-") in subjects
        yield from (("comment", comment["läge"]) for comment in goal.get("kommentarer", ()))
