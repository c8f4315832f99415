"""One place says where things lie: what is made is what is known, and nobody else spells it out."""

from __future__ import annotations

import ast
import re

import pytest

from iup.site import paths
from tests.conftest import ROOT

PUPIL, REPLY, FINGERPRINT = "a6n4x", "0123456789abcdef0123", "0123456789ABCDEF" * 2 + "01234567"
FOLDERS = (
    *(paths.SCHOOLS, paths.PEOPLE, paths.PUPILS, paths.KEYS, paths.REGISTER, paths.REPLIES, paths.REQUESTS),
    *(paths.HOLDS, paths.PROTOCOLS, paths.KEYHOME, paths.SECRETS),
)
# A path, not a sentence: one of the folders, alone or with something below it.
BELOW = re.compile(rf"(?:{'|'.join(FOLDERS)})/\S*")
MODULES = sorted(path for path in (ROOT / "iup").rglob("*.py") if path != ROOT / "iup" / "site" / "paths.py")


@pytest.mark.parametrize(
    ("path", "kind", "name", "owner"),
    [
        (paths.unit_file("kvarnriset"), "unit", "kvarnriset", ("", "")),
        (paths.person_file(PUPIL), "person", PUPIL, ("person", PUPIL)),
        (paths.pupil_file(PUPIL), "pupil", PUPIL, ("pupil", PUPIL)),
        (paths.plan_file(PUPIL), "plan", PUPIL, ("pupil", PUPIL)),
        (paths.goals_file(PUPIL), "goals", PUPIL, ("pupil", PUPIL)),
        (paths.register_file(PUPIL), "registered", PUPIL, ("", "")),
        (paths.certificate_file(FINGERPRINT), "key", FINGERPRINT, ("", "")),
        (f"{paths.reply_folder(REPLY)}/reply.yaml", "reply", REPLY, ("", "")),
        (f"{paths.pupil_folder(PUPIL)}/other.yaml", "", "", ("", "")),
        (f"{paths.request_folder(3)}/request.yaml", "", "", ("", "")),
        (paths.pupil_file("ALVA"), "", "", ("", "")),
    ],
)
def test_a_path_that_is_made_is_known(path: str, kind: str, name: str, owner: tuple[str, str]) -> None:
    assert paths.routed(path) == (kind, name)
    assert paths.owner(path) == owner


@pytest.mark.parametrize(
    ("path", "pupil"),
    [
        (paths.plan_file(PUPIL), PUPIL),
        (f"{paths.pupil_folder(PUPIL)}/other.yaml", PUPIL),
        (f"{paths.pupil_folder(PUPIL)}/deep/plan.yaml", ""),
        (paths.plan_file("alva"), ""),
        (paths.person_file(PUPIL), ""),
    ],
)
def test_a_file_of_a_pupils_folder_tells_whose_it_is(path: str, pupil: str) -> None:
    assert paths.pupil_of(path) == pupil


def test_the_office_has_its_files_where_it_has_always_had_them() -> None:
    assert (paths.OFFICE_HOME, paths.OFFICE_RING) == ("keyhome/office", "keyhome/office.gpg")
    assert (paths.SIGNING_HOME, paths.signing_home(FINGERPRINT)) == (
        "keyhome/signing",
        f"keyhome/signing-{FINGERPRINT}",
    )
    assert (paths.MASTER, paths.secret_file(PUPIL)) == ("secrets/master.pgp", "secrets/a6n4x.sealed")
    assert (paths.ANSWERED, paths.request_folder(3)) == ("requests/register.yaml", "requests/3")
    assert paths.READ_WITH_CONTENT == ("register", "replies")


def test_no_other_module_spells_a_folder_out() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.expr) and _spells_out(node)
    }

    assert not found


def _spells_out(node: ast.expr) -> bool:
    """Say whether a piece of code is the beginning of a path as text, or a folder that is joined to one with `/`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant):
        return node.right.value in FOLDERS
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(BELOW.fullmatch(node.value))
