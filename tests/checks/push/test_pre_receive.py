"""The repository's door: pushes to a bare repository with the hook, by those who may and by those who may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import DAY
from tests.support.repository import (
    AGREED,
    AGREED_ANEW,
    ART,
    FORMER_SPORTS,
    GOALS,
    MENTOR,
    OFFICE,
    PLAN,
    PRINCIPAL,
    PUPIL,
    SPORTS,
    Server,
    git,
    refusals,
)

if TYPE_CHECKING:
    from tests.support.repository import Clone

SPORT = "gehör"
STEP = """        kommentar: |
          Noel läste alla sju på kylskåpet i kväll, även när jag blandade dem.
"""


def met(clone: Clone, who: str, step: str = "uppfyllt", more: str = "") -> None:
    clone.edit(GOALS, (STEP, f"{STEP}      - steg: {step}\n        datum: {DAY}\n        av: {who}\n{more}"))


def test_the_mentor_writes_the_plan(server: Server, mentor: Clone) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    oid = mentor.commit()

    done = mentor.push()

    assert done.code == 0, done.err
    assert server.tip() == oid


def test_a_teacher_writes_the_omdome_of_their_own_subject(server: Server) -> None:
    teacher = server.clone(SPORTS)
    teacher.edit(PLAN, ("nivå: mer_än_godtagbara", "nivå: godtagbara"))
    teacher.commit()

    assert teacher.push().code == 0


@pytest.mark.parametrize(
    ("person", "path", "change", "rule", "line"),
    [
        pytest.param(
            SPORTS,
            PLAN,
            ("    av: j2y8c\n    datum: 2026-10-30", f"    av: g4s7e\n    datum: {DAY}"),
            "rätt-saknas",
            "    av: g4s7e",
            id="one subject's teacher writes another's omdöme",
        ),
        pytest.param(
            SPORTS, PLAN, (AGREED, AGREED_ANEW), "rätt-saknas", "  överenskommelser", id="a teacher writes the plan"
        ),
        pytest.param(
            FORMER_SPORTS,
            PLAN,
            ("nivå: mer_än_godtagbara", "nivå: godtagbara"),
            "rätt-saknas",
            "    nivå: godtagbara",
            id="a teacher whose time has ended",
        ),
        pytest.param(
            MENTOR, PLAN, (AGREED, AGREED_ANEW.replace("t3m8k", "j2y8c")), "av-någon-annan", "", id="another's name"
        ),
        pytest.param(
            MENTOR, PLAN, (AGREED, AGREED_ANEW.replace(DAY, "2026-11-25")), "datum-bakåt", "", id="a day to come"
        ),
        pytest.param(
            MENTOR, PLAN, (AGREED, AGREED_ANEW.replace(DAY, "2026-11-15")), "datum-bakåt", "", id="a day before"
        ),
        pytest.param(MENTOR, PLAN, ("läge: delad", "läge: utkast"), "läge-bakåt", "läge: utkast", id="taken back"),
        pytest.param(
            MENTOR, PLAN, ("text: Ganska bra", "text: Bra"), "rätt-saknas", "  trivs_jag", id="the pupil's words"
        ),
        pytest.param(
            MENTOR,
            GOALS,
            ("      - steg: klart\n        datum: 2026-11-20", "      - steg: klart\n        datum: 2026-11-21"),
            "förlopp-omskrivet",
            "      - steg: klart",
            id="a step rewritten",
        ),
        pytest.param(
            MENTOR, GOALS, ("Noel vill skriva om bron, säger han.", "Bron."), "rätt-saknas", "", id="a comment"
        ),
        pytest.param(SPORTS, GOALS, ("tre ord", "fem ord"), "rätt-saknas", "", id="a goal of another subject"),
        pytest.param(
            SPORTS,
            "content/schools/kvarnriset.yaml",
            ("{person: t3m8k", "{person: g4s7e"),
            "rätt-saknas",
            "",
            id="a right of one's own",
        ),
    ],
)
def test_what_somebody_may_not_write_is_refused(
    server: Server, person: str, path: str, change: tuple[str, str], rule: str, line: str
) -> None:
    clone = server.clone(person)
    clone.edit(path, change)
    clone.commit()
    before = server.tip()

    done = clone.push()

    found = refusals(done)
    assert [name for _, name in found] == [rule], done.err
    place, number, column = found[0][0].rsplit(":", 2)
    assert place == path
    text = (clone.path / path).read_text(encoding="utf-8").splitlines()[int(number) - 1]
    assert not line or text.startswith(line)
    assert text[int(column) - 1 :].strip()
    assert server.tip() == before


def test_words_of_a_pupil_never_stand_in_what_the_server_says(server: Server) -> None:
    teacher = server.clone(SPORTS)
    teacher.edit(PLAN, (AGREED, AGREED_ANEW), ("text: Ganska bra", "text: Hemskt"))
    teacher.commit()

    said = teacher.push().err

    assert "Hemskt" not in said
    assert "februari" not in said
    assert "Noel" not in said
    assert "Inget av det du skickade togs emot" in said
    assert "tips: " in said


def test_a_file_that_cannot_be_read_is_refused_where_it_breaks(mentor: Clone) -> None:
    mentor.edit(PLAN, ("läge: delad", "läge: delad\nläge: delad"))
    mentor.commit()

    assert refusals(mentor.push()) == [(f"{PLAN}:6:1", "yaml-dubblett")]


# --- goals


def test_a_goal_goes_its_way_by_those_who_may_move_it(mentor: Clone) -> None:
    met(mentor, MENTOR)
    mentor.commit()

    assert mentor.push().code == 0


@pytest.mark.parametrize(
    ("person", "step", "more", "rule"),
    [
        (MENTOR, "pågående", "", "mål-kommentar"),
        (MENTOR, "nytt", "", "mål-steg"),
        (SPORTS, "uppfyllt", "", ""),
        (PRINCIPAL, "uppfyllt", "", "rätt-saknas"),
        (OFFICE, "uppfyllt", "", "rätt-saknas"),
        (MENTOR, "pågående", "        kommentar: Två dagar är kvar.\n", ""),
    ],
)
def test_a_goal_is_judged_by_the_step_it_takes(server: Server, person: str, step: str, more: str, rule: str) -> None:
    clone = server.clone(person)
    met(clone, person, step, more)
    clone.commit()

    done = clone.push()

    assert [name for _, name in refusals(done)] == ([rule] if rule else []), done.err
    assert (done.code == 0) is not bool(rule)


def test_a_teacher_does_not_say_klart_for_the_pupil(mentor: Clone) -> None:
    step = "      - steg: nytt\n        datum: 2026-11-16\n        av: t3m8k\n"
    begun = f"{step}      - steg: pågående\n        datum: {DAY}\n        av: t3m8k\n"
    mentor.edit(GOALS, (step, begun))
    mentor.commit()
    assert mentor.push().code == 0
    mentor.edit(GOALS, (begun, f"{begun}      - steg: klart\n        datum: {DAY}\n        av: t3m8k\n"))
    mentor.commit()

    assert [name for _, name in refusals(mentor.push())] == ["rätt-saknas"]


def test_a_goal_that_the_home_has_seen_is_not_removed(mentor: Clone) -> None:
    text = (mentor.path / GOALS).read_text(encoding="utf-8")
    (mentor.path / GOALS).write_text(text[: text.index("  - id: m2")], encoding="utf-8")
    mentor.commit()

    assert [name for _, name in refusals(mentor.push())] == ["rätt-saknas"]


NEW_GOAL = """  - id: m3
    läge: delad
    ämne: Bild
    mål: Måla en bro i vattenfärg.
    föreslaget_av: {by}
    förlopp:
      - {{steg: nytt, datum: 2026-11-24, av: {by}}}
