"""What differs between two states of a pupil's records, by place; and `check` against what is committed."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.checks.push import rules
from iup.model.plan import Goals, Plan
from iup.policy import change_rights
from iup.policy.access import required_policy
from iup.policy.change_rights import ChangeContext, faults
from iup.policy.changes import Records, changes
from iup.site import decode, strict_yaml
from iup.site.load import load
from iup.system.git.trees import MemoryTree
from tests.conftest import DAY, ROOT, iup
from tests.site.test_merge import GOAL_EDITS, PLAN_EDITS, edited
from tests.support.repository import ART, GOALS, GUARDIAN, MENTOR, OFFICE, PLAN, PRINCIPAL, PUPIL, SPORTS

if TYPE_CHECKING:
    from tests.conftest import Place

BASE_PLAN, BASE_GOALS = (ROOT / PLAN).read_bytes(), (ROOT / GOALS).read_bytes()


def records(plan: bytes = BASE_PLAN, goals: bytes = BASE_GOALS) -> Records:
    first, wrong = decode.decode(Plan, strict_yaml.parse(plan), PLAN)
    second, also = decode.decode(Goals, strict_yaml.parse(goals), GOALS)
    assert not (*wrong, *also)
    return Records(PUPIL, first, second)


def keys(after: Records) -> list[str]:
    return [change.key for change in changes(records(), after)]


@pytest.fixture(scope="module")
def former(files: dict[str, bytes]) -> ChangeContext:
    tree = MemoryTree(files)
    school, _ = load(tree)
    assert school is not None
    return ChangeContext(school, required_policy(tree), date.fromisoformat(DAY))


def judged(former: ChangeContext, who: str, before: Records, after: Records) -> list[str]:
    return [f"{f.rule.id}" for change in changes(before, after) for f in faults(former, who, change)]


def test_what_says_the_same_is_no_change() -> None:
    again = BASE_PLAN.replace(b"samtal:\n", b"# om samtalet\nsamtal:\n").replace(
        b"    text: Ganska bra\n", b'    text: "Ganska bra"\n'
    )

    assert again != BASE_PLAN
    assert keys(records(again)) == []


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        *zip(
            PLAN_EDITS,
            (
                *("plan", "plan/läge", "plan/samtal", "plan/samtal", "fält/trivs_jag", "fält/förberedelse_eleven"),
                *("fält/vill_prata_om", "omdöme/Svenska/nivå", "omdöme/Bild/nivå", "omdöme/Idrott och hälsa/nivå"),
                "fält/uppföljning/e5h7w",
            ),
            strict=True,
        )
    ],
)
def test_an_edit_of_a_plan_is_one_place(edit: tuple[str, str], key: str) -> None:
    assert key in keys(records(plan=edited(BASE_PLAN, edit)))
    assert key == "plan" or len(keys(records(plan=edited(BASE_PLAN, edit)))) == 1


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        *zip(
            GOAL_EDITS,
            (
                "mål/m1/text",
                "mål/m1/så_gör_vi",
                "mål/m1/så_gör_vi",
                "mål/m2/pågående",
                "mål/m2/kommentar/c1",
                "mål/m2/läge",
            ),
            strict=True,
        )
    ],
)
def test_an_edit_of_a_goal_is_one_place(edit: tuple[str, str], key: str) -> None:
    assert keys(records(goals=edited(BASE_GOALS, edit))) == [key]


def test_a_finished_plan_is_nobody_s_to_change_and_the_next_term_s_is_the_mentor_s(former: ChangeContext) -> None:
    final = edited(BASE_PLAN, ("läge: delad\n", "läge: fastställd\n"))
    altered = edited(final, ("läser ord med två till fyra ljud", "läser alla ord"))

    assert judged(former, MENTOR, records(), records(final)) == []
    assert judged(former, MENTOR, records(final), records(altered)) == ["rätt-saknas"]
    assert judged(former, MENTOR, records(final), records()) == ["rätt-saknas"]
    text = final.decode()
    head = text[: text.index("samtal:")].replace("HT 2026", "VT 2027").replace("fastställd", "utkast").encode()
    assert judged(former, MENTOR, records(final), records(head)) == []
    assert judged(former, SPORTS, records(final), records(head)) == ["rätt-saknas"]
    assert judged(former, MENTOR, records(head), records(edited(head, ("VT 2027", "HT 2026")))) == ["läge-bakåt"]


def test_where_several_write_each_keeps_their_own(former: ChangeContext) -> None:
    own = "  uppföljning:\n    - text: |\n        Förra planen handlade"
    other = BASE_PLAN.replace(
        b"      av: t3m8k\n      datum: 2026-11-16\nomd", b"      av: a6n4x\n      datum: 2026-11-16\nomd"
    )
    assert other != BASE_PLAN

    assert judged(former, MENTOR, records(other), records(edited(other, (own, own.replace("Förra", "Den förra"))))) == [
        "rätt-saknas"
    ]
    assert judged(former, MENTOR, records(), records(edited(BASE_PLAN, (own, own.replace("Förra", "Den förra"))))) == []
    assert judged(former, MENTOR, records(other), records()) == ["rätt-saknas"]


def test_a_comment_is_its_writer_s_to_alter_and_take_back(former: ChangeContext) -> None:
    altered = edited(BASE_GOALS, ("Noel vill skriva om bron, säger han.", "Bron."))
    text = BASE_GOALS.decode()
    gone = text[: text.index("    kommentarer:")].encode()

    for after in (altered, gone):
        assert judged(former, MENTOR, records(), records(goals=after)) == ["rätt-saknas"]
        assert judged(former, GUARDIAN, records(), records(goals=after)) == []


def test_that_a_plan_is_read_is_said_by_the_home_and_once(former: ChangeContext) -> None:
    def read(by: str) -> bytes:
        return BASE_PLAN.replace(b"samtal:\n", f"läst:\n  - {{av: {by}, datum: {DAY}}}\nsamtal:\n".encode())

    assert judged(former, GUARDIAN, records(), records(read(GUARDIAN))) == []
    assert judged(former, MENTOR, records(), records(read(MENTOR))) == ["rätt-saknas"]
    assert judged(former, MENTOR, records(read(GUARDIAN)), records()) == ["rätt-saknas"]


def test_the_line_that_says_whose_file_it_is_follows_the_class(former: ChangeContext) -> None:
    moved = records(BASE_PLAN.replace(b"2B", b"3B", 1), BASE_GOALS.replace(b"2B", b"3B", 1))

    for who in (MENTOR, PRINCIPAL, OFFICE):
        assert judged(former, who, records(), moved) == []
    assert judged(former, ART, records(), moved) == ["rätt-saknas", "rätt-saknas"]


def test_a_field_that_the_form_does_not_have_is_refused(former: ChangeContext) -> None:
    stray = edited(BASE_PLAN, ("fält:\n", f"fält:\n  påhittat:\n    text: Hej\n    av: t3m8k\n    datum: {DAY}\n"))

    assert judged(former, MENTOR, records(), records(stray)) == ["rätt-saknas"]


def test_the_whole_file_may_not_be_removed(former: ChangeContext) -> None:
    assert judged(former, MENTOR, records(), Records(PUPIL, None, records().goals)) == ["rätt-saknas"]


def test_every_rule_of_the_door_is_tried() -> None:
    tests = (*(ROOT / "tests" / "checks" / "push").glob("test_*.py"), ROOT / "tests" / "policy" / "test_changes.py")
    tried = "".join(path.read_text(encoding="utf-8") for path in tests)

    assert not {rule.id for rule in (*change_rights.RULES, *rules.RULES) if f'"{rule.id}"' not in tried}


# --- check against what is committed


def test_check_sees_a_course_that_was_rewritten_since_the_commit(place: Place) -> None:
    goals = place.site / GOALS
    goals.write_bytes(edited(goals.read_bytes(), ("        datum: 2026-11-20\n", "        datum: 2026-11-19\n")))

    done = place.run("check")
    assert done.code == 1
    assert re.search(rf"^{GOALS}:21:9: fel: .*\[förlopp-omskrivet\]$", done.out, re.MULTILINE)
    place.commit()
    assert place.run("check").code == 0
    assert "förlopp-omskrivet" in place.run("check", "--against", "HEAD~1").out
    assert place.run("check", "--against", "nowhere").code == 6


def test_check_judges_a_new_step_by_the_relations_of_the_commit(place: Place) -> None:
    goals, school = place.site / GOALS, place.site / "content" / "schools" / "kvarnriset.yaml"
    last = "          Noel läste alla sju på kylskåpet i kväll, även när jag blandade dem.\n"
    step = f"{last}      - {{steg: uppfyllt, datum: {DAY}, av: k3v9r}}\n"
    goals.write_bytes(edited(goals.read_bytes(), (last, step)))
    row = "      - {ämne: Bild, lärare: j2y8c, från: 2026-08-17}\n"
    text = school.read_text(encoding="utf-8")
    school.write_text(
        text.replace(row, row + "      - {ämne: Slöjd, lärare: k3v9r, från: 2026-08-17}\n", 1), encoding="utf-8"
    )

    assert "[mål-vem]" in place.run("check").out
    place.commit()
    assert "[mål-vem]" not in place.run("check").out


def test_check_without_a_history_holds_goals_against_nothing(place: Place) -> None:
    (place.site / ".git").rename(place.site / "elsewhere")

    assert place.run("check").code == 0
    assert iup("check", "--site", place.site, "--against", "HEAD").code == 6
