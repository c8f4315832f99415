"""policy: who may do what, by relation, with the rule that says so. Default deny.

In: the rules of `policies/access.yaml`, an `Item` (what it is about) and a `Standing` (what somebody is to a pupil on
a day). Out: a `Decision` that names its rule. Views, the yellow marks, replies, hooks and `explain` all ask `decide`.
A form's grants can only narrow what a rule allows. Does not read records: whoever asks describes the item.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from pydantic import Field

from iup import decode, yamlfile
from iup.errors import ContentError
from iup.load import ACCESS, located
from iup.model.base import Handling, Line, Period, Record, State, YesNo
from iup.model.plan import Step
from iup.model.role import Condition, Role

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from datetime import date

    from iup.model.form import Grant
    from iup.model.school import School
    from iup.problems import Finding
    from iup.tree import Tree

OFFICE = "kontoret"
NO_PUPIL = ""


class Action(StrEnum):
    """What somebody wants to do."""

    READ = "läsa"
    WRITE = "skriva"
    PROPOSE = "föreslå"
    MOVE = "flytta"
    REMOVE = "ta bort"


class Kind(StrEnum):
    """What a rule can be about."""

    PLAN = "plan"
    FIELD = "plan.fält"
    ASSESSMENT = "plan.omdöme"
    READING = "plan.läst"
    GOAL = "mål"
    COMMENT = "mål.kommentar"
    NAME = "elev.namn"
    SCHOOL = "elev.skola"
    CONTACT = "person.kontakt"
    PERSONNUMMER = "person.personnummer"
    ARCHIVE = "arkiv"
    ADDRESS = "person.adress"
    CLASS_OVERVIEW = "översikt.klass"
    TEACHING_OVERVIEW = "översikt.undervisning"
    SCHOOL_OVERVIEW = "översikt.skola"
    MUNICIPAL_OVERVIEW = "översikt.kommun"
    REPLY = "svar"
    LABEL = "elev.rad"
    PUPIL_FILE = "fil.elev"
    PERSON_FILE = "fil.person"
    SCHOOL_FILE = "fil.skola"
    MUNICIPAL_FILE = "fil.kommun"
    FORM_FILE = "fil.mall"
    RULES_FILE = "fil.regler"
    OTHER_FILE = "fil.övrig"


class AccessRule(Record):
    """One rule of `access.yaml`. What is left out is narrow: no drafts, no working material, nothing private."""

    id: Line
    reason: Line = Field(alias="skäl")
    who: tuple[Role, ...] = Field(alias="vem", min_length=1)
    may: tuple[Action, ...] = Field(alias="får", min_length=1)
    what: tuple[Kind, ...] = Field(alias="vad", min_length=1)
    handling: tuple[Handling, ...] = (Handling.FINAL, Handling.RECEIVED)
    state: tuple[State, ...] = Field(default=(State.SHARED, State.FINAL), alias="läge")
    fields: tuple[Line, ...] = Field(default=(), alias="fält")
    from_step: tuple[Step, ...] = Field(default=(), alias="från_steg")
    to_step: tuple[Step, ...] = Field(default=(), alias="till_steg")
    when: Condition | None = Field(default=None, alias="om")
    period: Period | None = Field(default=None, alias="gäller")
    deny: YesNo = Field(default=False, alias="neka")


class Policy(Record):
    """All rules, in the order they stand; a denying rule wins over every allowing one."""

    pdf: tuple[Role, ...] = ()
    rules: tuple[AccessRule, ...] = Field(alias="regler", min_length=1)

    @cached_property
    def by_case(self) -> Mapping[tuple[Action, Kind], tuple[AccessRule, ...]]:
        """The rules about each action on each kind, in the order they stand."""
        found: dict[tuple[Action, Kind], tuple[AccessRule, ...]] = {}
        for rule in self.rules:
            for case in dict.fromkeys(product(rule.may, rule.what)):
                found[case] = (*found.get(case, ()), rule)
        return found

    @cached_property
    def circles(self) -> dict[Hashable, tuple[Role, ...]]:
        """What `circle` has answered."""
        return {}


@dataclass(frozen=True)
class Item:
    """What is asked about: one field, omdöme, goal or piece of a person's data."""

    kind: Kind
    pupil: str
    handling: Handling = Handling.FINAL
    state: State = State.SHARED
    field: str = ""
    subject: str = ""
    authors: frozenset[str] = frozenset()
    person: str = ""
    place: str = ""
    readers: tuple[Grant, ...] | None = None
    writers: tuple[Grant, ...] | None = None


