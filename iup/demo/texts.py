"""What is written in an invented pupil's plan and goals of a term, as the values of `plan.yaml` and `goals.yaml`.

Each text is a random draw of sentences, about as long as what teachers write. Everything follows the forms and the
rules: each subject has its omdöme, a goal takes its steps in order, and an adult writes for a child who cannot write
yet.
"""

from __future__ import annotations

import dataclasses
import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from iup.demo.pool import NOW, YEAR, SchoolTerm, draws, pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iup.demo.people import Child, Placement

_WIDTH = 100
_GRADED = 6
_FIELDS_OF = {
    "eleven": ("trivs_jag", "förberedelse_eleven", "vill_prata_om", "framåt_eleven"),
    "hemmet": ("framåt_hemmet",),
}
_SEVERAL = ("förberedelse_hemmet", "uppföljning")
_AT_SAMTAL = ("trivsel", "kunskapsutveckling", "insatser", "framåt_skolan", "framåt_eleven", "framåt_hemmet")
_AFTER_SAMTAL = ("överenskommelser", "uppföljning")
_CHOICE = {range(1, 4): ("Bra", "Ganska bra"), range(4, 6): ("Mycket bra", "Bra"), range(6, 10): ("Mycket bra", "Bra")}
LITERATE_FROM_GRADE = 2
# What the school writes in the plan of an earlier term before the samtal, and what comes at it.
_BEFORE_SAMTAL = ("trivsel", "kunskapsutveckling", "insatser", "framåt_skolan")
_AFTER_SHORT = ("framåt_eleven", "framåt_hemmet", "överenskommelser")
_LEVELS = ("otillräckliga", "godtagbara", "mer_än_godtagbara")
# The pool's sentences are written in an autumn.
_IN_SPRING = {
    "fram till jul": "fram till sommaren",
    "före jul": "före sommarlovet",
    "fram till sportlovet": "fram till påsklovet",
    "sedan oktober": "sedan februari",
    "i höst.": "i vår.",
    "sedan i våras": "sedan i höstas",
    "I våras": "I höstas",
}