"""


@pytest.mark.parametrize(
    ("person", "by", "rule"), [(ART, ART, ""), (ART, PUPIL, "av-någon-annan"), (OFFICE, OFFICE, "rätt-saknas")]
)
def test_a_new_goal_is_proposed_in_ones_own_name(server: Server, person: str, by: str, rule: str) -> None:
    clone = server.clone(person)
    clone.edit(GOALS, ("", NEW_GOAL.format(by=by)))
    clone.commit()

    assert [name for _, name in refusals(clone.push())] == ([rule] if rule else [])


# --- relations and rules


def test_nobody_gives_themselves_a_right_in_the_push_that_uses_it(server: Server) -> None:
    principal = server.clone(PRINCIPAL)
    school = "content/schools/kvarnriset.yaml"
    mentors = "    namn: 2B\n    årskurs: 2\n    läsår: 2026/2027\n    mentor:\n"
    principal.edit(school, (mentors, f"{mentors}      - {{person: r4x8w, från: 2026-08-17}}\n"))
    principal.commit("Ny mentor")
    principal.edit(PLAN, (AGREED, AGREED_ANEW.replace("t3m8k", "r4x8w")))
    principal.commit("Överenskommelsen")

    done = principal.push()

    assert [(place.partition(":")[0], rule) for place, rule in refusals(done)] == [(PLAN, "rätt-saknas")]
    principal.git("reset", "--quiet", "--hard", "HEAD~1")
    assert principal.push().code == 0  # what a principal may do, one push at a time and under their own name


@pytest.mark.parametrize(
    ("person", "path", "allowed"),
    [
        (OFFICE, "policies/access.yaml", True),
        (PRINCIPAL, "policies/access.yaml", False),
        (PRINCIPAL, "policies/forms/iup-1-3.yaml", True),
        (MENTOR, "policies/forms/iup-1-3.yaml", False),
        (PRINCIPAL, "content/people/e5h7w.yaml", True),
        (MENTOR, "content/people/t3m8k.yaml", False),
        (OFFICE, "content/municipality.yaml", True),
        (PRINCIPAL, "content/municipality.yaml", False),
        (PRINCIPAL, "content/schools/ljusfallet.yaml", False),
        (PRINCIPAL, "content/pupils/a6n4x/pupil.yaml", True),
        (PRINCIPAL, "content/pupils/w2g9n/pupil.yaml", False),
        (MENTOR, "content/pupils/a6n4x/pupil.yaml", False),
        (OFFICE, "content/pupils/a6n4x/pupil.yaml", True),
        (PRINCIPAL, "content/roster.yaml", True),
        (MENTOR, "content/roster.yaml", False),
        (OFFICE, ".gitignore", True),
        (MENTOR, ".gitignore", False),
        (SPORTS, "content/pupils/a6n4x/plan.yaml", True),
        (SPORTS, "content/pupils/w2g9n/plan.yaml", False),
    ],
)
def test_files_are_kept_by_those_whose_they_are(server: Server, person: str, path: str, allowed: bool) -> None:  # noqa: FBT001  a column
    clone = server.clone(person)
    clone.edit(path, ("", "# en rad\n"))
    clone.commit()

    done = clone.push()

    assert [rule for _, rule in refusals(done)] == ([] if allowed else ["rätt-saknas"]), done.err


# --- who it is


def test_an_account_that_nobody_has_is_refused(mentor: Clone) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()

    assert [rule for _, rule in refusals(mentor.push(account="okand"))] == ["okänd-avsändare"]
    assert [rule for _, rule in refusals(mentor.push(account=""))] == ["okänd-avsändare"]


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (("--author", "Karin Sjöholm <karin.sjoholm@alvhamra.example>"), {}),
        ((), {"GIT_COMMITTER_EMAIL": "karin.sjoholm@alvhamra.example"}),
        (
            (),
            {
                "GIT_AUTHOR_EMAIL": "karin.sjoholm@alvhamra.example",
                "GIT_COMMITTER_EMAIL": "karin.sjoholm@alvhamra.example",
            },
        ),
    ],
)
def test_a_commit_in_another_name_is_refused(mentor: Clone, options: tuple[str, ...], env: dict[str, str]) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    oid = mentor.commit("Efter samtalet", *options, env=env)

    found = refusals(mentor.push())

    assert [rule for _, rule in found] == ["incheckad-av-annan"]
    assert found[0][0].startswith(f"incheckning {oid[:10]}:")


def test_a_commit_that_says_it_was_made_while_the_relation_held_is_judged_today(server: Server) -> None:
    teacher = server.clone(FORMER_SPORTS)
    teacher.edit(
        PLAN,
        ("nivå: mer_än_godtagbara", "nivå: godtagbara"),
        ("    av: g4s7e\n    datum: 2026-11-05", "    av: d9k3v\n    datum: 2026-10-20"),
    )
    then = "2026-10-20T12:00:00+0200"
    teacher.commit(env={"GIT_AUTHOR_DATE": then, "GIT_COMMITTER_DATE": then})

    assert {rule for _, rule in refusals(teacher.push())} == {"rätt-saknas"}


# --- what may happen to the repository


def test_history_only_grows(server: Server, mentor: Clone) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    assert mentor.push().code == 0
    kept = server.tip()
    mentor.git("commit", "--quiet", "--amend", "--message", "Annat")

    forced = mentor.push("--force", "HEAD:main")
    deleted = mentor.push(":main")

    assert forced.code
    assert [rule for _, rule in refusals(deleted)] == ["gren-borttagen"]
    assert server.tip() == kept


def test_the_hook_itself_refuses_a_rewritten_history(server: Server, mentor: Clone) -> None:
    git(server.path, "config", "receive.denyNonFastForwards", "false")
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    assert mentor.push().code == 0
    mentor.git("commit", "--quiet", "--amend", "--message", "Annat")

    assert [rule for _, rule in refusals(mentor.push("--force", "HEAD:main"))] == ["historik-omskriven"]


def test_a_history_that_is_not_the_repository_s_is_refused(mentor: Clone) -> None:
    mentor.git("checkout", "--quiet", "--orphan", "annan")
    mentor.commit("Allt på nytt")

    assert "historik-främmande" in [rule for _, rule in refusals(mentor.push("HEAD:refs/heads/annan"))]
    mentor.git("checkout", "--quiet", "main")
    mentor.git("merge", "--quiet", "--allow-unrelated-histories", "--strategy=ours", "--message", "Hop", "annan")
    assert "historik-främmande" in [rule for _, rule in refusals(mentor.push())]


@pytest.mark.parametrize("kind", ["120000", "160000"])
def test_a_link_or_a_submodule_is_refused(mentor: Clone, kind: str) -> None:
    target = (
        mentor.git("hash-object", "-w", "--stdin").out.strip()
        if kind == "120000"
        else mentor.git("rev-parse", "HEAD").out.strip()
    )
    mentor.git("update-index", "--add", "--cacheinfo", f"{kind},{target},content/pupils/a6n4x/bild")
    mentor.git("commit", "--quiet", "--message", "Bild")

    assert refusals(mentor.push()) == [("content/pupils/a6n4x/bild:1:1", "fil-slag")]


def test_a_file_that_is_another_s_twin_on_some_machines_is_refused(server: Server) -> None:
    office = server.clone(OFFICE)
    office.edit("content/people/E5h7w.yaml", ("", "x: y\n"))
    office.commit("Person")

    assert ("content/people/E5h7w.yaml:1:1", "fil-tvilling") in refusals(office.push())


@pytest.mark.parametrize(
    "ref",
    ["refs/tags/v1", "refs/notes/x", "refs/replace/x", "refs/iup/archive/a6n4x", "refs/heads/Å B".replace(" ", "")],
)
def test_only_branches_with_plain_names_are_taken(server: Server, mentor: Clone, ref: str) -> None:
    assert [rule for _, rule in refusals(mentor.push(f"HEAD:{ref}"))] == ["ref-namn"]
    assert git(server.path, "for-each-ref", "--format=%(refname)").out.split() == ["refs/heads/main"]


def test_the_office_alone_has_refs_of_its_own_and_moves_them_forwards(server: Server) -> None:
    office = server.clone(OFFICE)
    ref = "refs/iup/archive/a6n4x"
    office.commit("Ett", "--allow-empty")
    assert office.push(f"HEAD:{ref}").code == 0
    office.git("commit", "--quiet", "--amend", "--allow-empty", "--message", "Två")

    assert office.push("--force", f"HEAD:{ref}").code
    assert [rule for _, rule in refusals(office.push(f":{ref}"))] == ["historik-omskriven"]


@pytest.mark.parametrize(
    "message",
    [
        "Noel får ny plan",
        "samtal med noel bergdahl",
        "Klart 20180314-2387",
        "Om Bergdahl, noel",
        "Noels plan",
        "samtal med SAGA STÅHL",
        "SAGA STÅHLS plan",
        "Saga Sta\u030ahl",
        "No\u00adel får ny plan",
    ],
)
def test_a_message_that_names_a_pupil_is_refused(mentor: Clone, message: str) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit(message)

    done = mentor.push()

    assert [rule for _, rule in refusals(done)] == ["namn-i-loggen"]
    assert "oel" not in done.err


@pytest.mark.parametrize("message", ["Efter samtalet", "Planen för barn nr 3 i 2B", "Från 2026-11-24 till 2026-12-21"])
def test_a_message_about_the_work_is_taken(mentor: Clone, message: str) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit(message)

    assert mentor.push().code == 0


def test_a_branch_that_names_a_pupil_is_refused(mentor: Clone) -> None:
    assert [rule for _, rule in refusals(mentor.push("HEAD:refs/heads/noel-plan"))] == ["namn-i-loggen"]
    assert mentor.push("HEAD:refs/heads/vecka-47").code == 0
    assert mentor.push(":refs/heads/vecka-47").code == 0
