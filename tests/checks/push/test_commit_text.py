"""What stands in a commit outside its files: every line of the object is looked through or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iup.checks.push import commit_text
from tests.support.disclosing import one_named
from tests.support.repository import AGREED, AGREED_ANEW, EMAILS, MENTOR, OFFICE, PLAN, Clone, Server, git, refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from iup.model.school import School

ALI = "r9e2h"  # of the mentor's class


def rewritten(clone: Clone, change: Callable[[bytes], bytes]) -> list[str]:
    """Push a commit whose object is altered as no git command alters it, and return the rules it breaks."""
    clone.edit(PLAN, (AGREED, AGREED_ANEW))
    clone.commit()
    data = clone.git("cat-file", "commit", "HEAD").out.encode("utf-8", "surrogateescape")
    oid = git(clone.path, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", feed=change(data)).out.strip()
    done = clone.push(f"{oid}:main")
    assert done.code, "taken"
    assert "Noel" not in done.err
    return [rule for _, rule in refusals(done)]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        pytest.param(b"author t3m8k", b"author Noel Bergdahl", "namn-i-loggen", id="author's name"),
        pytest.param(b"committer t3m8k", b"committer om Noel", "namn-i-loggen", id="committer's name"),
        pytest.param(b"author t3m8k", b"author 20180314-2387", "namn-i-loggen", id="a number for a name"),
        pytest.param(b"\n\n", b"\nelev Noel Bergdahl\n\n", "incheckning-rader", id="a line of one's own"),
        pytest.param(b"\n\n", b"\nmergetag object Noel\n\n", "incheckning-rader", id="a tag that was merged"),
        pytest.param(b"\n\n", b"\nencoding ISO-8859-1\n\n", "incheckning-rader", id="another encoding"),
        pytest.param(b"Efter samtalet", b"Efter samtalet No\xebl", "incheckning-rader", id="not UTF-8"),
    ],
)
def test_every_line_of_a_commit_is_looked_through(mentor: Clone, old: bytes, new: bytes, rule: str) -> None:
    assert rewritten(mentor, lambda data: data.replace(old, new, 1)) == [rule]


def test_a_comment_in_a_signature_is_looked_through(mentor: Clone) -> None:
    armour = b"gpgsig -----BEGIN PGP SIGNATURE-----\n Comment: Noel Bergdahl\n \n aGVq\n -----END PGP SIGNATURE-----\n"

    assert "namn-i-loggen" in rewritten(mentor, lambda data: data.replace(b"\n\n", b"\n" + armour + b"\n", 1))


def test_a_teacher_who_is_called_as_a_pupil_commits_under_their_own_name(server: Server) -> None:
    """The mentor's own given name is a pupil's too."""
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.git("add", "--all")
    who = ("-c", "user.name=Ingrid Ahlmark", "-c", f"user.email={EMAILS[MENTOR]}")
    git(mentor.path, *who, "commit", "--quiet", "--message", "Efter samtalet")

    assert mentor.push().code == 0


def test_an_id_with_digits_like_a_personnummer_s_is_none(mentor: Clone) -> None:
    """Made by chance, they come in one reply of some four hundred."""
    number = "201803142387"
    for text in (f"Svar {number}{'a' * 20}", f"This reverts commit {'b' * 28}{number}."):
        mentor.commit(text, "--allow-empty")
    assert mentor.push().code == 0
    mentor.commit(f"Svar {number}{'a' * 19}", "--allow-empty")

    assert [rule for _, rule in refusals(mentor.push())] == ["namn-i-loggen"]


@pytest.mark.parametrize(
    ("text", "loose", "about", "is_named"),
    [
        ("Nya mål", False, True, False),
        ("Ali är klar", False, False, False),
        ("Ali är klar", False, True, True),  # the commit changes Ali's plan
        ("Ali i 2B är klar", False, False, True),
        ("ali 2b", False, False, True),
        (f"Ali {ALI}", False, False, True),
        ("Ali Hassan, 2B", False, False, False),
        ("ali", True, False, False),
        ("mal-ali-2b", True, False, True),
    ],
)
def test_an_only_name_counts_beside_the_class_and_where_the_commit_is_about_its_bearer(
    school: School,
    text: str,
    loose: bool,  # noqa: FBT001  a column of a table
    about: bool,  # noqa: FBT001  a column of a table
    is_named: bool,  # noqa: FBT001  a column of a table
) -> None:
    named = one_named(school, **{ALI: "Ali"})
    said = commit_text.Said(text, "", 1, "", loose, frozenset({ALI} if about else ()))

    assert commit_text._names(said, named.pupils[ALI], named) is is_named


def test_a_pupil_with_one_name_is_kept_out_of_the_log_of_their_own_files(server: Server) -> None:
    office = server.clone(OFFICE)
    pupil, plan = (f"content/pupils/{ALI}/{name}.yaml" for name in ("pupil", "plan"))
    goals = f"content/pupils/{ALI}/goals.yaml"
    office.edit(pupil, ("Elias N, 2B", "Ali, 2B"), ("förnamn: Elias", "förnamn: Ali"), ("  efternamn: Nyqvist\n", ""))
    for path in (plan, goals):
        office.edit(path, ("Elias N, 2B", "Ali, 2B"))
    office.commit("Ali heter bara så")
    assert [rule for _, rule in refusals(office.push())] == ["namn-i-loggen"]
    office.commit("Rättat namn", "--amend")
    with server.unguarded():
        assert office.push().code == 0

    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit("Ali baba är läst")
    assert mentor.push("HEAD:refs/heads/ali").code == 0
    assert [rule for _, rule in refusals(mentor.push("HEAD:refs/heads/ali-2b"))] == ["namn-i-loggen"]
    mentor.commit("Samtal med Ali i 2B", "--allow-empty")
    assert [rule for _, rule in refusals(mentor.push())] == ["namn-i-loggen"]
