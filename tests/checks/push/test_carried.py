"""The repository's door: what is said to be from home is, because the office has signed just that."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.checks.push.test_pre_receive_replies import WISH
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
    PUPIL,
    SPORTS,
    Clone,
    Server,
    git,
    refusals,
    rules,
)
from tests.support.signing import KEYS, new_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER = "content/pupils/c8f3t/plan.yaml"
COMMENT = (
    "",
    "# Vill pappa ha det så här?\n",
)


def wish(clone: Clone, **other: Any) -> str:  # noqa: ANN401  parts of what is signed
    """Write the guardian's words, and return the message of a commit that the office has signed for them."""
    clone.edit(PLAN, WISH)
    return signing.reply(clone, GUARDIAN, MENTOR, **other)


# --- who says that the words are the sender's


def test_words_that_the_office_has_signed_come_in(mentor: Clone) -> None:
    mentor.commit(wish(mentor))
    done = mentor.push()
    assert done.code == 0, done.err


FORGED: dict[str, Callable[[str], str]] = {
    "no signature": lambda m: re.sub(r"Svar-Underskrift: .*\n", "", m),
    "an empty one": lambda m: re.sub(r"(Svar-Underskrift:) .*", r"\1", m),
    "another id": lambda m: m.replace(m[6:38], new_id()),
    "another sender": lambda m: m.replace(f"Avsändare: {GUARDIAN}", "Avsändare: n4q8y"),
    "another day": lambda m: m.replace(f"Dag: {DAY}", "Dag: 2026-11-23"),
    "a day to come": lambda m: m.replace(f"Dag: {DAY}", "Dag: 2026-11-25"),
    "no day": lambda m: m.replace(f"Dag: {DAY}", "Dag: igår"),
    "another channel": lambda m: m.replace("papper", "sida"),
    "a channel that there is not": lambda m: m.replace("papper", "duva"),
    "a line twice": lambda m: m + f"Svar-Avsändare: {GUARDIAN}\n",
    "another order": lambda m: "\n".join([*m.splitlines()[:2], *reversed(m.splitlines()[2:])]) + "\n",
    "lower case": lambda m: m.replace("Svar-Id", "svar-id"),
    "a line more": lambda m: m + "Signed-off-by: nobody\n",
    "not last": lambda m: m + "\nOch så vidare.\n",
    "elsewhere too": lambda m: m.replace("\n\n", f"\n\nSvar-Mottagare: {SPORTS}\n\n", 1),
    "indented": lambda m: m.replace("Svar-Id", "  Svar-Id"),
    "another hyphen": lambda m: m.replace("Svar-Id", "Svar‑Id"),
    "only the id": lambda m: "\n".join(m.splitlines()[:3]) + "\n",
    "only what looks like it": lambda _: "Hej\n\nSVAR-avsändare: e5h7w\n",
    "a signature that is none": lambda m: re.sub(r"(Svar-Underskrift:) .*", r"\1 " + "a" * 200, m),
    "cut short": lambda m: re.sub(r"(Svar-Underskrift: .*)....\n", r"\1\n", m),
}
BY_SIGNATURE = {
    *(
        "another id",
        "another sender",
        "another channel",
        "another day",
        "a day to come",
        "a signature that is none",
        "cut short",
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_lines_that_the_office_did_not_write_are_refused(mentor: Clone, how: str) -> None:
    message = wish(mentor)
    assert FORGED[how](message) != message
    mentor.commit(FORGED[how](message), "--cleanup=verbatim")

    assert rules(mentor) == ["kontorets-underskrift" if how in BY_SIGNATURE else "svar-rader"]


def test_another_key_s_signature_is_not_the_office_s(mentor: Clone) -> None:
    mentor.commit(wish(mentor, key=KEYS / f"{MENTOR}.asc"))
    assert rules(mentor) == ["kontorets-underskrift"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"municipality": "Annan kommun"}, id="another municipality's"),
        pytest.param({"pupil": "c8f3t"}, id="another pupil's"),
        pytest.param({"changes": ()}, id="of nothing"),
        pytest.param({"kind": "rättelse"}, id="of another kind"),
        pytest.param({"receiver": "r4x8w"}, id="taken in by another"),
        pytest.param({"day": date(2026, 7, 31)}, id="from before the key"),
    ],
)
def test_a_signature_of_something_else_is_refused(mentor: Clone, other: dict[str, Any]) -> None:
    from iup.policy.change_statement import StatementKind  # noqa: PLC0415

    if "kind" in other:
        other = {"kind": StatementKind(other["kind"])}
    mentor.commit(wish(mentor, **other))
    assert rules(mentor) == ["kontorets-underskrift"]