@dataclass(frozen=True)
class TextWriter:
    """Writes about one child of a class in one term.

    What is written of an earlier term is shorter, and follows the levels of the present plan.
    """

    seed: int
    child: Child
    seat: Placement
    term: SchoolTerm = NOW
    levels: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def label(self) -> str:
        """The line `barn:`."""
        return f"{self.child.given} {self.child.family[0]}, {self.seat.name}"

    def plan(self) -> dict[str, Any] | None:
        """Return the present plan; one pupil in twenty has none yet."""
        draw = draws(self.seed, self.child.id, "plan")
        state = draw.choices((None, "utkast", "delad", "fastställd"), (5, 10, 40, 45))[0]
        if state is None:
            return None
        held = self.term.talks + timedelta(weeks=draw.randrange(3), days=draw.randrange(5))
        meets: dict[str, Any] = {"bokat": f"{held} {draw.randint(8, 16):02}:{draw.choice(('00', '15', '30'))}"}
        done = state == "fastställd" or (state == "delad" and draw.random() < 0.5)  # noqa: PLR2004  half of them
        if done:
            meets |= self._meeting(held)
        return self._plan(state, meets, held, done=done)

    def earlier_plan(self, state: str) -> dict[str, Any]:
        """Return the plan of an earlier term: `delad` before the samtal, or `fastställd` after it."""
        draw = draws(self.seed, self.child.id, "plan", self.term.name)
        done = state == "fastställd"
        after = timedelta(weeks=draw.randrange(3), days=draw.randrange(5)) if done else timedelta(days=-11)
        held = self.term.talks + after
        return self._plan(state, self._meeting(held) if done else {}, held, done=done)

    def replied(self, plan: dict[str, Any]) -> dict[str, Any]:
        """Return a shared plan with what a guardian has answered."""
        field = "framåt_hemmet"
        entry = self._entry(field, self._sentences(field), self.term.talks - timedelta(days=4))
        return {**plan, "fält": {**plan["fält"], field: entry}}

    def _meeting(self, held: date) -> dict[str, Any]:
        guardians = [guardian.id for guardian in self.child.guardians]
        return {"hållet": str(held), "deltagare": [self.seat.mentor.id, self.child.id, *guardians]}

    def _plan(self, state: str, meets: dict[str, Any], held: date, *, done: bool) -> dict[str, Any]:
        grade = self.seat.grade
        graded = grade >= _GRADED
        form = "samtal-7-9@1" if graded else "iup-4-6@1" if grade > 3 else "iup-1-3@1"  # noqa: PLR2004  as the forms
        plan = {
            "barn": self.label,
            "mall": form,
            "läsår": self.term.years,
            "termin": self.term.name,
            "läge": state,
            "samtal": meets,
            "fält": self._fields(held, done=done),
        }
        if not graded:
            plan["omdömen"] = self._assessments(held, part=state == "utkast")
        return plan

    def _fields(self, held: date, *, done: bool) -> dict[str, Any]:
        before = held - timedelta(days=3)
        choice = next(words for grades, words in _CHOICE.items() if self.seat.grade in grades)
        answer = draws(self.seed, self.child.id, *self._when).choice(choice)
        found: dict[str, Any] = {"trivs_jag": self._entry("trivs_jag", answer, before)}
        for field in ("förberedelse_eleven", "vill_prata_om"):
            found[field] = self._entry(field, self._sentences(field), before)
        if self.term != NOW:
            after = _AFTER_SHORT if done else ()
            day = held if done else before
            return found | {
                field: self._entry(field, self._sentences(field), day) for field in (*_BEFORE_SAMTAL, *after)
            }
        found["förberedelse_hemmet"] = [
            {"text": self._sentences("förberedelse_hemmet", guardian.id), "av": guardian.id, "datum": str(before)}
            for guardian in self.child.guardians
        ]
        for field in ("lärarens_anteckning", *_AT_SAMTAL, *(_AFTER_SAMTAL if done else ())):
            entry = self._entry(field, self._sentences(field), before if field == "lärarens_anteckning" else held)
            found[field] = [entry] if field in _SEVERAL else entry
        return found

    def _entry(self, field: str, text: str, day: date) -> dict[str, str]:
        if field in _FIELDS_OF["eleven"]:
            return {"text": text, **self._by_pupil(), "datum": str(day)}
        author = self.child.guardians[0].id if field in _FIELDS_OF["hemmet"] else self.seat.mentor.id
        return {"text": text, "av": author, "datum": str(day)}

    @property
    def _when(self) -> tuple[str, ...]:
        """What tells the draws of an earlier term from those of now."""
        return () if self.term == NOW else (self.term.name,)

    def _by_pupil(self) -> dict[str, str]:
        """Return who wrote the pupil's words: a guardian, as long as the child cannot write."""
        if self.seat.grade >= LITERATE_FROM_GRADE:
            return {"av": self.child.id}
        return {"av": self.child.guardians[0].id, "åt": self.child.id}

    def _sentences(self, field: str, author: str = "") -> str:
        known = pool()["fält"][field]
        sentences: Sequence[str] = known["meningar"]
        if self.seat.grade >= _GRADED:
            sentences = pool()["samtal"].get(field, sentences)
        draw = draws(self.seed, self.child.id, field, author, *self._when)
        chosen = draw.sample(range(len(sentences)), min(int(known["antal"]), len(sentences)))
        texts = [self.named(sentences[at]) for at in sorted(chosen)]
        if len(texts) == 1:
            return texts[0]
        middle = (len(texts) + 1) // 2  # two paragraphs, as teachers write them
        parts = [texts[:middle], texts[middle:]] if len(texts) > 3 else [texts]  # noqa: PLR2004  few sentences hang together
        return "\n\n".join(textwrap.fill(" ".join(part), _WIDTH) for part in parts) + "\n"

    def named(self, sentence: str) -> str:
        """Return a sentence of the pool with names and pronouns filled in."""
        pronoun, objective, possessive = ("hon", "henne", "hennes") if self.child.girl else ("han", "honom", "hans")
        mentor = self.seat.mentor
        if self.term.spring:
            for autumn, spring in _IN_SPRING.items():
                sentence = sentence.replace(autumn, spring)
        return sentence.format(
            n=self.child.given,
            hon=pronoun,
            Hon=pronoun.capitalize(),
            henne=objective,
            hennes=possessive,
            m=f"{mentor.given} {mentor.family}",
        )

    def _assessments(self, held: date, *, part: bool) -> dict[str, Any]:
        found = {}
        draw = draws(self.seed, self.child.id, "omdömen", *self._when)
        for subject, teacher in self.seat.teachers.items():
            if part and draw.random() < 0.5:  # noqa: PLR2004  a draft is half written
                continue
            sentences = pool()["omdömen"].get(subject)
            if sentences is None:
                continue  # a subject of the years with grades
            chosen = sorted(draw.sample(range(len(sentences)), 3 if self.term == NOW else 2))
            comment = " ".join(self.named(sentences[at]) for at in chosen)
            found[subject] = {
                "nivå": draw.choices(_LEVELS, (6, 62, 32))[0] if self.term == NOW else self._level(subject),
                "kommentar": textwrap.fill(comment, _WIDTH) + "\n",
                "av": teacher.id,
                "datum": str(held - timedelta(days=draw.randint(1, 10))),
            }
        return found

    def _level(self, subject: str) -> str:
        """Return the level of an earlier term: that of now, or the one before it until it went up in some year."""
        now = _LEVELS.index(self.levels.get(subject, "godtagbara"))
        draw = draws(self.seed, self.child.id, "nivå", subject)
        risen = self.seat.grade + self.term.spring / 2 >= draw.uniform(1, 10)
        return _LEVELS[now] if now == 0 or risen or (now == 1 and draw.random() < 0.85) else _LEVELS[now - 1]  # noqa: PLR2004  most were good enough all the time

    def goals(self) -> dict[str, Any]:
        """Return two to four goals, each with its course and comments."""
        draw = draws(self.seed, self.child.id, "mål")
        subjects = {"", *self.seat.teachers}
        fitting = [goal for goal in pool()["mål"] if goal["ämne"] in subjects]
        chosen = draw.sample(fitting, min(draw.randint(2, 4), len(fitting)))
        return {"barn": self.label, "mål": [self._goal(number + 1, goal) for number, goal in enumerate(chosen)]}

    def _goal(self, number: int, known: dict[str, str]) -> dict[str, Any]:
        draw = draws(self.seed, self.child.id, "mål", number)
        state = draw.choices(("delad", "utkast"), (92, 8))[0]
        steps = 1 if state == "utkast" else draw.choices((1, 2, 3, 4), (25, 40, 15, 20))[0]
        mentor, home = self.seat.mentor.id, self.child.guardians[0].id
        proposer = mentor if state == "utkast" else draw.choice((mentor, self.child.id, home))
        day = date(YEAR, 8, 24) + timedelta(days=draw.randrange(20))
        course = [{"steg": "nytt", "datum": str(day), "av": proposer}]
        for step in ("pågående", "klart", "uppfyllt")[: steps - 1]:
            day += timedelta(days=draw.randint(3, 20))
            moved = self._by_pupil() if step == "klart" else {"av": mentor}
            course.append({"steg": step, "datum": str(day), **moved})
        goal: dict[str, Any] = {"id": f"m{number}", "läge": state}
        if known["ämne"]:
            goal["ämne"] = known["ämne"]
        goal["mål"] = f"{known['mål']}\n"
        goal["så_gör_vi"] = {who: self.named(known[who]) for who in ("skolan", "eleven", "hemmet")}
        if course[-1]["steg"] == "uppfyllt":
            goal["så_gick_det"] = f"{draw.choice(pool()['så_gick_det'])}\n"
        goal |= {"föreslaget_av": proposer, "förlopp": course}
        if state == "delad":
            goal["kommentarer"] = self._comments(number)
        return goal

    def _comments(self, number: int) -> list[dict[str, str]]:
        draw = draws(self.seed, self.child.id, "kommentarer", number)
        voices = (
            ("lärarens_kommentar", self.seat.mentor.id),
            ("elevens_kommentar", self.child.id),
            ("hemmets_kommentar", self.child.guardians[-1].id),
        )
        found = []
        for at, (whose, author) in enumerate(draw.sample(voices, draw.randint(1, 3))):
            text = draw.choice(pool()[whose])
            day = date(YEAR, 11, 10) + timedelta(days=4 * at + draw.randrange(4))
            found.append({"id": f"c{at + 1}", "läge": "delad", "av": author, "datum": str(day), "text": f"{text}\n"})
        return found
