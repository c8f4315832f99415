"""What lands on main: who lets in the files that decide, whether that takes two, and faults that main did not have."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.support.repository import AGREED, AGREED_ANEW, MENTOR, OFFICE, PLAN, PRINCIPAL, Server, refusals, rules

if TYPE_CHECKING:
    from tests.support.repository import Clone

SCHOOL = "content/schools/kvarnriset.yaml"
ACCESS = "policies/access.yaml"


def without_hook(server: Server, path: str, *changes: tuple[str, str]) -> None:
    """Let main have something that the door would not take, as a school of before may have."""
    office = server.clone(OFFICE, f"former-{PurePosixPath(path).stem}")
    office.edit(path, *changes)
    office.commit("Som det var")
    with server.unguarded():
        assert office.push().code == 0


# --- who lets in


def test_a_sensitive_file_is_let_into_main_by_somebody_who_may_write_it(server: Server) -> None:
    principal, mentor = server.clone(PRINCIPAL), server.clone(MENTOR)
    principal.edit(SCHOOL, ("", "# en rad\n"))
    principal.commit("Skolan")
    assert principal.push("HEAD:refs/heads/skolan").code == 0
    mentor.git("fetch", "--quiet")

    assert rules(mentor, "origin/skolan:main") == ["införs-av-annan"]
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    mentor.git("merge", "--quiet", "--no-edit", "origin/skolan")
    assert rules(mentor) == ["införs-av-annan"]
    assert principal.push("HEAD:main").code == 0


def test_what_lay_on_a_branch_is_judged_by_the_rules_of_the_day_it_lands(server: Server) -> None:
    mentor, office = server.clone(MENTOR), server.clone(OFFICE)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    assert mentor.push("HEAD:refs/heads/vecka-48").code == 0
    office.edit(SCHOOL, ("{person: t3m8k, från: 2026-08-17}", "{person: g4s7e, från: 2026-08-17}"))
    office.commit("Ny mentor")
    assert office.push().code == 0
    office.git("fetch", "--quiet")
    office.git("merge", "--quiet", "--no-edit", "origin/vecka-48")

    assert "rätt-saknas" in rules(office)


# --- two people


def test_rules_take_two_where_the_school_wants_it(server: Server) -> None:
    """One of the office's staff writes, another lets in; nobody does both, whoever wrote last."""
    without_hook(server, ACCESS, ("pdf: [", "två_personer: [policies]\npdf: ["))
    clerk = "  - {person: o7k3m, från: 2022-08-08}"
    without_hook(server, "content/municipality.yaml", (clerk, f"{clerk}\n  - {{person: r4x8w, från: 2026-11-01}}"))
    writer, other = server.clone(OFFICE), server.clone(PRINCIPAL)
    writer.edit(ACCESS, ("", "# en rad\n"))
    writer.commit("Reglerna")

    assert rules(writer) == ["två-personer"]
    assert writer.push("HEAD:refs/heads/reglerna").code == 0
    other.git("fetch", "--quiet")
    other.git("checkout", "--quiet", "-B", "main", "origin/reglerna")
    other.edit(ACCESS, ("", "# en rad till\n"))
    other.commit("En rad till")
    assert other.push("HEAD:refs/heads/reglerna").code == 0
    writer.git("fetch", "--quiet")
    assert rules(writer, "origin/reglerna:main") == ["två-personer"]
    assert rules(other, "origin/reglerna:main") == ["två-personer"]  # each wrote a part of it
    writer.git("push", "--quiet", "origin", ":reglerna", check=False, env={"IUP_KONTO": "gunilla"})
    assert writer.push("HEAD:refs/heads/reglerna-2").code == 0
    other.git("fetch", "--quiet")
    assert other.push("origin/reglerna-2:main").code == 0


# --- faults


def test_a_fault_that_main_did_not_have_is_refused_where_it_is(server: Server) -> None:
    office = server.clone(OFFICE)
    office.git("rm", "--quiet", "content/people/t3m8k.yaml")
    office.commit("Personal")
    before = server.tip()

    found = refusals(office.push())

    assert ("content/schools/kvarnriset.yaml", "okänd-person") in {(place.split(":")[0], rule) for place, rule in found}
    assert server.tip() == before


def test_a_fault_in_a_plan_is_refused_though_its_writer_may_write_there(mentor: Clone) -> None:
    mentor.edit(PLAN, (AGREED, AGREED_ANEW.replace("den 2 februari", "med 20180314-2387")))
    mentor.commit()

    assert rules(mentor) == ["personnummer-i-text"]


def test_faults_that_main_had_stop_nobody_and_may_be_removed_one_by_one(server: Server) -> None:
    without_hook(
        server,
        "content/schools/ljusfallet.yaml",
        ("{person: m5c3t,", "{person: x9x9x,"),
        ("rektor:\n  - {person: h6d2q,", "rektor:\n  - {person: y9y9y,"),
    )
    office = server.clone(OFFICE)
    office.edit("content/schools/ljusfallet.yaml", ("{person: x9x9x,", "{person: m5c3t,"))
    office.commit("Mentorn")

    done = office.push()

    assert done.code == 0, done.err
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    assert mentor.push().code == 0
