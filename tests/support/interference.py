"""Who may read what in a school made by chance, and changes to it that somebody may not read.

The rules are read here a second time, from the files and the words of `policies/access.yaml`: nothing of `iup` is
asked. A change comes with a question: may this reader read it? Where the answer is no before and after, all that the
reader gets must be the same to the byte; where it is yes, it must not be.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.conftest import DAY
from tests.support.random_school import ADULTS, GUARDIANS, PUPILS, STATES, SUBJECTS, TEACHERS, Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from tests.support.random_school import Doc, Files

READERS = (*PUPILS, *ADULTS)
NOBODY = ""


def holds(period: Doc) -> bool:
    return bool(period["från"] <= DAY <= period.get("till", "9999"))


@dataclass(frozen=True)
class Thing:
    """What a rule is asked about."""

    kind: str
    handling: str = "fastställd"
    state: str = "delad"
    field: str = ""
    subject: str = ""
    authors: tuple[str, ...] = ()
    person: str = ""
    grants: tuple[list[Any] | None, list[Any] | None] = (None, None)


@dataclass(frozen=True)
class Rights:
    """The rules of one school's files, in plain words."""

    files: Files

    def pupil(self, pupil: str) -> Doc:
        return self.files[f"content/pupils/{pupil}/pupil.yaml"]

    def plan(self, pupil: str) -> Doc | None:
        return self.files.get(f"content/pupils/{pupil}/plan.yaml")

    def goals(self, pupil: str) -> list[Doc]:
        goals: list[Doc] = self.files.get(f"content/pupils/{pupil}/goals.yaml", {}).get("mål", [])
        return goals

    def form(self, pupil: str) -> Doc:
        plan = self.plan(pupil)
        return self.files[f"policies/forms/{plan['mall'][:-2]}.yaml"] if plan else {"delar": []}

    def part(self, pupil: str, kind: str) -> Doc | None:
        return next((part for part in self.form(pupil)["delar"] if part.get("typ", "fält") == kind), None)

    def places(self) -> Iterator[tuple[str, Doc, Doc]]:
        for number in range(2):
            unit = self.files[f"content/schools/skola{number}.yaml"]
            for group in unit["klasser"]:
                for row in group["elever"]:
                    yield row["elev"], unit, group

    def place(self, pupil: str) -> tuple[Doc, Doc]:
        return next((unit, group) for found, unit, group in self.places() if found == pupil)

    def protected(self, pupil: str) -> bool:
        return any(map(holds, self.pupil(pupil)["skyddade_personuppgifter"]))

    def subjects(self, reader: str, pupil: str) -> set[str]:
        _, group = self.place(pupil)
        return {
            row["ämne"]
            for row in group["undervisning"]
            if row["lärare"] == reader and holds(row) and pupil not in row.get("utom", ())
        }

    def roles(self, reader: str, pupil: str) -> set[str]:
        """Tell what somebody is to a pupil, or with none to the municipality, on the day."""
        if pupil == NOBODY:
            readers = self.files["content/municipality.yaml"]["nämndens_läsare"]
            return {"nämnden"} if any(row["person"] == reader and holds(row) for row in readers) else set()
        unit, group = self.place(pupil)
        ties = {
            "vårdnadshavare": self.pupil(pupil)["vårdnadshavare"],
            "mentor": group["mentor"],
            "rektor": unit["rektor"],
        }
        found = {role for role, rows in ties.items() if any(r["person"] == reader and holds(r) for r in rows)}
        found |= {"undervisar"} if self.subjects(reader, pupil) else set()
        return found | ({"eleven"} if reader == pupil else set())

    def may(self, reader: str, pupil: str, thing: Thing, action: str = "läsa") -> bool:
        """Tell whether the rules and the form let somebody do something with a thing."""
        roles = self.roles(reader, pupil)

        def plays(role: str) -> bool:
            if role == "skribenten":
                return reader in thing.authors
            if role == "personen själv":
                return reader == thing.person
            if role == "undervisar_ämnet":
                return pupil != NOBODY and thing.subject in self.subjects(reader, pupil)
            return role in roles

        def meets(condition: str | None) -> bool:
            literate = pupil != NOBODY and self.pupil(pupil).get("skrivkunnig_från", "9999") <= DAY
            protected = pupil != NOBODY and self.protected(pupil)
            known = {None: True, "skrivkunnig": literate, "ej skrivkunnig": not literate, "ej skyddad": not protected}
            return known[condition]

        def about(rule: Doc) -> bool:
            return (
                action in rule["får"]
                and thing.kind in rule["vad"]
                and thing.handling in rule.get("handling", ("fastställd", "inkommen"))
                and thing.state in rule.get("läge", ("delad", "fastställd"))
                and ("fält" not in rule or thing.field in rule["fält"])
                and ("gäller" not in rule or holds(rule["gäller"]))
                and meets(rule.get("om"))
                and any(map(plays, rule["vem"]))
            )

        rules = [rule for rule in self.files["policies/access.yaml"]["regler"] if about(rule)]
        if not roles or not rules or any(rule.get("neka") == "ja" for rule in rules):
            return False
        grants = thing.grants[0 if action == "läsa" else 1]
        split = [(g, None) if isinstance(g, str) else (g["vem"], g["om"]) for g in grants or ()]
        return grants is None or any(plays(role) and meets(condition) for role, condition in split)

    # --- what the parts of a document ask

    def sees_plan(self, reader: str, pupil: str) -> bool:
        plan = self.plan(pupil)
        return plan is not None and self.may(reader, pupil, Thing("plan", state=plan["läge"]))

    def knows_of_talk(self, reader: str, pupil: str) -> bool:
        """Tell whether somebody knows when a samtal was: from the plan, or from an overview that counts it."""
        plan = self.plan(pupil)
        if plan is None:
            return False
        counted = self.may(reader, pupil, Thing("översikt.skola", state=plan["läge"]))
        counted |= self.may(reader, NOBODY, Thing("översikt.kommun", state=plan["läge"]))
        return counted or self.sees_plan(reader, pupil)

    def field(self, pupil: str, name: str) -> tuple[Doc, Doc] | None:
        parts = self.form(pupil)["delar"]
        return next(((part, f) for part in parts for f in part.get("fält", ()) if f["id"] == name), None)

    def entry(self, pupil: str, name: str, authors: tuple[str, ...] = ()) -> Thing | None:
        plan, known = self.plan(pupil), self.field(pupil, name)
        if plan is None or known is None:
            return None
        part, own = known
        readers, writers = (own.get(key, part.get(key)) for key in ("läses_av", "skrivs_av"))
        return Thing("plan.fält", own["handling"], plan["läge"], name, authors=authors, grants=(readers, writers))

    def sees_entry(self, reader: str, pupil: str, name: str, entry: Doc | None) -> bool:
        authors = tuple(entry[key] for key in ("av", "åt") if key in entry) if entry else ()
        thing = self.entry(pupil, name, authors)
        return (
            entry is not None and thing is not None and self.sees_plan(reader, pupil) and self.may(reader, pupil, thing)
        )

    def sees_field(self, reader: str, form: str, name: str) -> bool:
        """Tell whether somebody sees that a form has a field: with a text, or as a place to read or write."""
        for pupil in PUPILS:
            plan, thing = self.plan(pupil), self.entry(pupil, name)
            if plan is None or thing is None or plan["mall"] != f"{form}@1" or not self.sees_plan(reader, pupil):
                continue
            written = plan["fält"].get(name, [])
            if (
                self.may(reader, pupil, thing)
                or self.may(reader, pupil, thing, "skriva")
                or any(self.sees_entry(reader, pupil, name, entry) for entry in written)
            ):
                return True
        return False

    def sees_assessment(self, reader: str, pupil: str, subject: str) -> bool:
        plan, part = self.plan(pupil), self.part(pupil, "omdömen")
        written = plan["omdömen"].get(subject) if plan else None
        if plan is None or part is None or written is None:
            return False
        grants = (part.get("läses_av"), None)
        thing = Thing("plan.omdöme", "fastställd", plan["läge"], part["id"], subject, (written["av"],), grants=grants)
        return self.sees_plan(reader, pupil) and self.may(reader, pupil, thing)

    def goal_grants(self, pupil: str) -> tuple[list[Any] | None, None]:
        part = self.part(pupil, "mål")
        return (part.get("läses_av") if part else None, None)

    def sees_goal(self, reader: str, pupil: str, name: str) -> bool:
        goal = next((goal for goal in self.goals(pupil) if goal["id"] == name), None)
        if goal is None:
            return False
        authors, grants = (goal["föreslaget_av"],), self.goal_grants(pupil)
        thing = Thing("mål", "fastställd", goal["läge"], name, goal.get("ämne", ""), authors, grants=grants)
        return self.may(reader, pupil, thing)

    def sees_comment(self, reader: str, pupil: str, name: str, number: int) -> bool:
        goal = next((goal for goal in self.goals(pupil) if goal["id"] == name), None)
        if goal is None or number >= len(goal["kommentarer"]):
            return False
        comment, grants = goal["kommentarer"][number], self.goal_grants(pupil)
        where = f"{name}/{comment['id']}"
        thing = Thing(
            "mål.kommentar", "fastställd", comment["läge"], where, goal.get("ämne", ""), (comment["av"],), grants=grants
        )
        return self.sees_goal(reader, pupil, name) and self.may(reader, pupil, thing)

    def sees_name(self, reader: str, pupil: str) -> bool:
        return self.may(reader, pupil, Thing("elev.namn"))

    def sees_school(self, reader: str, pupil: str) -> bool:
        return self.may(reader, pupil, Thing("elev.skola"))

    def sees_office(self, reader: str, pupils: Iterable[str]) -> bool:
        return any(self.sees_school(reader, pupil) and not self.protected(pupil) for pupil in pupils)

    def has_overview(self, reader: str, pupil: str) -> bool:
        """Tell whether an overview that somebody has covers the class of a pupil."""
        kinds = [Thing(kind) for kind in ("översikt.klass", "översikt.skola")]
        kinds += [Thing("översikt.undervisning", subject=subject) for subject in SUBJECTS]
        states = [Thing("översikt.kommun", state=state) for state in STATES]
        return any(self.may(reader, pupil, kind) for kind in kinds) or any(
            self.may(reader, NOBODY, kind) for kind in states
        )

    def sees_contact(self, reader: str, person: str) -> bool:
        return any(
            self.may(reader, pupil, Thing("person.kontakt", person=person))
            for pupil in PUPILS
            if person == reader
            or any(tie["person"] == person and holds(tie) for tie in self.pupil(pupil)["vårdnadshavare"])
        )


