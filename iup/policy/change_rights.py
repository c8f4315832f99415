"""May somebody make a change, by the policy and the relations that held before it?

In: the school and the policy as they were before the change, who makes it, the day it is received, and a `Change`.
Nobody gives themselves a right in the change that uses it. Out: a decision and, where it is no, located findings. Asks
`access.decide` about the same items as views and places to write do. The caller has made sure of who made the change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iup.model.base import State
from iup.model.form import Grant, PartKind
from iup.model.plan import Assessment, Comment, Entry, Goal, Move, Reading, Step
from iup.model.role import Role
from iup.policy.access import Action, Decision, Item, Kind, decide
from iup.policy.changes import ChangeKind
from iup.policy.items import (
    assessment_item,
    authors,
    comment_item,
    field_item,
    goal_item,
    move_item,
    new_comment_item,
    part_of,
    reading_item,
)
from iup.policy.place_keys import MoveName, goal_part
from iup.policy.relations import standing
from iup.policy.writable import HOME, STAFF
from iup.problems import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.form import Form, FormField, Part
    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.policy.changes import Change
    from iup.problems import Finding

# A fault wherever it stands, so that `check` has these two as well.
STEP = Rule(
    "mål-steg",
    Severity.FAULT,
    "målet tar ett steg som inte finns",
    "Ett mål börjar som nytt. När elev och lärare har talat om det blir det pågående. När eleven tycker att det är "
    "nått blir det klart, och när läraren är överens blir det uppfyllt; annars går det tillbaka till pågående med "
    "en kommentar. Inget steg hoppas över.",
    "lägg till steget som saknas, med dagen då det togs",
)
NO_COMMENT = Rule(
    "mål-kommentar",
    Severity.FAULT,
    "målet går tillbaka från klart utan att läraren säger varför",
    "När läraren inte håller med om att målet är nått ska eleven få veta vad som är kvar. Det står i en kommentar "
    "på steget.",
    "lägg till en kommentar på steget",
)
RULES = (
    NO_RIGHT := Rule(
        "rätt-saknas",
        Severity.FAULT,
        "den som har ändrat här får inte göra det",
        "Varje ändring prövas mot policies/access.yaml, skolans mall och de relationer som gällde före ändringen, på "
        "dagen då förrådet tar emot den. Meddelandet säger vilken regel som svarade nej. Den som ska ha rätten får "
        "den av rektor eller expeditionen, i en egen ändring som skickas upp först.",
        "låt den som får skriva här göra ändringen",
    ),
    FALSE_AUTHOR := Rule(
        "av-någon-annan",
        Severity.FAULT,
        "av nämner någon annan än den som har gjort ändringen",
        "Den som skriver sätter sitt eget id i av (och i föreslaget_av för ett nytt mål). Ord som hemmet har sagt "
        "eller skickat förs in med build.py receive, som skriver hemmets namn och vem som tog emot.",
        "skriv ditt eget id, eller för in svaret med build.py receive",
    ),
    FALSE_DAY := Rule(
        "datum-bakåt",
        Severity.FAULT,
        "datumet ligger före det som stod här, eller har inte varit än",
        "En text som skrivs om får ett nytt datum, och ett steg läggs aldrig före ett steg som redan är taget. Dagens "
        "datum på förrådets klocka är det sista som går att skriva.",
        "skriv dagens datum",
    ),
    REWRITTEN := Rule(
        "förlopp-omskrivet",
        Severity.FAULT,
        "ett steg som redan är incheckat har ändrats eller tagits bort",
        "Ett måls förlopp växer bara: nya steg läggs sist och de gamla står kvar som de togs. Är ett steg fel läggs "
        "ett nytt till, med en kommentar.",
        "hämta tillbaka de gamla stegen med git, och lägg det nya sist",
    ),
    BACKWARDS := Rule(
        "läge-bakåt",
        Severity.FAULT,
        "läge går bakåt, eller planen är redan fastställd",
        "Ett läge går från utkast till delad till fastställd. Det som hemmet har fått går inte att ta tillbaka, och en "
        "fastställd plan står som den är tills nästa termins plan börjar.",
        "låt läge stå; en ny termin börjar med en ny plan",
    ),
    IN_PLACE := Rule(
        "åt-utan-rätt",
        Severity.FAULT,
        "åt får bara stå där en vårdnadshavare skriver för en elev som inte kan skriva själv",
        "Medan eleven inte kan skriva får en vårdnadshavare skriva elevens ord, med sitt eget id i av och elevens i "
        "åt. Ingen annan skriver i elevens ställe.",
        "ta bort åt",
    ),
)
NEXT = {
    Step.NEW: frozenset({Step.ONGOING}),
    Step.ONGOING: frozenset({Step.DONE}),
    Step.DONE: frozenset({Step.MET, Step.ONGOING}),
    Step.MET: frozenset[Step](),
}
_FORWARD = (State.DRAFT, State.SHARED, State.FINAL)


@dataclass(frozen=True)
class ChangeContext:
    """What a change is judged by: school and policy as they were before it, and the day it came."""

    school: School
    policy: Policy
    day: date


def may_change(former: ChangeContext, who: str, change: Change) -> Decision:
    """Say whether somebody may make a change and by which rule, as things were before it."""
    asked = _asked(former, change)
    if asked is None:
        return Decision(allowed=False, rule="mallen", reason="fältet finns inte i planens mall")
    action, item, move = asked
    stands = standing(former.school, who, change.pupil, former.day)
    if move is not None:  # whoever is both: the home says klart, only staff judge it
        home = goal_part(change.key) in (MoveName.DONE, MoveName.UNDONE)
        stands = replace(stands, roles=stands.roles & (HOME if home else STAFF))
    return decide(former.policy, action, item, stands, move)


def faults(former: ChangeContext, who: str, change: Change, *, chosen: bool = False) -> Iterator[Finding]:
    """Yield what is wrong with somebody's change: they may not make it, or it does not say truly who and when.

    `chosen`: the words are of another's change, which was judged by itself, and this somebody only lets them stand.
    """
    keys = change.keys
    if (wrong := _step_fault(change)) is not None:
        yield wrong
        return
    decision = may_change(former, who, change)
    if not decision.allowed:
        yield no_right(decision, change.path, *keys)
        return
    if not _is_forward(change):
        yield BACKWARDS.at(change.path, *keys)
    if chosen:
        return
    if change.author and (change.author != who or _first_step_by_another(change)):
        yield FALSE_AUTHOR.at(change.path, *_signed(change))
    elif change.on_behalf and not _may_stand_in(former, who, change):
        yield IN_PLACE.at(change.path, *_signed(change)[:-1], "åt")
    if change.day is not None and not _is_in_time(former, change):
        yield FALSE_DAY.at(change.path, *_signed(change)[:-1], "datum")


def no_right(decision: Decision, path: str, *keys: str | int) -> Finding:
    """Report a decision that says no, with its reason and its rule."""
    return NO_RIGHT.at(path, *keys, message=f"{NO_RIGHT.summary}: {decision.reason} ({decision.rule})")


def _signed(change: Change) -> tuple[str | int, ...]:
    """Return the keys of the line that says who wrote."""
    match change.what:
        case ChangeKind.GOAL:
            return change.keys
        case ChangeKind.ASSESSMENT:
            return (*change.keys[:-1], "av")
        case _:
            return (*change.keys, "av")


def _is_forward(change: Change) -> bool:
    if change.what in (ChangeKind.STATE, ChangeKind.GOAL_STATE):
        return _FORWARD.index(State(str(change.new))) > _FORWARD.index(State(str(change.old)))
    if change.what is ChangeKind.PLAN and change.old is not None and change.new is not None:
        return term_order(str(change.new)) > term_order(str(change.old))
    return True


def term_order(name: str) -> tuple[str, str]:
    """Return a term so that terms sort by time: spring comes first in a year."""
    half, year = name.split(" ")
    return year, {"VT": "1", "HT": "2"}[half]


def _step_fault(change: Change) -> Finding | None:
    """Return what is wrong with a goal's step whoever takes it."""
    if change.what is ChangeKind.COURSE:
        return REWRITTEN.at(change.path, *change.keys)
    goal, move = change.within, change.new
    if change.what is ChangeKind.GOAL and isinstance(move, Goal) and move.course[0].step is not Step.NEW:
        keys = (*change.keys[:-1], "förlopp", 0, "steg")
        return STEP.at(change.path, *keys, message="målets första steg är inte ”nytt”")
    if change.what is not ChangeKind.STEP or not isinstance(goal, Goal) or not isinstance(move, Move):
        return None
    if move.step not in NEXT[goal.step]:
        said = f"målet går från ”{goal.step}” till ”{move.step}”"
        return STEP.at(change.path, *change.keys, "steg", message=said)
    if move.step is Step.ONGOING and goal.step is Step.DONE and goal_part(change.key) == MoveName.BACK:
        return None if move.comment else NO_COMMENT.at(change.path, *change.keys, "steg")
    return None


