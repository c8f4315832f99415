"""A week of five people's work on one class, with git as they have it: everything that each may do comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import iup
from tests.support.repository import (
    AGREED,
    AGREED_ANEW,
    ART,
    GOALS,
    MENTOR,
    OFFICE,
    PLAN,
    PRINCIPAL,
    SPORTS,
    git,
    refusals,
)

if TYPE_CHECKING:
    from tests.support.repository import Clone, Server

OTHER_PLAN = "content/pupils/k7q2m/plan.yaml"
SCHOOL = "content/schools/kvarnriset.yaml"
GOAL = """  - id: {name}
    läge: delad
    ämne: {subject}
    mål: {text}
    föreslaget_av: {by}
    förlopp:
      - {{steg: nytt, datum: 2026-11-24, av: {by}}}
"""


def at_work(server: Server, person: str) -> Clone:
    clone = server.clone(person)
    done = iup("hooks", "install", "--site", clone.path)
    assert done.code == 0, done.err
    return clone


def pull(clone: Clone, *how: str) -> None:
    """Pull as people do, by merge unless told, with plans merged field by field."""
    clone.git("pull", "--quiet", "--no-edit", *(how or ("--no-rebase",)), env={"GIT_ALLOW_PROTOCOL": "file"})


def comes_in(clone: Clone, *refs: str) -> None:
    done = clone.push(*refs)
    assert done.code == 0, (refusals(done), done.err)


def test_a_week_of_five_people_comes_in(server: Server) -> None:
    mentor, sports, art, principal, office = (at_work(server, p) for p in (MENTOR, SPORTS, ART, PRINCIPAL, OFFICE))

    # Monday: two write in the same plan, one merges and one rebases.
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit("Överenskommelsen")
    sports.edit(PLAN, ("nivå: mer_än_godtagbara", "nivå: godtagbara"))
    sports.commit("Idrott")
    comes_in(mentor)
    pull(sports)
    comes_in(sports)
    art.edit(GOALS, ("", GOAL.format(name="m3", by=ART, subject="Bild", text="Måla en bro i vattenfärg.")))
    art.commit("Ett mål i bild")
    pull(art, "--rebase")
    comes_in(art)

    # Tuesday: a goal of the same number is proposed at the same time; the merge gives one of them another.
    mentor.edit(GOALS, ("", GOAL.format(name="m3", by=MENTOR, subject="Svenska", text="Läsa en bok till jul.")))
    mentor.commit("Ett mål i svenska")
    pull(mentor)
    comes_in(mentor)
    assert "id: m4" in git(server.path, "show", f"main:{GOALS}").out

    # Wednesday: a branch for review, with work on main meanwhile.
    office.git("checkout", "--quiet", "-b", "skolan")
    office.edit(SCHOOL, ("", "# läsåret är planerat\n"))
    office.commit("Skolan")
    comes_in(office, "HEAD:refs/heads/skolan")
    sports.edit(OTHER_PLAN, ("", "# idrott\n"))
    sports.commit("En rad")
    pull(sports)
    comes_in(sports)
    principal.git("fetch", "--quiet")
    principal.git("merge", "--quiet", "--no-edit", "origin/main")
    principal.git("merge", "--quiet", "--no-edit", "origin/skolan")
    comes_in(principal)

    # Thursday: one takes back what was their own, one merges a colleague's branch, one has been away.
    mentor.git("fetch", "--quiet")
    pull(mentor)
    mentor.edit(PLAN, ("Vi ses den 2 februari.", "Vi ses den 9 februari."))
    oid = mentor.commit("Ny dag")
    comes_in(mentor)
    mentor.git("revert", "--no-edit", oid)
    comes_in(mentor)
    art.commit("Tom dag", "--allow-empty")
    comes_in(art, "HEAD:refs/heads/bild")
    pull(art)
    comes_in(art)

    # Friday: everybody pulls, and everybody has the same.
    for clone in (mentor, sports, art, principal, office):
        clone.git("checkout", "--quiet", "-B", "main", "--track", "origin/main")
        pull(clone)
        assert clone.git("rev-parse", "HEAD").out.strip() == server.tip()
    assert iup("check", "--site", mentor.path, "--as-of", "2026-11-24").code == 0