Sees = "Callable[[Rights, str], bool]"


@dataclass(frozen=True)
class Change:
    """A school before and after a change, and who may read what was changed (`power`: who is sure to see it).

    `authors` wrote an entry that is there or not: nobody is kept from knowing that words of theirs stand in a field.
    """

    what: str
    before: Files
    after: Files
    sees: Callable[[Rights, str], bool]
    power: bool = True
    authors: frozenset[str] = frozenset()

    def hidden_from(self, reader: str) -> bool:
        return not any(self.sees(Rights(files), reader) for files in (self.before, self.after))


def nobody(_rights: Rights, _reader: str) -> bool:
    return False


class Changer:
    """Changes one thing at a time in a school made by chance."""

    def __init__(self, chance: Random, maker: Maker) -> None:
        self.chance = chance
        self.maker = maker
        self.before = maker.files
        self.rights = Rights(self.before)

    def changes(self, number: int) -> Iterator[Change]:
        """Yield some of the kinds of change that this school has something for."""
        kinds = [getattr(self, name) for name in dir(self) if name.startswith("of_")]
        for kind in self.chance.sample(kinds, min(number, len(kinds))):
            found = kind(copy.deepcopy(self.before))
            if found is not None and found.after != self.before:
                yield found

    def change(
        self,
        what: str,
        after: Files,
        sees: Callable[[Rights, str], bool],
        *,
        power: bool = True,
        authors: frozenset[str] = frozenset(),
    ) -> Change:
        return Change(what, self.before, after, sees, power, authors)

    def _plan(self, after: Files) -> tuple[str, Doc] | None:
        pupils = [pupil for pupil in PUPILS if self.rights.plan(pupil)]
        pupil = self.chance.choice(pupils) if pupils else ""
        return (pupil, after[f"content/pupils/{pupil}/plan.yaml"]) if pupils else None

    def _goal(self, after: Files) -> tuple[str, Doc, list[Doc]] | None:
        pupils = [pupil for pupil in PUPILS if self.rights.goals(pupil)]
        if not pupils:
            return None
        pupil = self.chance.choice(pupils)
        goals = after[f"content/pupils/{pupil}/goals.yaml"]["mål"]
        return pupil, self.chance.choice(goals), goals

    # Each makes one kind of change; what it returns is tried. `dir` finds them by name.

    def of_a_fields_text(self, after: Files) -> Change | None:
        found = self._plan(after)
        written = found and found[1]["fält"]
        if not found or not written:
            return None
        pupil, name = found[0], self.chance.choice(sorted(written))
        place = self.chance.randrange(len(written[name]))
        key = self.chance.choice(("text", "datum", "av"))
        entry = written[name][place]
        # Another author is one entry less for somebody and one more for somebody else.
        authors = frozenset({entry["av"], entry.get("åt", GUARDIANS[0]), GUARDIANS[0]}) if key == "av" else frozenset()
        entry[key] = {"text": self.maker.word(), "datum": "2026-11-23", "av": GUARDIANS[0]}[key]

        def sees(rights: Rights, reader: str) -> bool:
            plan = rights.plan(pupil)
            return plan is not None and rights.sees_entry(reader, pupil, name, plan["fält"][name][place])

        return self.change(f"{key} in {name} of {pupil}", after, sees, authors=authors)

    def of_a_fields_entries(self, after: Files) -> Change | None:
        found = self._plan(after)
        if not found:
            return None
        pupil, plan = found
        name = f"fält{self.chance.randrange(4)}"
        entries = plan["fält"].get(name, [])
        if len(entries) > 1 and self.chance.random() < 0.5:
            changed = entries.pop()
        else:
            changed = self.maker.entry(pupil)
            plan["fält"][name] = [*entries, changed]
        return self.change(
            f"an entry more or less in {name} of {pupil}",
            after,
            lambda rights, reader: rights.sees_entry(reader, pupil, name, changed),
            authors=frozenset(changed[key] for key in ("av", "åt") if key in changed),
        )

    def of_an_assessment(self, after: Files) -> Change | None:
        found = self._plan(after)
        if not found:
            return None
        (pupil, plan), subject = found, self.chance.choice(SUBJECTS)
        written = plan["omdömen"]
        if subject not in written:
            written[subject] = self.maker.assessment()
        elif self.chance.random() < 0.3:
            del written[subject]
        else:
            key = self.chance.choice(("kommentar", "datum", "av"))
            written[subject][key] = {"kommentar": self.maker.word(), "datum": "2026-11-23", "av": TEACHERS[0]}[key]
        return self.change(
            f"the omdöme in {subject} of {pupil}",
            after,
            lambda rights, reader: rights.sees_assessment(reader, pupil, subject),
        )

    def of_a_goal(self, after: Files) -> Change | None:
        found = self._goal(after)
        if not found:
            return None
        pupil, goal, goals = found
        name, old = goal["id"], copy.deepcopy(goal)
        match self.chance.randrange(5):
            case 0:
                goals.remove(goal)
            case 1:
                goal["så_gick_det"] = self.maker.word()
            case 2:
                goal["förlopp"].append({"steg": "pågående", "datum": "2026-11-23", "av": TEACHERS[0]})
            case 3:
                goal["läge"] = self.chance.choice(STATES)
            case _:
                goal["mål"] = self.maker.word()
        return self.change(
            f"goal {name} of {pupil}",
            after,
            lambda rights, reader: rights.sees_goal(reader, pupil, name),
            power=len(goals) < len(self.rights.goals(pupil))
            or goal["läge"] == old["läge"],  # shared and final look alike
        )

    def of_a_goal_more(self, after: Files) -> Change | None:
        found = self._goal(after)
        if not found:
            return None
        pupil, _, goals = found
        goals.insert(self.chance.randint(0, len(goals)), self.maker.goal(pupil, "m9"))
        return self.change(
            f"a goal more of {pupil}", after, lambda rights, reader: rights.sees_goal(reader, pupil, "m9")
        )

    def of_a_comment(self, after: Files) -> Change | None:
        found = self._goal(after)
        if not found:
            return None
        pupil, goal, _ = found
        name, comments = goal["id"], goal["kommentarer"]
        number = len(comments)
        if comments and self.chance.random() < 0.6:
            number = self.chance.randrange(number)
            comments[number]["text"] = self.maker.word()
        else:
            comments.append(self.maker.comment(pupil, "c9"))
        return self.change(
            f"a comment on {name} of {pupil}",
            after,
            lambda rights, reader: rights.sees_comment(reader, pupil, name, number),
        )

    def of_a_talk(self, after: Files) -> Change | None:
        found = self._plan(after)
        if not found:
            return None
        pupil, plan = found
        talk = plan["samtal"]
        match self.chance.randrange(3):
            case 0:
                talk["hållet"] = "2026-11-20"
            case 1:
                talk["bokat"] = "2026-11-21 10:00"
            case _:
                talk["deltagare"] = [self.chance.choice(GUARDIANS)]

        def sees(rights: Rights, reader: str) -> bool:
            return rights.knows_of_talk(reader, pupil)

        return self.change(f"the samtal of {pupil}", after, sees, power=False)

    def of_a_plans_head(self, after: Files) -> Change | None:
        found = self._plan(after)
        if not found:
            return None
        pupil, plan = found
        plan["termin"] = "VT 2027"
        return self.change(f"the term of {pupil}", after, lambda rights, reader: rights.sees_plan(reader, pupil))

    def of_a_pupils_name(self, after: Files) -> Change:
        pupil = self.chance.choice(PUPILS)
        first = self.chance.choice(("Aaa", "Zzz"))  # it may come first or last now
        after[f"content/pupils/{pupil}/pupil.yaml"]["namn"] = {"förnamn": first, "efternamn": self.maker.word()}
        return self.change(f"the name of {pupil}", after, lambda rights, reader: rights.sees_name(reader, pupil))

    def _school(self, after: Files) -> tuple[str, Doc, list[str]]:
        path = f"content/schools/skola{self.chance.randrange(2)}.yaml"
        unit = after[path]
        return path, unit, [row["elev"] for group in unit["klasser"] for row in group["elever"]]

    def of_a_schools_name(self, after: Files) -> Change:
        path, unit, pupils = self._school(after)
        unit["namn"] = self.chance.choice(("Aaa", "Zzz"))
        return self.change(
            f"the name of {path}",
            after,
            lambda rights, reader: any(
                rights.sees_school(reader, pupil) or rights.has_overview(reader, pupil) for pupil in pupils
            ),
            power=False,
        )

    def of_a_classs_name(self, after: Files) -> Change:
        _, unit, _ = self._school(after)
        group = self.chance.choice(unit["klasser"])
        group["namn"] = self.chance.choice(("Aaa", "Zzz"))
        pupils = [row["elev"] for row in group["elever"]]
        return self.change(
            f"the name of the class {group['id']}",
            after,
            lambda rights, reader: any(
                rights.sees_school(reader, pupil) or rights.has_overview(reader, pupil) for pupil in pupils
            ),
            power=False,
        )

    def of_a_schools_office(self, after: Files) -> Change:
        path, unit, pupils = self._school(after)
        unit["expedition"]["telefon"] = self.maker.word()
        return self.change(f"the office of {path}", after, lambda rights, reader: rights.sees_office(reader, pupils))

    def of_a_contact(self, after: Files) -> Change:
        person = self.chance.choice(ADULTS)
        after[f"content/people/{person}.yaml"]["kontakt"]["telefon"] = self.maker.word()
        return self.change(
            f"the contact data of {person}", after, lambda rights, reader: rights.sees_contact(reader, person)
        )

    def of_the_way_somebody_receives(self, after: Files) -> Change:
        person = self.chance.choice(ADULTS)
        receiving = after[f"content/people/{person}.yaml"]["mottagning"]
        receiving["etiketter"] = {"vanliga": "lättlästa", "lättlästa": "vanliga"}[receiving["etiketter"]]
        return self.change(
            f"how {person} receives",
            after,
            lambda rights, reader: reader == person and any(rights.roles(reader, pupil) for pupil in (NOBODY, *PUPILS)),
        )

    def of_a_fields_label(self, after: Files) -> Change | None:
        form = f"mall{self.chance.randrange(2)}"
        fields = [f for part in after[f"policies/forms/{form}.yaml"]["delar"] for f in part.get("fält", ())]
        if not fields:
            return None
        known = self.chance.choice(fields)
        known["etikett"] = self.maker.word()
        return self.change(
            f"the label of {known['id']} in {form}",
            after,
            lambda rights, reader: rights.sees_field(reader, form, known["id"]),
        )

    def of_an_address(self, after: Files) -> Change:
        pupil = self.chance.choice(PUPILS)
        after[f"register/{pupil}.yaml"]["adress"] = self.maker.word()
        return self.change(f"the address of {pupil}", after, nobody)

    def of_days_that_change_nothing(self, after: Files) -> Change:
        """Move days without changing what holds on the day: relations that have ended or not begun, protection."""
        for values in after.values():
            rows = [*values.get("vårdnadshavare", ()), *values.get("skyddade_personuppgifter", ())]
            for group in values.get("klasser", ()):
                rows += [*group["mentor"], *group["undervisning"]]
            for row in rows:
                if "till" in row:
                    row["från"], row["till"] = "2019-01-01", "2019-12-31"
                elif row["från"] > DAY:
                    row["från"] = "2027-02-01"
            if values.get("skrivkunnig_från"):
                values["skrivkunnig_från"] = {"2024-01-10": "2023-05-05", "2028-01-10": "2029-05-05"}[
                    values["skrivkunnig_från"]
                ]
        return self.change("days that change nothing", after, nobody)

    def of_somebody_who_has_left(self, after: Files) -> Change:
        """Change a person who had a relation once and has none now, down to the name."""
        chosen = "gua9a"
        after[f"content/people/{chosen}.yaml"] = self.maker.adult(chosen)
        for pupil in PUPILS:
            ties = after[f"content/pupils/{pupil}/pupil.yaml"]["vårdnadshavare"]
            ties.append({"person": chosen, "från": "2019-01-01", "till": "2019-12-31"})
        return self.change("somebody who has left", after, nobody)
