"""Two people at once: plans and goals merged by place, by git with the driver and as a property."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iup.site import strict_yaml
from iup.site.merge import UnlikeError, merge
from tests.conftest import DAY, ROOT, iup
from tests.support.repository import ART, GOALS, MENTOR, PLAN, Clone, Server, git, serve

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Done

BASE_PLAN = (ROOT / PLAN).read_bytes()
BASE_GOALS = (ROOT / GOALS).read_bytes()
LEFT = "här står ett märke från en sammanslagning som inte är klar"


def edited(data: bytes, *changes: tuple[str, str]) -> bytes:
    text = data.decode()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


# Edits that stand in different places; each names what it leaves behind. Neighbours are among them on purpose.
PLAN_EDITS = (
    ("termin: HT 2026\n", "termin: VT 2027\n"),
    ("läge: delad\n", "# mentorn: klar att skrivas under\nläge: fastställd\n"),
    ("  bokat: 2026-11-16 14:00\n", "  bokat: 2026-11-16 15:00\n"),
    ("  hållet: 2026-11-16\n", "  hållet: 2026-11-17\n"),
    ("    text: Ganska bra\n", "    text: Bra\n"),
    ("Ibland är det rörigt i kön till matsalen.", "Det är lugnt nu."),
    ("    text: Att det är rörigt i matkön\n", "    text: Boken om broar\n"),
    ("    nivå: otillräckliga\n", "    nivå: godtagbara\n"),
    ("  Bild:\n    nivå: godtagbara\n", "  # ny bedömning\n  Bild:\n    nivå: mer_än_godtagbara\n"),
    ("  Idrott och hälsa:\n    nivå: mer_än_godtagbara\n", "  Idrott och hälsa:\n    nivå: otillräckliga\n"),
    (
        "  uppföljning:\n    - text: |\n",
        "  uppföljning:\n    - text: Allt gick bra.\n      av: e5h7w\n      datum: 2026-11-17\n    - text: |\n",
    ),
)
BEGUN = "      - steg: nytt\n        datum: 2026-11-16\n        av: t3m8k\n"
GOAL_EDITS = (
    ("      Kunna läsa namnen på alla dagar i veckan.\n", "      Kunna läsa namnen på alla månader.\n"),
    ("      eleven: Jag läser på lappen vid min krok.\n", "      eleven: Jag läser varje dag.\n"),
    ("      hemmet: Vi har lappar på kylskåpet och pekar på dagens.\n", "      hemmet: Vi läser.\n"),
    (
        BEGUN,
        f"{BEGUN}      - steg: pågående\n        datum: {DAY}\n        av: t3m8k\n",
    ),
    ("          Noel vill skriva om bron, säger han.\n", "          Noel vill skriva om båten.\n"),
    ("  - id: m2\n    läge: delad\n", "  - id: m2\n    läge: fastställd\n"),
)


@given(st.sampled_from([(BASE_PLAN, PLAN_EDITS), (BASE_GOALS, GOAL_EDITS)]), st.data())
@settings(max_examples=120, deadline=None)
def test_edits_of_different_places_make_their_union(
    base_and_edits: tuple[bytes, tuple[tuple[str, str], ...]], data: st.DataObject
) -> None:
    base, edits = base_and_edits
    sides = data.draw(
        st.lists(st.sampled_from(["ours", "theirs", "both", "neither"]), min_size=len(edits), max_size=len(edits))
    )

    def by(*names: str) -> bytes:
        return edited(base, *(edit for edit, side in zip(edits, sides, strict=True) if side in names))

    merged = merge(base, by("ours", "both"), by("theirs", "both"))

    assert merged.conflicts == ()
    assert strict_yaml.parse(merged.data) == strict_yaml.parse(by("ours", "theirs", "both"))
    assert sorted(merged.data.decode().splitlines()) == sorted(by("ours", "theirs", "both").decode().splitlines())


@given(st.binary(max_size=60), st.binary(max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_is_not_strict_yaml_is_left_alone_and_nothing_else_is_raised(noise: bytes, more: bytes) -> None:
    try:
        merge(BASE_PLAN, BASE_PLAN + noise, BASE_PLAN + more)
    except UnlikeError:
        return


def test_a_place_removed_by_one_and_untouched_by_the_other_is_gone() -> None:
    text = BASE_PLAN.decode()
    start, end = text.index("  Musik:\n"), text.index("  Bild:\n")
    ours = (text[:start] + text[end:]).encode()
    theirs = edited(BASE_PLAN, ("    text: Ganska bra\n", "    text: Bra\n"))

    merged = merge(BASE_PLAN, ours, theirs)

    assert merged.conflicts == ()
    assert "Musik" not in strict_yaml.parse(merged.data)["omdömen"]
    assert strict_yaml.parse(merged.data)["fält"]["trivs_jag"]["text"] == "Bra"


def test_two_new_comments_with_one_id_get_an_id_each() -> None:
    def comment(by: str, text: str) -> bytes:
        head = "      - id: c2\n        läge: delad\n"
        return BASE_GOALS + f"{head}        av: {by}\n        datum: {DAY}\n        text: {text}\n".encode()

    merged = merge(BASE_GOALS, comment("t3m8k", "Ett."), comment("e5h7w", "Två."))

    assert merged.conflicts == ()
    found = strict_yaml.parse(merged.data)["mål"][1]["kommentarer"]
    assert [(c["id"], c["av"]) for c in found] == [("c1", "e5h7w"), ("c2", "t3m8k"), ("c3", "e5h7w")]


def test_two_new_goals_with_one_id_get_an_id_each_and_the_same_goal_is_one() -> None:
    def goal(by: str) -> bytes:
        course = f"    förlopp:\n      - {{steg: nytt, datum: {DAY}, av: {by}}}\n"
        head = "  - id: m3\n    läge: delad\n    mål: Simma.\n"
        return BASE_GOALS + f"{head}    föreslaget_av: {by}\n{course}".encode()

    merged = merge(BASE_GOALS, goal("t3m8k"), goal("j2y8c"))
    assert [g["id"] for g in strict_yaml.parse(merged.data)["mål"]] == ["m1", "m2", "m3", "m4"]
    assert merge(BASE_GOALS, goal("t3m8k"), goal("t3m8k")).data == goal("t3m8k")


def test_a_conflict_stands_around_its_place_alone() -> None:
    ours = edited(
        BASE_PLAN,
        ("    text: Ganska bra\n    av: e5h7w\n", "    text: Bra\n    av: t3m8k\n"),
        ("  hållet: 2026-11-16\n", "  hållet: 2026-11-17\n"),
    )
    theirs = edited(
        BASE_PLAN,
        ("    text: Ganska bra\n", "    text: Inte så bra\n"),
        ("    nivå: otillräckliga\n", "    nivå: godtagbara\n"),
    )

    merged = merge(BASE_PLAN, ours, theirs)

    assert [(c.keys, c.ours, c.theirs) for c in merged.conflicts] == [(("fält", "trivs_jag"), "t3m8k", "e5h7w")]
    text = merged.data.decode()
    between = text[text.index("<<<<<<<") : text.index(">>>>>>>")]
    assert between.count("trivs_jag") == 2
    assert "förberedelse_eleven" not in between
    assert "hållet: 2026-11-17" in text
    assert "nivå: otillräckliga" not in text


def test_a_text_and_its_writer_are_never_parted() -> None:
    ours = edited(BASE_PLAN, ("    text: Ganska bra\n", "    text: Bra\n"))
    theirs = edited(
        BASE_PLAN,
        (
            "    text: Ganska bra\n    av: e5h7w\n    åt: a6n4x\n    datum: 2026-11-13\n",
            f"    text: Ganska bra\n    av: e5h7w\n    åt: a6n4x\n    datum: {DAY}\n",
        ),
    )

    assert [c.keys for c in merge(BASE_PLAN, ours, theirs).conflicts] == [("fält", "trivs_jag")]


def test_two_steps_of_one_goal_are_a_conflict() -> None:
    def step(by: str) -> bytes:
        last = "          Noel läste alla sju på kylskåpet i kväll, även när jag blandade dem.\n"
        return edited(BASE_GOALS, (last, f"{last}      - {{steg: uppfyllt, datum: {DAY}, av: {by}}}\n"))

    assert [c.keys for c in merge(BASE_GOALS, step("t3m8k"), step("j2y8c")).conflicts] == [("mål", "m1", "förlopp")]


# --- by git


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return serve(tmp_path_factory.mktemp("merging"))


def clones(server: Server, name: str) -> tuple[Clone, Clone]:
    """Return two clones with the driver in place."""
    found = server.clone(MENTOR, f"{name}-mentor"), server.clone(ART, f"{name}-art")
    for clone in found:
        assert iup("hooks", "install", "--site", clone.path).code == 0
        (clone.path / ".git" / "hooks" / "pre-commit").unlink()
    return found


def merged_by_git(server: Server, name: str, path: str, ours: bytes, theirs: bytes) -> tuple[Clone, Done]:
    mentor, other = clones(server, name)
    for clone, data in ((mentor, ours), (other, theirs)):
        (clone.path / path).write_bytes(data)
        clone.commit()
    mentor.git("fetch", "--quiet", str(other.path), "main")
    return mentor, mentor.git("merge", "--no-edit", "FETCH_HEAD", check=False)


def test_git_merges_neighbouring_omdomen_that_its_own_merge_cannot(server: Server) -> None:
    last = "    av: t3m8k\n    datum: 2026-11-11\n"
    level = "  Bild:\n    nivå: godtagbara\n"
    ours = edited(BASE_PLAN, (f"{last}{level}", f"    av: t3m8k\n    datum: {DAY}\n{level}"))
    theirs = edited(BASE_PLAN, (level, "  # ny bedömning\n  Bild:\n    nivå: mer_än_godtagbara\n"))

    clone, done = merged_by_git(server, "clean", PLAN, ours, theirs)

    assert done.code == 0, done.out + done.err
    text = (clone.path / PLAN).read_text(encoding="utf-8")
    assert f"datum: {DAY}\n  # ny bedömning\n  Bild:\n    nivå: mer_än_godtagbara\n" in text
    clone.git("reset", "--quiet", "--hard", "HEAD~1")
    clone.git("config", "--remove-section", "merge.iup")
    assert clone.git("merge", "--no-edit", "FETCH_HEAD", check=False).code == 1


def test_git_names_the_field_and_both_writers_of_a_conflict(server: Server) -> None:
    text = BASE_PLAN.decode()
    note = text[text.index("    text: |\n      Visa Jenny") : text.index("  trivsel:\n")]
    ours = edited(BASE_PLAN, (note, f"    text: Kort.\n    av: t3m8k\n    datum: {DAY}\n"))
    theirs = edited(BASE_PLAN, (note, f"    text: Kortare.\n    av: j2y8c\n    datum: {DAY}\n"))

    clone, done = merged_by_git(server, "conflict", PLAN, ours, theirs)

    said = done.out + done.err
    assert done.code == 1
    line = (clone.path / PLAN).read_text(encoding="utf-8").splitlines().index("<<<<<<< din version") + 1
    assert (
        f"{PLAN}:{line}:1: fel: {LEFT}: fältet ”lärarens_anteckning” har ändrats på två sätt, "
        "av Ingrid Ahlmark och av Sofia Barkman [yaml-sammanslagning]\n  tips: välj mellan versionerna"
    ) in said
    assert "Kort" not in said.replace("Kortare", "")
    assert clone.git("status", "--porcelain").out.startswith(f"UU {PLAN}")
    assert "<<<<<<< din version" in (clone.path / PLAN).read_text(encoding="utf-8")


def test_a_file_that_is_not_strict_yaml_gets_git_s_own_merge(server: Server) -> None:
    broken = edited(BASE_PLAN, ("läge: delad\n", "läge: delad\nläge: delad\n"))
    theirs = edited(BASE_PLAN, ("    nivå: mer_än_godtagbara\n", "    nivå: otillräckliga\n"))

    clone, done = merged_by_git(server, "broken", PLAN, broken, theirs)

    assert done.code == 0
    line = broken.decode().splitlines().index("läge: delad") + 2
    said = done.out + done.err
    assert f"{PLAN}:{line}:1: fel: i din version: " in said
    assert "  tips: " in said
    assert "rad för rad" in said
    assert "den andra versionen: " not in said
    text = (clone.path / PLAN).read_text(encoding="utf-8")
    assert "läge: delad\nläge: delad\n" in text
    assert "mer_än" not in text


def test_a_merge_with_the_driver_comes_through_the_door(server: Server) -> None:
    mentor, other = clones(server, "door")
    comment = "      - id: c2\n        läge: delad\n        av: {by}\n        datum: {day}\n        text: Bra jobbat.\n"
    for clone in (mentor, other):
        clone.edit(GOALS, ("", comment.format(by=clone.person, day=DAY)))
        clone.commit()
    assert other.push().code == 0
    mentor.git("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")

    done = mentor.push()

    assert done.code == 0, done.err
    goals = strict_yaml.parse(git(server.path, "show", f"main:{GOALS}").out.encode())["mål"]
    assert [c["id"] for c in goals[1]["kommentarer"]] == ["c1", "c2", "c3"]


def merged_as_files(tmp_path: Path, base: bytes, ours: bytes, theirs: bytes, *path: str) -> Done:
    """Merge three files as git asks for it, without a repository around."""
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_bytes(data)
    return iup("merge-plan", *(tmp_path / name for name in ("base", "ours", "theirs")), *path)


def test_whose_version_cannot_be_read_is_told_and_each_place_of_a_merge_by_lines(tmp_path: Path) -> None:
    ours = edited(BASE_PLAN, ("läge: delad\n", "läge:utkast\n"))
    theirs = edited(BASE_PLAN, ("läge: delad\n", "\tläge: delad\n"))

    done = merged_as_files(tmp_path, BASE_PLAN, ours, theirs, f"skolan/{PLAN}")

    assert done.code == 1
    said = done.out + done.err
    mark = (tmp_path / "ours").read_text(encoding="utf-8").splitlines().index("<<<<<<< din version") + 1
    assert f"\n{PLAN}:5:5: fel: i din version: mellanslag saknas efter kolonet" in f"\n{said}"
    assert re.search(rf"^{PLAN}:5:\d: fel: i den andra versionen: .*tabb", said, re.MULTILINE)
    assert f"\n{PLAN}:{mark}:1: fel: {LEFT}: raderna har ändrats på två sätt [yaml-sammanslagning]\n" in said
    assert "i versionen före" not in said


def test_a_fault_that_was_there_before_is_told_once_and_as_that(tmp_path: Path) -> None:
    broken = edited(BASE_PLAN, ("läge: delad\n", "läge: delad\nläge: delad\n"))
    same = merged_as_files(tmp_path, broken, broken, broken, PLAN)
    mended = merged_as_files(tmp_path, broken, BASE_PLAN, edited(BASE_PLAN, ("HT 2026", "VT 2027")), PLAN)

    assert same.err.count("i båda versionerna: ") == 1
    assert "i din version" not in same.err
    assert mended.err.count("i versionen före er båda: ") == 1
    assert "rad för rad" in mended.err


def test_an_older_clone_gives_no_name_and_is_told_the_rest(tmp_path: Path) -> None:
    ours = edited(BASE_PLAN, ("läge: delad\n", "läge: utkast\n"))
    theirs = edited(BASE_PLAN, ("läge: delad\n", "läge: fastställd\n"))

    done = merged_as_files(tmp_path, BASE_PLAN, ours, theirs)

    assert done.code == 1
    assert f"ours:5:1: fel: {LEFT}: raden ”läge” har ändrats på två sätt, i båda versionerna [" in done.err
