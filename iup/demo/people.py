"""Who lives in the invented municipality: schools of a few hundred, classes of about 25, families, staff.

In: how many pupils, a seed, and how many years of leavers. Out: units with their classes, children with their
guardians. Some families have several children, some guardians live apart, one child in a hundred is protected. What
they write is made in `texts` and `goals`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from iup.demo.pool import YEAR, draws, pool

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

_IN_CLASS, _CLASSES_IN_SCHOOL, _SPECIALIST_CLASSES = 25, 18, 9
# In this order, so that a single small school has both plans and samtal.
_GRADES = (2, 5, 8, 1, 4, 7, 3, 9, 6)
_CORE = {
    range(1, 4): ("Svenska", "Matematik", "Engelska", "Biologi"),
    range(4, 6): ("Svenska", "Matematik", "Engelska", "Historia", "Biologi"),
    range(6, 10): ("Svenska", "Historia", "Samhällskunskap"),
}
# Who teach several classes: in which grades, and which subjects.
_SPECIALISTS = (
    ("lärare i musik", range(1, 6), ("Musik",)),
    ("lärare i bild", range(1, 6), ("Bild",)),
    ("lärare i idrott och hälsa", range(1, 10), ("Idrott och hälsa",)),
    ("lärare i slöjd", range(4, 6), ("Slöjd",)),
    ("lärare i matematik och kemi", range(6, 10), ("Matematik", "Kemi")),
    ("lärare i språk", range(6, 10), ("Engelska", "Moderna språk")),
)
_SECOND = "Svenska som andraspråk"
MOST_PUPILS = len(pool()["skolor"]) * _IN_CLASS * _CLASSES_IN_SCHOOL


@dataclass(frozen=True)
class Adult:
    """A guardian or a member of staff (who has a title)."""

    id: str
    given: str
    family: str
    title: str = ""
    address: str = ""
    protected: bool = False


@dataclass(frozen=True)
class Child:
    """A pupil, born in the year that the grade implies; a grade above nine has left the school."""

    id: str
    given: str
    family: str
    girl: bool
    grade: int
    guardians: tuple[Adult, ...]
    address: str
    protected: bool
    literate_from: date | None = None

    @property
    def writes_from(self) -> date:
        """The day from which the child writes their own words: the spring of year one, unless told otherwise."""
        return self.literate_from or date(self.born + 8, 1, 10)

    @property
    def born(self) -> int:
        """The year of birth."""
        return YEAR - 6 - self.grade


@dataclass(frozen=True)
class Placement:
    """A child's place in a class, for one term or more: what the author of a plan needs to know of it."""

    grade: int
    name: str
    mentor: Adult
    teachers: Mapping[str, Adult]


@dataclass
class DemoClass:
    """A class: its mentor, its teachers, and (once all families have been drawn) its children.

    `ago`: how many years ago it left school.
    """

    id: str
    name: str
    grade: int
    mentor: Adult
    size: int
    teaching: list[tuple[str, Adult]]
    second: Adult
    children: list[Child] = field(default_factory=list)
    ago: int = 0

    @property
    def with_second(self) -> tuple[Child, ...]:
        """Those who read Swedish as a second language instead of Swedish."""
        return tuple(self.children[1::12]) if self.grade < 6 else ()  # noqa: PLR2004  plans are written below six

    def teachers(self, child: Child) -> dict[str, Adult]:
        """Return who teaches a child of the class, by subject."""
        rows = dict(self.teaching)
        if child in self.with_second:
            del rows["Svenska"]
            rows[_SECOND] = self.second
        return rows

    def seat(self, child: Child) -> Placement:
        """Return a child's place in the class, as it is or was in its last term."""
        return Placement(self.grade, self.name, self.mentor, self.teachers(child))


@dataclass(frozen=True)
class Unit:
    """A school; `former` are the classes that have left it."""

    id: str
    name: str
    principal: Adult
    groups: tuple[DemoClass, ...]
    specialists: tuple[Adult, ...]
    former: tuple[DemoClass, ...] = ()

    @property
    def staff(self) -> tuple[Adult, ...]:
        """Everybody who works there."""
        return (self.principal, *(group.mentor for group in self.groups), *self.specialists)


class _Drawing:
    """The draws of one municipality, with the ids already taken."""

    def __init__(self, seed: int) -> None:
        self.draw = draws(seed, "people")
        self._taken: set[str] = set()

    def id(self) -> str:
        letters, digits = "abcdefghijkmnpqrstuvwxyz", "23456789"
        while True:
            made = "".join(self.draw.choice(kind) for kind in (letters, digits, letters, digits, letters))
            if made not in self._taken:
                self._taken.add(made)
                return made

    def adult(self, family: str = "", title: str = "", address: str = "", *, protected: bool = False) -> Adult:
        given, drawn = self.draw.choice(pool()["vuxna"]), self.draw.choice(pool()["efternamn"])
        return Adult(self.id(), given, family or drawn, title, address, protected)

    def address(self) -> str:
        street, number = self.draw.choice(pool()["gator"]), self.draw.randint(1, 48)
        return f"{street} {number}\n990 {self.draw.randint(12, 48)} Tallbro"