@dataclass(frozen=True)
class Standing:
    """What somebody is to one pupil on one day. No role, no right."""

    reader: str
    pupil: str
    day: date
    roles: frozenset[Role]
    subjects: frozenset[str] = frozenset()
    literate: bool = False
    protected: bool = False

    def meets(self, condition: Condition | None) -> bool:
        """Say whether a condition on the pupil holds."""
        match condition:
            case Condition.LITERATE:
                return self.literate
            case Condition.NOT_LITERATE:
                return not self.literate
            case Condition.NOT_PROTECTED:
                return not self.protected
            case None:
                return True

    def plays(self, role: Role, item: Item) -> bool:
        """Say whether this person has a role towards an item; an author counts only while another relation holds."""
        match role:
            case Role.AUTHOR:
                return bool(self.roles) and self.reader in item.authors
            case Role.SELF:
                return bool(self.roles) and self.reader == item.person
            case Role.SUBJECT_TEACHER:
                return bool(item.subject) and item.subject in self.subjects
            case _:
                return role in self.roles


@dataclass(frozen=True)
class Decision:
    """Yes or no, with the rule that said it and why."""

    allowed: bool
    rule: str
    reason: str


@dataclass(frozen=True)
class Ruling:
    """A decision about an item, kept so that `explain` shows what a view really asked."""

    action: Action
    item: Item
    decision: Decision


_NOBODY = Decision(allowed=False, rule="ingen-relation", reason="ingen relation till eleven gäller den dagen")
_DEFAULT = Decision(allowed=False, rule="stängt", reason="ingen regel ger rätten")


def load_policy(tree: Tree) -> tuple[Policy | None, tuple[Finding, ...]]:
    """Read `policies/access.yaml`."""
    if ACCESS not in tree:
        return None, ()
    try:
        values = yamlfile.parse(tree.read(ACCESS))
    except yamlfile.StrictYamlError as error:
        return None, (yamlfile.finding(ACCESS, error),)
    return decode.decode(Policy, values, ACCESS)


def required_policy(tree: Tree) -> Policy:
    """Read the policy or raise `ContentError`: without rules nobody may see anything, and nothing is built."""
    policy, findings = load_policy(tree)
    if policy is None:
        raise ContentError(located(tree, findings))
    return policy


def standing(school: School, reader: str, pupil: str, day: date) -> Standing:
    """Work out what somebody is to a pupil on a day; a relation counts only between its dates.

    The pupil `NO_PUPIL` stands for the municipality as a whole: the nämnd has a relation to that, and to no pupil.
    """
    record = school.pupils.get(pupil)
    roles: set[Role] = {Role.REGISTRAR} if reader == OFFICE or _in_office(school, reader, day) else set()
    if pupil == NO_PUPIL and any(post.person == reader and post.covers(day) for post in school.municipality.readers):
        roles.add(Role.BOARD)
    subjects: frozenset[str] = frozenset()
    if record is not None and record.enrolled.covers(day):
        if reader == pupil:
            roles.add(Role.PUPIL)
        if any(tie.person == reader and tie.covers(day) for tie in record.guardians):
            roles.add(Role.GUARDIAN)
        place = school.place(pupil, day)
        if place is not None:
            unit, group = place
            if any(post.person == reader and post.covers(day) for post in group.mentors):
                roles.add(Role.MENTOR)
            if any(post.person == reader and post.covers(day) for post in unit.principals):
                roles.add(Role.PRINCIPAL)
            subjects = frozenset(row.subject for row in school.taught(pupil, day) if row.teacher == reader)
            if subjects:
                roles |= {Role.TEACHER, Role.SUBJECT_TEACHER}
    return Standing(
        reader=reader,
        pupil=pupil,
        day=day,
        roles=frozenset(roles),
        subjects=subjects,
        literate=record is not None and record.is_literate(day),
        protected=record is not None and record.is_protected(day),
    )


