"""The repository's door: merges of two people's work, and replies from home that somebody at school carries in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checks.push.test_pre_receive import met
from tests.conftest import DAY
from tests.support import signing
from tests.support.repository import (
    AGREED,
    AGREED_ANEW,
    GOALS,
    GUARDIAN,
    MENTOR,
    OFFICE,
    PLAN,
    PRINCIPAL,
    SPORTS,
    Server,
    git,
    refusals,
)

if TYPE_CHECKING:
    from tests.support.repository import Clone

# --- merges


def two(server: Server) -> tuple[Clone, Clone]:
    """Return the mentor's and the sports teacher's clones, which have parted: the teacher's word has come in."""
    mentor, teacher = server.clone(MENTOR), server.clone(SPORTS)
    teacher.edit(PLAN, ("nivå: mer_än_godtagbara", "nivå: godtagbara"))
    teacher.commit()
    assert teacher.push().code == 0
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    mentor.git("fetch", "--quiet")
    return mentor, teacher


def test_a_merge_of_two_teachers_words_comes_in(server: Server) -> None:
    mentor, _ = two(server)
    mentor.git("merge", "--quiet", "--no-edit", "origin/main")

    done = mentor.push()

    assert done.code == 0, done.err
    assert "nivå: mer_än" not in git(server.path, "show", f"main:{PLAN}").out


def test_a_merge_that_smuggles_a_change_is_refused(server: Server) -> None:
    mentor, _ = two(server)
    mentor.git("merge", "--quiet", "--no-commit", "--no-ff", "origin/main")
    mentor.edit(PLAN, ("text: Ganska bra", "text: Bra"))
    mentor.commit("Hop")

    assert [rule for _, rule in refusals(mentor.push())] == ["rätt-saknas"]


def test_a_merge_that_drops_what_has_come_in_is_refused(server: Server) -> None:
    mentor, _ = two(server)
    mentor.git("merge", "--quiet", "--strategy=ours", "--message", "Hop", "origin/main")

    done = mentor.push()

    assert [rule for _, rule in refusals(done)] == ["rätt-saknas"], done.err


def test_a_merge_may_settle_a_conflict_for_what_has_come_in(server: Server) -> None:
    first, second = server.clone(MENTOR, "one"), server.clone(MENTOR, "two")
    first.edit(PLAN, (AGREED, AGREED_ANEW))
    first.commit()
    assert first.push().code == 0
    second.edit(PLAN, (AGREED, AGREED_ANEW.replace("2 februari", "9 februari")))
    second.commit()
    second.git("fetch", "--quiet")
    second.git("merge", "--quiet", "-X", "theirs", "--no-edit", "origin/main")

    assert second.push().code == 0
    assert "2 februari" in git(server.path, "show", f"main:{PLAN}").out


def test_more_than_two_at_once_are_not_merged(mentor: Clone) -> None:
    for name in ("a", "b"):
        mentor.git("checkout", "--quiet", "-b", name, "origin/main")
        mentor.commit(name, "--allow-empty")
    mentor.git("checkout", "--quiet", "-b", "c", "origin/main")
    mentor.commit("c", "--allow-empty")
    mentor.git("merge", "--quiet", "--message", "Hop", "a", "b")

    assert [rule for _, rule in refusals(mentor.push())] == ["sammanslagning-flera"]


# --- replies from home, carried by somebody at school

WISH = (
    "    text: Att det är rörigt i matkön\n    av: e5h7w\n    åt: a6n4x\n    datum: 2026-11-13",
    f"    text: Att det är lugnt i matkön nu\n    av: e5h7w\n    åt: a6n4x\n    datum: {DAY}",
)