def _first_step_by_another(change: Change) -> bool:
    return isinstance(change.new, Goal) and change.new.course[0].author != change.new.proposed_by


def _may_stand_in(former: ChangeContext, who: str, change: Change) -> bool:
    roles = standing(former.school, who, change.pupil, former.day)
    return change.on_behalf == change.pupil and Role.GUARDIAN in roles.roles and not roles.literate


def _is_in_time(former: ChangeContext, change: Change) -> bool:
    earliest = None
    if isinstance(change.old, Entry | Assessment | Comment | Reading):
        earliest = change.old.day
    elif isinstance(change.within, Goal) and change.what is ChangeKind.STEP:
        earliest = change.within.course[-1].day
    return change.day is not None and change.day <= former.day and (earliest is None or earliest <= change.day)


def _asked(former: ChangeContext, change: Change) -> tuple[Action, Item, tuple[Step, Step] | None] | None:
    """Return what the policy is asked about a change, or None where the form has no such place."""
    writes = Action.REMOVE if change.new is None else Action.WRITE
    state = change.within.state
    match change.what:
        case ChangeKind.LABEL:
            return Action.WRITE, Item(Kind.LABEL, change.pupil), None
        case ChangeKind.PLAN | ChangeKind.HEAD | ChangeKind.STATE:
            return writes, Item(Kind.PLAN, change.pupil, state=state), None
        case ChangeKind.ENTRY:
            found = _field(former, change)
            if found is None:
                return None
            whose = authors(change.old) if isinstance(change.old, Entry) else frozenset[str]()
            return writes, field_item(change.pupil, state, *found, whose), None
        case ChangeKind.READING:
            return writes, reading_item(change.pupil, state, change.name), None
        case ChangeKind.ASSESSMENT:
            part = _part(former, change, PartKind.ASSESSMENTS)
            author = change.old.author if isinstance(change.old, Assessment) else ""
            item = assessment_item(change.pupil, state, part, change.name, author) if part else None
            return None if item is None else (writes, item, None)
        case _:
            return _about_goal(former, change)