def _in_office(school: School, reader: str, day: date) -> bool:
    return any(post.person == reader and post.covers(day) for post in school.municipality.office)


def standing_at(school: School, reader: str, unit: str, day: date) -> Standing:
    """Work out what somebody is to files that are about no one pupil; `unit` narrows to one school ("" is any)."""
    roles: set[Role] = {Role.REGISTRAR} if _in_office(school, reader, day) else set()
    units = [known for name, known in school.units.items() if unit in ("", name)]
    if any(post.person == reader and post.covers(day) for known in units for post in known.principals):
        roles.add(Role.PRINCIPAL)
    return Standing(reader, NO_PUPIL, day, frozenset(roles))


def decide(
    policy: Policy, action: Action, item: Item, who: Standing, move: tuple[Step, Step] | None = None
) -> Decision:
    """Say whether somebody may do something with an item, by which rule and why. `move` is a goal's from and to."""
    if not who.roles or item.pupil != who.pupil:
        return _NOBODY
    matching = [rule for rule in policy.by_case.get((action, item.kind), ()) if _applies(rule, item, who, move)]
    for rule in matching:
        if rule.deny:
            return Decision(allowed=False, rule=rule.id, reason=rule.reason)
    if not matching:
        return _DEFAULT
    allowing = matching[0]
    grants = item.readers if action is Action.READ else item.writers
    if grants is not None and not any(who.plays(g.role, item) and who.meets(g.when) for g in grants):
        circle = ", ".join(dict.fromkeys(f"{g.role}{f' ({g.when})' if g.when else ''}" for g in grants)) or "ingen"
        return Decision(allowed=False, rule=f"mallen:{item.field}", reason=f"mallen ger bara rätten till: {circle}")
    return Decision(allowed=True, rule=allowing.id, reason=allowing.reason)


def _applies(rule: AccessRule, item: Item, who: Standing, move: tuple[Step, Step] | None) -> bool:
    return (
        item.handling in rule.handling
        and item.state in rule.state
        and (not rule.fields or item.field in rule.fields)
        and (rule.period is None or rule.period.covers(who.day))
        and who.meets(rule.when)
        and any(who.plays(role, item) for role in rule.who)
        and (move is None or (move[0] in rule.from_step and move[1] in rule.to_step and move[0] != move[1]))
    )


# The order in which "Läses av" names them. A subject teacher is a teacher, so is named only where teachers are not.
CIRCLE = (Role.PUPIL, Role.GUARDIAN, Role.MENTOR, Role.TEACHER, Role.SUBJECT_TEACHER, Role.PRINCIPAL, Role.BOARD)


def circle(policy: Policy, item: Item, pupil: Standing, action: Action = Action.READ) -> tuple[Role, ...]:
    """Return the roles that may do something with an item: what "Läses av: …" prints.

    Asked of `decide` with an imagined person of each role, so that print and right cannot differ. `pupil` gives the
    facts about the pupil and the day.
    """
    # Who the pupil is, and who wrote the item, decide nothing.
    asked = replace(item, pupil="?" if item.pupil == pupil.pupil else "", authors=frozenset())
    key = (asked, pupil.day, pupil.literate, pupil.protected, action)
    return policy.circles.get(key) or policy.circles.setdefault(key, _circle(policy, item, pupil, action))


def _circle(policy: Policy, item: Item, pupil: Standing, action: Action) -> tuple[Role, ...]:
    somebody = "?"

    def may(*roles: Role, author: bool = False) -> bool:
        imagined = Standing(
            reader=somebody,
            pupil=pupil.pupil,
            day=pupil.day,
            roles=frozenset(roles),
            subjects=frozenset({item.subject}) if Role.SUBJECT_TEACHER in roles and item.subject else frozenset(),
            literate=pupil.literate,
            protected=pupil.protected,
        )
        asked = replace(item, authors=frozenset({somebody}) if author else frozenset())
        return decide(policy, action, asked, imagined).allowed

    found = [role for role in CIRCLE if may(role)]
    if Role.TEACHER in found and Role.SUBJECT_TEACHER in found:
        found.remove(Role.SUBJECT_TEACHER)
    if any(role not in found and may(role, author=True) for role in (Role.PUPIL, Role.GUARDIAN)):
        found.insert(0, Role.AUTHOR)
    return tuple(found)
