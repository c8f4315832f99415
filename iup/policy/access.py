"""Who may do what, by relation, with the rule that says so. What no rule allows is denied.

In: the rules of `policies/access.yaml`, an `Item` (what it is about) and a `Standing` (what somebody is to a pupil on a
day). Out: a decision that names its rule. Views, the yellow marks, replies, hooks and `explain` all ask `decide`. A
form's grants can only narrow what a rule allows. Does not read records: whoever asks describes the item.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from iup.errors import ContentError
from iup.model.base import Handling, Line, Period, Record, State, YesNo
from iup.model.plan import Step
from iup.model.role import Condition, Role
from iup.policy.relations import Standing
from iup.site import yaml_diagnosis
from iup.site.load import ACCESS, located

if TYPE_CHECKING:
    from collections.abc import Hashable

    from iup.model.form import Grant
    from iup.problems import Finding
    from iup.system.git.trees import Tree


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


class Sensitive(StrEnum):
    """The files that decide who gets what, as `två_personer` names them."""

    POLICIES = "policies"
    SCHOOLS = "schools"
    PEOPLE = "people"
    KEYS = "keys"
    MUNICIPALITY = "municipality"
    ROSTER = "roster"


class AccessRule(Record):
    """One rule of `access.yaml`. The defaults are narrow: no drafts, no working material, nothing private."""

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
    two_people: tuple[Sensitive, ...] = Field(default=(), alias="två_personer")
    rules: tuple[AccessRule, ...] = Field(alias="regler", min_length=1)

    @cached_property
    def circles(self) -> dict[Hashable, tuple[Role, ...]]:
        """What `circle` has answered."""
        return {}

    @cached_property
    def _fields(self) -> frozenset[str]:
        """The names of the fields that some rule is about."""
        return frozenset(name for rule in self.rules for name in rule.fields)

    @cached_property
    def _candidates(self) -> dict[Hashable, tuple[_Candidate, ...]]:
        return {}

    def candidates(self, action: Action, item: Item, who: Standing) -> tuple[_Candidate, ...]:
        """Return the rules that apply to an item, whoever asks and wherever a goal moves, in the order they stand."""
        named = item.field if item.field in self._fields else ""
        case = (action, item.kind, item.handling, item.state, named, who.day, who.literate, who.protected)
        found = self._candidates.get(case)
        if found is None:
            rules = (rule for rule in self.rules if _applies(rule, action, item, who))
            found = self._candidates[case] = tuple(map(_Candidate.of, rules))
        return found


class Item(NamedTuple):
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


class Decision(NamedTuple):
    """Yes or no, with the rule that said it and why."""

    allowed: bool
    rule: str
    reason: str


class Ruling(NamedTuple):
    """A decision about an item, kept so that `explain` shows what a view really asked."""

    action: Action
    item: Item
    decision: Decision


@dataclass(frozen=True)
class _Candidate:
    """A rule that may decide, whom it is about, and what it then decides."""

    rule: AccessRule
    who: frozenset[Role]
    decision: Decision

    @classmethod
    def of(cls, rule: AccessRule) -> _Candidate:
        return cls(rule, frozenset(rule.who), Decision(allowed=not rule.deny, rule=rule.id, reason=rule.reason))


_NOBODY = Decision(allowed=False, rule="ingen-relation", reason="ingen relation till eleven gäller den dagen")
_DEFAULT = Decision(allowed=False, rule="stängt", reason="ingen regel ger rätten")


def load_policy(tree: Tree) -> tuple[Policy | None, tuple[Finding, ...]]:
    """Read `policies/access.yaml`."""
    if ACCESS not in tree:
        return None, ()
    return yaml_diagnosis.read(ACCESS, tree.read(ACCESS), Policy)


def required_policy(tree: Tree) -> Policy:
    """Read the policy or raise `ContentError`: without rules nobody may see anything, and nothing is built."""
    policy, findings = load_policy(tree)
    if policy is None:
        raise ContentError(located(tree, findings))
    return policy


def decide(
    policy: Policy, action: Action, item: Item, who: Standing, move: tuple[Step, Step] | None = None
) -> Decision:
    """Say whether somebody may do something with an item, by which rule and why. `move` is a goal's from and to."""
    if not who.roles or item.pupil != who.pupil:
        return _NOBODY
    roles = _towards(who, item)
    allowing: Decision | None = None
    for candidate in policy.candidates(action, item, who):
        if roles.isdisjoint(candidate.who) or not (move is None or _moves(candidate.rule, *move)):
            continue
        if candidate.rule.deny:
            return candidate.decision
        allowing = allowing or candidate.decision
    if allowing is None:
        return _DEFAULT
    grants = item.readers if action is Action.READ else item.writers
    if grants is not None and not any(grant.role in roles and who.meets(grant.when) for grant in grants):
        circle = ", ".join(dict.fromkeys(f"{g.role}{f' ({g.when})' if g.when else ''}" for g in grants)) or "ingen"
        return Decision(allowed=False, rule=f"mallen:{item.field}", reason=f"mallen ger bara rätten till: {circle}")
    return allowing


def _towards(who: Standing, item: Item) -> frozenset[Role]:
    """Return somebody's roles towards an item; an author counts only while another relation holds."""
    found = who.lasting
    if who.reader in item.authors:
        found |= {Role.AUTHOR}
    if who.reader == item.person:
        found |= {Role.SELF}
    if item.subject and item.subject in who.subjects:
        found |= {Role.SUBJECT_TEACHER}
    return found


def _applies(rule: AccessRule, action: Action, item: Item, who: Standing) -> bool:
    """Say whether a rule is about an item; what is asked here of both is in the key of `Policy.candidates`."""
    return (
        action in rule.may
        and item.kind in rule.what
        and item.handling in rule.handling
        and item.state in rule.state
        and (not rule.fields or item.field in rule.fields)
        and (rule.period is None or rule.period.covers(who.day))
        and who.meets(rule.when)
    )


def _moves(rule: AccessRule, came: Step, goes: Step) -> bool:
    return came in rule.from_step and goes in rule.to_step and came != goes


# The order in which "Läses av" names them. A subject teacher is a teacher, so is named only where teachers are not.
CIRCLE = (Role.PUPIL, Role.GUARDIAN, Role.MENTOR, Role.TEACHER, Role.SUBJECT_TEACHER, Role.PRINCIPAL, Role.BOARD)


def circle(policy: Policy, item: Item, pupil: Standing, action: Action = Action.READ) -> tuple[Role, ...]:
    """Return the roles that may do something with an item, as the print "Läses av: …" lists them.

    `decide` is asked with an imagined person of each role, so that print and right cannot differ. `pupil` gives the
    facts about the pupil and the day.
    """
    # Who the pupil is, and who wrote the item, decide nothing.
    asked = item._replace(pupil="?" if item.pupil == pupil.pupil else "", authors=frozenset())
    key = (asked, pupil.day, pupil.literate, pupil.protected, action)
    if key not in policy.circles:
        policy.circles[key] = _circle(policy, item, pupil, action)
    return policy.circles[key]


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
        asked = item._replace(authors=frozenset({somebody}) if author else frozenset())
        return decide(policy, action, asked, imagined).allowed

    found = [role for role in CIRCLE if may(role)]
    if Role.TEACHER in found and Role.SUBJECT_TEACHER in found:
        found.remove(Role.SUBJECT_TEACHER)
    if any(role not in found and may(role, author=True) for role in (Role.PUPIL, Role.GUARDIAN)):
        found.insert(0, Role.AUTHOR)
    return tuple(found)