@pytest.mark.parametrize(
    ("person", "sender", "receiver", "change", "rule"),
    [
        pytest.param(MENTOR, GUARDIAN, MENTOR, WISH, "", id="the mentor carries the guardian's words"),
        pytest.param(OFFICE, GUARDIAN, OFFICE, WISH, "", id="the office does"),
        pytest.param(OFFICE, GUARDIAN, "kontoret", WISH, "", id="the office in its own name"),
        pytest.param(MENTOR, GUARDIAN, "kontoret", WISH, "svar-rader", id="a mentor in the office's name"),
        pytest.param(SPORTS, GUARDIAN, SPORTS, WISH, "svar-mottagare", id="another teacher may not"),
        pytest.param(MENTOR, GUARDIAN, OFFICE, WISH, "svar-rader", id="another receiver is named"),
        pytest.param(MENTOR, "", MENTOR, WISH, "svar-rader", id="no sender"),
        pytest.param(MENTOR, "s7d5j", MENTOR, WISH, "rätt-saknas", id="another child's guardian"),
        pytest.param(
            MENTOR, GUARDIAN, MENTOR, (AGREED, AGREED_ANEW), "rätt-saknas", id="what the sender may not write"
        ),
        pytest.param(MENTOR, MENTOR, MENTOR, WISH, "rätt-saknas", id="the carrier's own words in the pupil's place"),
        pytest.param(
            MENTOR,
            GUARDIAN,
            MENTOR,
            (WISH[0], WISH[1].replace("av: e5h7w", "av: t3m8k")),
            "av-någon-annan",
            id="in the carrier's name",
        ),
        pytest.param(
            MENTOR,
            GUARDIAN,
            MENTOR,
            (WISH[0], WISH[1].replace("åt: a6n4x", "åt: c8f3t")),
            "åt-utan-rätt",
            id="in another child's place",
        ),
    ],
)
def test_a_reply_is_judged_as_its_sender_s_words_carried_by_a_receiver(
    server: Server, person: str, sender: str, receiver: str, change: tuple[str, str], rule: str
) -> None:
    clone = server.clone(person)
    clone.edit(PLAN, change)
    clone.commit(signing.reply(clone, sender, receiver))

    done = clone.push()

    assert [name for _, name in refusals(done)] == ([rule] if rule else []), done.err


def test_without_the_lines_of_a_reply_the_same_words_are_refused(mentor: Clone) -> None:
    mentor.edit(PLAN, WISH)
    mentor.commit()

    assert [rule for _, rule in refusals(mentor.push())] == ["rätt-saknas"]


def test_a_reply_brings_nothing_but_the_sender_s_words(mentor: Clone) -> None:
    mentor.edit(PLAN, WISH, (AGREED, AGREED_ANEW))
    mentor.edit("content/schools/kvarnriset.yaml", ("", "# en rad\n"))
    mentor.commit(signing.reply(mentor, GUARDIAN, MENTOR))

    assert [rule for _, rule in refusals(mentor.push())] == ["svar-omfång"]


def test_the_guardian_says_klart_only_while_the_child_cannot_write(server: Server) -> None:
    mentor = server.clone(MENTOR)
    met(mentor, MENTOR, "pågående", "        kommentar: Två dagar är kvar.\n")
    mentor.commit()
    assert mentor.push().code == 0
    done = f"      - {{steg: klart, datum: {DAY}, av: e5h7w, åt: a6n4x}}\n"
    mentor.edit(GOALS, ("        kommentar: Två dagar är kvar.\n", f"        kommentar: Två dagar är kvar.\n{done}"))
    reply = mentor.commit(signing.reply(mentor, GUARDIAN, MENTOR))
    principal = server.clone(PRINCIPAL)
    principal.edit("content/pupils/a6n4x/pupil.yaml", ("", "skrivkunnig_från: 2026-11-24\n"))
    principal.commit()
    assert principal.push().code == 0

    mentor.git("pull", "--quiet", "--rebase", "origin", "main")
    after = mentor.push()

    assert reply
    assert [rule for _, rule in refusals(after)] == ["rätt-saknas"]


def test_a_server_whose_own_rules_cannot_be_read_takes_nothing(server: Server, mentor: Clone) -> None:
    office = server.clone(OFFICE)
    office.edit("policies/access.yaml", ("regler:\n", "regler: x\n"))
    office.commit()
    with server.unguarded():
        assert office.push().code == 0
    mentor.git("pull", "--quiet", "--rebase", "origin", "main")
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()

    assert [rule for _, rule in refusals(mentor.push())] == ["går-inte-att-pröva"]


def test_a_merge_brings_no_line_into_a_plan_that_its_maker_may_not_read(server: Server) -> None:
    mentor, _ = two(server)
    assert mentor.push("HEAD:refs/heads/vecka-48").code == 0
    office = server.clone(OFFICE)
    office.git("merge", "--quiet", "--no-commit", "--no-ff", "origin/vecka-48")
    office.edit(PLAN, ("läge: delad\n", "läge: delad\n# en rad som ingen ser\n"))
    office.commit("Hop")

    assert [rule for _, rule in refusals(office.push())] == ["rätt-saknas"]
    office.git("reset", "--quiet", "--hard", "HEAD~1")
    office.git("merge", "--quiet", "--no-edit", "origin/vecka-48")
    assert office.push().code == 0
