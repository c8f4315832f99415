"""A principal keeps the own school; pupils, staff and accounts of others are the office's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checks.push.test_landing import without_hook
from tests.support.repository import OFFICE, PRINCIPAL, Server, refusals

if TYPE_CHECKING:
    from tests.support.repository import Clone

SCHOOL = "content/schools/kvarnriset.yaml"
ROSTER = "content/roster.yaml"
OWN = "      - {elev: r9e2h, från: 2026-08-17}\n"
OTHERS_PUPIL = "w2g9n"


def pushed(clone: Clone, path: str, *changes: tuple[str, str]) -> list[str]:
    clone.edit(path, *changes)
    clone.commit("Filerna")
    done = clone.push()
    assert (done.code == 0) is (not refusals(done)), done.err
    return [rule for _, rule in refusals(done)]


def test_a_principal_takes_no_pupil_out_of_another_school(server: Server) -> None:
    principal = server.clone(PRINCIPAL)
    taken = f"{OWN}      - {{elev: {OTHERS_PUPIL}, från: 2026-11-23}}\n"

    assert pushed(principal, SCHOOL, (OWN, taken)) == ["andras-att-flytta"]


def test_nor_one_whose_time_at_the_other_school_has_ended(server: Server) -> None:
    """In the summer every pupil is between two classes."""
    other = f"      - {{elev: {OTHERS_PUPIL}, från: 2026-08-17"
    without_hook(server, "content/schools/ljusfallet.yaml", (f"{other}}}", f"{other}, till: 2026-11-20}}"))
    principal = server.clone(PRINCIPAL)
    taken = f"{OWN}      - {{elev: {OTHERS_PUPIL}, från: 2026-11-23}}\n"

    assert "andras-att-flytta" in pushed(principal, SCHOOL, (OWN, taken))


def test_the_office_moves_a_pupil_between_schools(server: Server) -> None:
    office = server.clone(OFFICE)
    other = f"      - {{elev: {OTHERS_PUPIL}, från: 2026-08-17"
    office.edit("content/schools/ljusfallet.yaml", (f"{other}}}", f"{other}, till: 2026-11-22}}"))
    taken = f"{OWN}      - {{elev: {OTHERS_PUPIL}, från: 2026-11-23}}\n"

    found = pushed(office, SCHOOL, (OWN, taken))

    assert "andras-att-flytta" not in found


def test_a_principal_moves_the_own_pupils_between_the_own_classes(server: Server) -> None:
    principal = server.clone(PRINCIPAL)
    own = "      - {elev: r9e2h, från: 2026-08-17"

    found = pushed(
        principal, SCHOOL, (f"{own}}}", f"{own}, till: 2026-11-22}}\n{own.replace('2026-08-17', '2026-11-23')}}}")
    )

    assert found == []


@pytest.mark.parametrize(
    ("path", "change", "rules"),
    [
        pytest.param(
            ROSTER, ("konto: [gunilla]", "konto: [gunilla, karin2]"), ["andras-att-flytta"], id="the office's account"
        ),
        pytest.param(ROSTER, ("konto: [magnus]", "konto: [magnus2]"), ["andras-att-flytta"], id="another principal's"),
        pytest.param(
            ROSTER, ("konto: [peter]", "konto: [peter2]"), ["andras-att-flytta"], id="another school's teacher's"
        ),
        pytest.param(ROSTER, ("konto: [samira]", "konto: [samira2]"), [], id="an own teacher's"),
        pytest.param("content/people/o7k3m.yaml", ("", "# en rad\n"), ["andras-att-flytta"], id="the clerk's file"),
        pytest.param("content/people/f9w3c.yaml", ("", "# en rad\n"), ["andras-att-flytta"], id="another's guardian"),
        pytest.param("content/people/e5h7w.yaml", ("", "# en rad\n"), [], id="an own pupil's guardian"),
        pytest.param("content/people/l7b4n.yaml", ("", "# en rad\n"), ["andras-att-flytta"], id="the nämnd's reader"),
        pytest.param("content/people/g4s7e.yaml", ("", "# en rad\n"), [], id="an own teacher"),
    ],
)
def test_people_and_accounts_are_those_of_the_own_school(
    server: Server, path: str, change: tuple[str, str], rules: list[str]
) -> None:
    assert pushed(server.clone(PRINCIPAL), path, change) == rules


def test_a_principal_does_not_put_another_key_in_another_s_place(server: Server) -> None:
    principal = server.clone(PRINCIPAL)
    text = (principal.path / "content/people/h6d2q.yaml").read_text(encoding="utf-8")
    fingerprint = text[text.index("certifikat: ") :].split()[1]
    own = (principal.path / "content/people/r4x8w.yaml").read_text(encoding="utf-8")
    mine = own[own.index("certifikat: ") :].split()[1]
    key = (principal.path / f"content/keys/{mine}.gpg").read_bytes()
    (principal.path / f"content/keys/{fingerprint}.gpg").write_bytes(key)
    principal.commit("Nyckeln")

    assert "andras-att-flytta" in [rule for _, rule in refusals(principal.push())]


def test_a_new_teacher_comes_in_with_file_account_and_class(server: Server) -> None:
    principal = server.clone(PRINCIPAL)
    text = (principal.path / "content/people/g4s7e.yaml").read_text(encoding="utf-8")
    text = text.replace("Samira", "Britta").replace("samira", "britta")
    text = text[: text.index("  sätt: openpgp")] + "  sätt: papper\n"
    (principal.path / "content/people/n2w8t.yaml").write_text(text, encoding="utf-8")
    principal.edit(ROSTER, ("", "  - {person: n2w8t, e-post: [britta@alvhamra.example], konto: [britta]}\n"))

    mentors = "    mentor:\n      - {person: t3m8k, från: 2026-08-17}\n"
    assert pushed(principal, SCHOOL, (mentors, f"{mentors}      - {{person: n2w8t, från: 2026-11-23}}\n")) == []