def test_a_signature_holds_for_the_words_it_was_made_for_and_no_others(mentor: Clone) -> None:
    message = wish(mentor)
    mentor.edit(PLAN, ("Att det är lugnt i matkön nu", "Att det är rörigt hos oss hemma"))
    mentor.commit(message)
    assert rules(mentor) == ["kontorets-underskrift"]


# --- what a reply can change


OUTSIDE: dict[str, tuple[str, tuple[str, str]]] = {
    "rules": ("policies/access.yaml", ("", "\n")),
    "a school": ("content/schools/kvarnriset.yaml", ("", "\n")),
    "the municipality": ("content/municipality.yaml", ("", "\n")),
    "the roster": ("content/roster.yaml", ("", "\n")),
    "the office's keys": ("content/office/signing.yaml", ("", "\n")),
    "the pupil": (f"content/pupils/{PUPIL}/pupil.yaml", ("", "\n")),
    "another pupil's plan": (OTHER, ("", "\n")),
    "a new file": ("README.md", ("", "Hej\n")),
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_a_signed_reply_is_amended_with_no_other_file(mentor: Clone, what: str) -> None:
    message = wish(mentor)
    mentor.edit(OUTSIDE[what][0], OUTSIDE[what][1])
    mentor.commit(message)

    assert set(rules(mentor)) == {"svar-omfång"}


INSIDE: dict[str, tuple[str, tuple[str, str], str]] = {
    "barn": (PLAN, ("barn: Noel", "barn: Nils"), "svar-omfång"),
    "läge": (PLAN, ("läge: delad", "läge: fastställd"), "svar-omfång"),
    "mall": (PLAN, ("mall: iup-1-3@1", "mall: iup-4-6@1"), "svar-omfång"),
    "a comment for people": (PLAN, COMMENT, "svar-omfång"),
    "the mentor's own": (PLAN, (AGREED, AGREED_ANEW), "rätt-saknas"),
}


@pytest.mark.parametrize("what", INSIDE)
def test_even_the_office_cannot_sign_what_receive_cannot_write(mentor: Clone, what: str) -> None:
    path, change, rule = INSIDE[what]
    mentor.edit(PLAN, WISH)
    mentor.edit(path, change)
    mentor.commit(signing.reply(mentor, GUARDIAN, MENTOR))

    assert rule in rules(mentor)


def test_goals_that_a_reply_begins_bear_the_pupil_s_own_line(server: Server) -> None:
    office = server.clone(OFFICE)
    path = office.path / GOALS
    label = path.read_text("utf-8").splitlines()[0]
    path.unlink()
    office.commit("Utan mål")
    with server.unguarded():
        assert office.push().code == 0
    goal = (
        "mål:\n  - id: m1\n    läge: delad\n    mål: Simma längre\n    föreslaget_av: e5h7w\n    förlopp:\n"
        f"      - {{steg: nytt, datum: {DAY}, av: e5h7w}}\n"
    )
    for head, wrong in (("barn: Någon Annan, 9A", True), (label, False)):
        clone = server.clone(MENTOR, f"clone-{wrong}")
        (clone.path / GOALS).write_text(f"{head}\n{goal}", encoding="utf-8")
        clone.commit(signing.reply(clone, GUARDIAN, MENTOR))
        assert rules(clone) == (["svar-omfång"] if wrong else [])


def test_only_layout_is_no_reply(mentor: Clone) -> None:
    path = mentor.path / PLAN
    path.write_text(path.read_text("utf-8") + "\n\n", encoding="utf-8")
    mentor.commit(signing.reply(mentor, GUARDIAN, MENTOR, pupil=""))
    assert rules(mentor) == ["kontorets-underskrift"]


# --- once


def test_a_reply_comes_in_once(server: Server, mentor: Clone) -> None:
    before = server.tip()
    reply = mentor.commit(wish(mentor))
    assert mentor.push().code == 0
    # Somebody with the right to undo it does, and then the signed commit is laid on again.
    office = server.clone(OFFICE)
    office.git("revert", "--no-edit", reply)
    with server.unguarded():
        assert office.push().code == 0
    again = server.clone(MENTOR, "again")
    again.git("cherry-pick", reply)
    assert again.git("rev-parse", "HEAD^").out.strip() != before

    assert rules(again) == ["redan-infört"]


def test_a_reply_comes_in_once_in_one_push_too(mentor: Clone) -> None:
    identity = new_id()
    mentor.commit(wish(mentor, identity=identity))
    mentor.edit(PLAN, ("Att det är lugnt i matkön nu", "Att det är tyst i matkön nu"))
    mentor.commit(signing.reply(mentor, GUARDIAN, MENTOR, identity))
    assert rules(mentor) == ["redan-infört"]


def test_where_the_place_was_changed_meanwhile_the_signature_does_not_hold(server: Server, mentor: Clone) -> None:
    mentor.commit(wish(mentor))
    other = server.clone(MENTOR, "other")
    other.edit(PLAN, ("Att det är rörigt i matkön", "Att det är ganska rörigt"))
    other.commit(signing.reply(other, GUARDIAN, MENTOR))
    assert other.push().code == 0
    mentor.git("fetch", "--quiet")
    mentor.git("rebase", "--quiet", "-X", "theirs", "origin/main")
    assert rules(mentor) == ["kontorets-underskrift"]


@pytest.mark.parametrize("way", ["rebase", "merge"])
def test_a_reply_that_waited_for_others_comes_in_rebased_and_merged(server: Server, mentor: Clone, way: str) -> None:
    mentor.commit(wish(mentor))
    teacher = server.clone(SPORTS)
    teacher.edit(PLAN, ("nivå: mer_än_godtagbara", "nivå: godtagbara"))
    teacher.commit()
    assert teacher.push().code == 0
    mentor.git("fetch", "--quiet")
    mentor.git(way, "--quiet", *(("--no-edit",) if way == "merge" else ()), "origin/main")

    done = mentor.push()

    assert done.code == 0, done.err
    assert "lugnt i matkön" in git(server.path, "show", f"main:{PLAN}").out


# --- the office's folder, and its keys


def test_only_the_office_changes_its_folder(server: Server) -> None:
    for person in (MENTOR, PRINCIPAL):
        for path in ("content/office/signing.yaml", "content/office/taken-in.txt", "content/OFFICE/README.md"):
            clone = server.clone(person, f"{person}-{path.replace('/', '-')}")
            clone.edit(path, ("", "# en rad\n"))
            clone.commit()
            assert "kontorets-filer" in rules(clone), (person, path)


def renewed(clone: Clone, key: str, *, by: Path = signing.SIGNING, begins: str = DAY, ends: str = DAY) -> None:
    """Write a further key into a clone's `content/office/`, signed by a former one."""
    from iup.policy.change_statement import key_payload  # noqa: PLC0415
    from iup.system.git.signatures import from_line  # noqa: PLC0415
    from tests.support.sealing import exported, gpg, gpg_home  # noqa: PLC0415

    with gpg_home() as home:
        gpg(home, "--import", KEYS / f"{key}.asc")
        listed = gpg(home, "--with-colons", "--list-keys").decode().splitlines()
        fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr"))
        certificate = exported(home, fingerprint)
    folder = clone.path / "content" / "office"
    text = (folder / "signing.yaml").read_text("utf-8")
    head, _, last = text.rpartition("}")
    line = f"  - {{nyckel: {fingerprint}, från: {begins}}}\n"
    (folder / "signing.yaml").write_text(f"{head}, till: {ends}}}{last}{line}", encoding="utf-8")
    (folder / f"{fingerprint}.gpg").write_bytes(certificate)
    said = key_payload(signing.KOMMUN, fingerprint, certificate, date.fromisoformat(begins))
    (folder / f"{fingerprint}.sig").write_bytes(from_line(signing.sign(said, by)))


def test_nobody_else_lets_the_office_s_keys_into_main(server: Server) -> None:
    office = server.clone(OFFICE)
    renewed(office, "office")
    office.commit("Ny nyckel")
    assert office.push("HEAD:refs/heads/nyckel").code == 0
    mentor = server.clone(MENTOR)
    assert [rule for _, rule in refusals(mentor.push("origin/nyckel:main"))] == ["införs-av-annan"] * 3
    assert office.push().code == 0


def test_a_key_is_renewed_between_receiving_and_pushing(server: Server, mentor: Clone) -> None:
    mentor.commit(wish(mentor))
    office = server.clone(OFFICE)
    renewed(office, "office")
    office.commit("Ny nyckel")
    done = office.push()
    assert done.code == 0, done.err
    mentor.git("pull", "--quiet", "--rebase", "origin", "main")
    done = mentor.push()
    assert done.code == 0, done.err
    mentor.edit(PLAN, ("Att det är lugnt i matkön nu", "Att det är tyst i matkön nu"))
    mentor.commit(signing.reply(mentor, GUARDIAN, MENTOR, key=KEYS / "office.asc"))
    assert rules(mentor) == []


def test_a_former_key_signs_nothing_after_its_last_day(server: Server, mentor: Clone) -> None:
    office = server.clone(OFFICE)
    renewed(office, "office", begins="2026-11-20", ends="2026-11-20")
    office.commit("Ny nyckel")
    assert office.push().code == 0
    mentor.git("pull", "--quiet", "--rebase", "origin", "main")
    mentor.commit(wish(mentor))
    assert rules(mentor) == ["kontorets-underskrift"]


def test_what_a_former_key_signed_long_ago_comes_in_no_more(server: Server, mentor: Clone) -> None:
    office = server.clone(OFFICE)
    renewed(office, "office", begins="2026-10-01", ends="2026-10-01")
    office.commit("Ny nyckel")
    assert office.push().code == 0
    mentor.git("pull", "--quiet", "--rebase", "origin", "main")
    mentor.commit(wish(mentor, day=date(2026, 9, 30)))
    assert rules(mentor) == ["kontorets-underskrift"]


def test_a_key_that_comes_in_the_same_push_vouches_for_nothing_in_it(server: Server) -> None:
    office = server.clone(OFFICE)
    renewed(office, "office")
    office.commit("Ny nyckel")
    office.edit(PLAN, WISH)
    office.commit(signing.reply(office, GUARDIAN, OFFICE, key=KEYS / "office.asc"))
    assert rules(office) == ["kontorets-underskrift"]


SIGNING = "content/office/signing.yaml"


def other_day(clone: Clone) -> None:
    renewed(clone, "office", begins="2026-11-23", ends="2026-11-20")
    clone.edit(SIGNING, ("från: 2026-11-23", "från: 2026-11-22"))


def without_the_first(clone: Clone) -> None:
    renewed(clone, "office")
    path = clone.path / SIGNING
    path.write_text(re.sub(r"  - .*till.*\n", "", path.read_text("utf-8")), encoding="utf-8")


SPOILT: dict[str, Callable[[Clone], None]] = {
    "signed by somebody else": lambda c: renewed(c, "office", by=KEYS / f"{PRINCIPAL}.asc"),
    "signed by itself": lambda c: renewed(c, "office", by=KEYS / "office.asc"),
    "from another day than was signed": other_day,
    "an earlier beginning": lambda c: c.edit(SIGNING, ("från: 2026-08-01", "från: 2020-01-01")),
    "the first one gone": without_the_first,
    "no file": lambda c: (c.path / SIGNING).unlink(),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_key_comes_only_with_the_former_one_s_word(server: Server, how: str) -> None:
    office = server.clone(OFFICE)
    SPOILT[how](office)
    office.commit("Ny nyckel")
    assert rules(office) == ["kontorets-filer"]


def test_what_was_taken_in_is_not_forgotten(server: Server) -> None:
    office = server.clone(OFFICE)
    office.edit("content/office/taken-in.txt", ("", "00112233445566778899\n"))
    office.commit("Märken")
    assert rules(office) == []
    (office.path / "content/office/taken-in.txt").write_text("", encoding="utf-8")
    office.commit("Utan märken")
    assert rules(office) == ["kontorets-filer"]


def test_a_mark_of_before_a_trim_stands_in_the_way_of_a_replay(server: Server, mentor: Clone) -> None:
    from iup.policy.change_statement import mark  # noqa: PLC0415

    identity = new_id()
    office = server.clone(OFFICE)
    office.edit("content/office/taken-in.txt", ("", f"{mark(identity)}\n"))
    office.commit("Märken")
    assert rules(office) == []
    mentor.git("pull", "--quiet", "--rebase", "origin", "main")
    mentor.commit(wish(mentor, identity=identity))
    assert rules(mentor) == ["redan-infört"]