def _about_goal(former: ChangeContext, change: Change) -> tuple[Action, Item, tuple[Step, Step] | None]:
    part = next((part for form in _forms(former, change) if (part := part_of(form, PartKind.GOALS))), None)
    goal = change.within
    assert isinstance(goal, Goal)  # noqa: S101  what is not about the plan is about a goal
    item = goal_item(change.pupil, goal, part)
    stands = change.old or change.new
    if isinstance(stands, Comment):
        item = comment_item(change.pupil, goal, stands, part)
        if change.old is None:
            return Action.WRITE, new_comment_item(change.pupil, goal, part)._replace(state=stands.state), None
        # What stands there is its author's to alter or take back.
        item = item._replace(writers=(Grant(vem=Role.AUTHOR),))
        return Action.REMOVE if change.new is None else Action.WRITE, item, None
    if isinstance(change.new, Move):
        return Action.MOVE, move_item(change.pupil, goal), (goal.step, change.new.step)
    if change.what is ChangeKind.GOAL:
        return Action.REMOVE if change.new is None else Action.PROPOSE, item, None
    return Action.WRITE, item, None


def _forms(former: ChangeContext, change: Change) -> Iterator[Form]:
    return (form for ref in change.forms if (form := former.school.forms.get(ref)) is not None)


def _part(former: ChangeContext, change: Change, kind: PartKind) -> Part | None:
    parts = (part for form in _forms(former, change) for part in form.parts)
    return next((part for part in parts if part.kind is kind), None)


def _field(former: ChangeContext, change: Change) -> tuple[Part, FormField] | None:
    parts = (part for form in _forms(former, change) for part in form.parts)
    return next(((part, known) for part in parts for known in part.fields if known.id == change.name), None)
