"""Turn what a reply says into changes of a pupil's plan and goals.

In: accepted values with their places, who says them and the day. Out: functions that `yaml_edit.amend` carries out on
the file. Judges nothing and writes no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iup.policy import place_keys
from iup.policy.place_keys import AssessmentKey, FieldKey, GoalKey, MoveName, NewGoalKey, Once
from iup.policy.writable import PlaceKind
from iup.site import strict_yaml
from iup.site.yaml_edit import _list, _Maker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from iup.office.replies.reply import Value
    from iup.policy.writable import WritablePlace


_STEPS: dict[str, str] = {
    MoveName.ONGOING: "pågående",
    MoveName.DONE: "klart",
    MoveName.UNDONE: "pågående",
    MoveName.MET: "uppfyllt",
    MoveName.BACK: "pågående",
}


@dataclass(frozen=True)
class Statement:
    """Who says something about whom, and the day it is written down."""

    sender: str
    pupil: str
    day: date


@dataclass(frozen=True)
class PlacedValue:
    """A value to write and its place; `several` says that each writer has an entry of their own there."""

    place: WritablePlace
    value: Value
    several: bool = False


def new_goals(label: str) -> bytes:
    """Return the goals of a pupil who has none yet."""
    return strict_yaml.written({"barn": label, "mål": []})


def into_plan(written: Sequence[PlacedValue], words: Statement) -> Callable[[Any, _Maker], None]:
    """Return the change that writes fields, omdömen and readings into a plan."""

    def change(plan: Any, make: _Maker) -> None:  # noqa: ANN401  plain or ruamel's
        for one in written:
            match place_keys.parse(one.place.key):
                case FieldKey(name):
                    _field(plan, name, one, words, make)
                case AssessmentKey() as key:
                    _assessment(plan, key, one, words, make)
                case Once.READING:
                    row = make.mapping({"av": words.sender, "datum": words.day.isoformat()})
                    _list(plan, "läst", make).append(row)
                case _:
                    continue

    return change


def into_goals(written: Sequence[PlacedValue], words: Statement) -> Callable[[Any, _Maker], None]:
    """Return the change that writes comments, moves and a new goal into the goals."""

    def change(goals: Any, make: _Maker) -> None:  # noqa: ANN401  plain or ruamel's
        values = {one.place.key: one for one in written}
        for key, one in values.items():
            match place_keys.parse(key):
                case GoalKey(name, part):
                    goal = next(goal for goal in goals["mål"] if str(goal["id"]) == name)
                    _goal(goal, part, one, words, make)
                case NewGoalKey(""):
                    subject = values.get(str(NewGoalKey(place_keys.SUBJECT)))
                    _list(goals, "mål", make).append(_new_goal(goals, one, subject, words, make))

    return change


def _said(one: PlacedValue, make: _Maker) -> Any:  # noqa: ANN401  plain or ruamel's
    text = str(one.value)
    return make.text(text) if one.place.kind is PlaceKind.TEXT else make.line(text)


def _signed(one: PlacedValue, words: Statement) -> dict[str, Any]:
    behalf = {"åt": words.pupil} if one.place.for_pupil else {}
    return {"av": words.sender, **behalf, "datum": words.day.isoformat()}


def _field(plan: Any, name: str, one: PlacedValue, words: Statement, make: _Maker) -> None:  # noqa: ANN401
    if not plan.get("fält"):
        plan["fält"] = make.mapping({})
    fields = plan["fält"]
    entry = make.mapping({"text": _said(one, make), **_signed(one, words)})
    known = fields.get(name)
    if known is None:
        fields[name] = make.sequence([entry]) if one.several else entry
        return
    entries = known if isinstance(known, list) else [known]
    own = [e for e in entries if words.sender in (e["av"], e.get("åt"))] if one.several else entries[:1]
    former = next((e for e in own if e["av"] == words.sender), own[0] if own else None)
    if former is not None:
        make.put(former, "text", _said(one, make))
        former["av"], former["datum"] = words.sender, words.day.isoformat()
        if one.place.for_pupil:
            former["åt"] = words.pupil
        elif "åt" in former:
            del former["åt"]
    elif isinstance(known, list):
        known.append(entry)
    else:
        fields[name] = make.sequence([known, entry])


def _assessment(plan: Any, key: AssessmentKey, one: PlacedValue, words: Statement, make: _Maker) -> None:  # noqa: ANN401
    subject, what = key.row, key.part
    if not plan.get("omdömen"):
        plan["omdömen"] = make.mapping({})
    signed = {"av": words.sender, "datum": words.day.isoformat()}
    known = plan["omdömen"].get(subject)
    if known is None:
        plan["omdömen"][subject] = make.mapping({what: _said(one, make), **signed})
        return
    make.put(known, what, _said(one, make))
    known.update(signed)


def _goal(goal: Any, what: str, one: PlacedValue, words: Statement, make: _Maker) -> None:  # noqa: ANN401
    if what == place_keys.COMMENT:
        comments = _list(goal, "kommentarer", make)
        row = {"id": _free("c", comments), "läge": "delad", "av": words.sender, "datum": words.day.isoformat()}
        comments.append(make.mapping({**row, "text": _said(one, make)}))
        return
    day = str(one.value) if what == MoveName.ONGOING else words.day.isoformat()
    move: dict[str, Any] = {"steg": _STEPS[what], **_signed(one, words), "datum": day}
    if what == MoveName.BACK:
        move["kommentar"] = _said(one, make)
    goal["förlopp"].append(make.mapping(move))


def _new_goal(goals: Any, one: PlacedValue, subject: PlacedValue | None, words: Statement, make: _Maker) -> Any:  # noqa: ANN401
    first = make.mapping({"steg": "nytt", "datum": words.day.isoformat(), "av": words.sender})
    return make.mapping(
        {
            "id": _free("m", goals["mål"]),
            "läge": "delad",
            **({"ämne": _said(subject, make)} if subject else {}),
            "mål": _said(one, make),
            "föreslaget_av": words.sender,
            "förlopp": make.sequence([first]),
        }
    )


def _free(letter: str, rows: Any) -> str:  # noqa: ANN401  plain or ruamel's
    taken = {str(row["id"]) for row in rows}
    return next(f"{letter}{number}" for number in range(1, len(taken) + 2) if f"{letter}{number}" not in taken)