def population(pupils: int, seed: int, years: int = 0) -> tuple[Unit, ...]:
    """Return the schools with everybody in them, and those who left year nine in so many years before."""
    drawing = _Drawing(seed)
    classes = -(-pupils // _IN_CLASS)
    schools = -(-classes // _CLASSES_IN_SCHOOL)
    names = drawing.draw.sample(pool()["skolor"], schools)
    units = []
    for number in range(schools):
        own = _share(classes, schools, number)
        sizes = [_share(_share(pupils, schools, number), own, at) for at in range(own)]
        units.append(_unit(drawing, number + 1, f"{names[number]} skola", sizes))
    for number, unit in enumerate(units):
        _families(drawing, unit.groups, _share(max(1, pupils // 100), schools, number))
    return tuple(_with_former(drawing, units, number, pupils, years) for number in range(schools))


def _with_former(drawing: _Drawing, units: list[Unit], number: int, pupils: int, years: int) -> Unit:
    """Return a school with its share of the classes that have left: one ninth of all pupils each year."""
    unit, found = units[number], []
    for ago in range(1, years + 1):
        size = _share(-(-pupils // 9), len(units), number)
        many = -(-size // _IN_CLASS)
        for at in range(many):
            like = max(unit.groups, key=lambda group: group.grade)
            letter = "ABCDEFGH"[at]
            made = DemoClass(
                id=f"{like.id[:3]}9{letter.lower()}{YEAR - ago - 2000}",
                name=f"9{letter}",
                grade=9,
                mentor=like.mentor,
                size=_share(size, many, at),
                teaching=like.teaching,
                second=like.second,
                ago=ago,
            )
            found.append(made)
    _families(drawing, tuple(found), 0)
    return replace(unit, former=tuple(found))


def _share(whole: int, parts: int, number: int) -> int:
    """Return one of the equal shares of a number, the first ones larger by one where they must be."""
    return whole // parts + (number < whole % parts)


def _unit(drawing: _Drawing, number: int, called: str, sizes: list[int]) -> Unit:
    specialists = {
        title: [drawing.adult(title=title) for _ in range(-(-len(sizes) // _SPECIALIST_CLASSES))]
        for title, _, _ in _SPECIALISTS
    }
    second = drawing.adult(title="lärare i svenska som andraspråk")
    groups = []
    for at, size in enumerate(sizes):
        grade = _GRADES[at % len(_GRADES)]
        name = f"{grade}{'ABC'[at // len(_GRADES)]}"
        mentor = drawing.adult(title=f"lärare, mentor för {name}")
        teaching = [(subject, mentor) for grades, own in _CORE.items() if grade in grades for subject in own]
        for title, grades, subjects in _SPECIALISTS:
            teacher = specialists[title][at // _SPECIALIST_CLASSES]
            teaching += [(subject, teacher) for subject in subjects if grade in grades]
        groups.append(DemoClass(f"s{number:02}{name.lower()}", name, grade, mentor, size, teaching, second))
    everybody = (*(one for several in specialists.values() for one in several), second)
    return Unit(f"skola-{number:02}", called, drawing.adult(title="rektor"), tuple(groups), everybody)


def _families(drawing: _Drawing, groups: tuple[DemoClass, ...], protected: int) -> None:
    """Fill some classes family by family; the first families are the protected ones."""
    seats = [group for group in groups for _ in range(group.size)]
    drawing.draw.shuffle(seats)
    while seats:
        many = drawing.draw.choices((1, 2, 3), (55, 35, 10))[0]
        own, seats = seats[:many], seats[many:]
        _family(drawing, own, protected=protected > 0)
        protected -= len(own)


def _family(drawing: _Drawing, groups: list[DemoClass], *, protected: bool) -> None:
    name = drawing.draw.choice(pool()["efternamn"])
    home = drawing.address()
    guardians = [drawing.adult(name, address=home, protected=protected)]
    kind = drawing.draw.choices(("together", "apart", "one"), (62, 28, 10))[0]
    if kind == "together":
        guardians.append(drawing.adult(name, address=home, protected=protected))
    elif kind == "apart":
        guardians.append(drawing.adult(address=drawing.address(), protected=protected))
    for group in groups:
        girl = drawing.draw.random() < 0.5  # noqa: PLR2004  half
        given = _given(drawing.draw, group, girl=girl)
        grade = group.grade + group.ago
        made = Child(drawing.id(), given, name, girl, grade, tuple(guardians), home, protected)
        group.children.append(made)


def _given(draw: random.Random, group: DemoClass, *, girl: bool) -> str:
    """Return a given name that nobody in the class has."""
    names: list[Any] = pool()["flickor" if girl else "pojkar"]
    taken = {child.given for child in group.children}
    return str(draw.choice([name for name in names if name not in taken]))
