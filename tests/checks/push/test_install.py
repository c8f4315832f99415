"""`hooks install`, and the hook on a server as it is met over file and ssh, with programs missing and pushes large."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from iup.checks.push import install
from iup.checks.push.install import Vouching
from iup.system.git import plumbing
from tests.conftest import ROOT, iup
from tests.support.repository import AGREED, AGREED_ANEW, MENTOR, OFFICE, PLAN, SPORTS, Server, git, refusals, serve

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return serve(tmp_path)


def over_ssh(where: Path, account: str) -> dict[str, str]:
    """Return what makes git reach the server by a double of ssh: a clean environment there, one account's own."""
    double = where / "ssh"
    home = shlex.quote(str(where))
    path = shlex.quote(os.environ["PATH"])
    double.write_text(
        f'#!/bin/sh\nfor command; do :; done\nexec env -i HOME={home} PATH={path} {account} sh -c "$command"\n',
        encoding="utf-8",
    )
    double.chmod(0o700)
    return {"GIT_SSH_COMMAND": str(double), "GIT_SSH_VARIANT": "simple", "IUP_KONTO": "karin", "GL_USER": "karin"}


@pytest.mark.parametrize(
    ("identity", "variable"),
    [("keyfile", "IUP_KONTO"), ("gitolite", "GL_USER"), ("forgejo", "GITEA_PUSHER_NAME"), ("gitlab", "GL_USERNAME")],
)
def test_the_server_s_word_over_ssh_decides_and_not_the_client_s(
    server: Server, tmp_path: Path, identity: str, variable: str
) -> None:
    done = iup("hooks", "install", "--server", server.path, "--identity", identity)
    assert done.code == 0, done.err
    if identity in ("gitlab", "forgejo"):  # their own hooks call ours where they look for it
        server.hook().write_text(f"#!/bin/sh\nexec {done.out.strip()}\n", encoding="utf-8")
    clone = server.clone(SPORTS)
    clone.git("remote", "set-url", "origin", f"ssh://school.example{server.path}")
    clone.edit(PLAN, ("nivå: mer_än_godtagbara", "nivå: godtagbara"))
    clone.commit()

    clone.env = over_ssh(tmp_path, f"{variable}=ingrid")
    assert [rule for _, rule in refusals(clone.push())] == ["incheckad-av-annan"]
    clone.env = over_ssh(tmp_path, "OTHER=samira")
    assert [rule for _, rule in refusals(clone.push())] == ["okänd-avsändare"]
    clone.env = over_ssh(tmp_path, f"{variable}=samira")
    assert clone.push().code == 0


def test_the_account_is_that_of_the_process_and_not_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "karin")
    monkeypatch.setenv("LOGNAME", "karin")

    assert install.vouched(Vouching.ACCOUNT) not in ("karin", "", None)
    assert install.vouched(Vouching.SIGNATURE) is None


@pytest.mark.parametrize("gone", [sys.executable, str(ROOT / "build.py")])
def test_a_server_without_the_program_takes_nothing_and_says_so_in_one_line(server: Server, gone: str) -> None:
    hook = server.hook()
    hook.write_text(hook.read_text(encoding="utf-8").replace(gone, "/nowhere/at-all"), encoding="utf-8")
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()
    before = server.tip()

    done = mentor.push()

    assert done.code
    told = [line for line in done.err.splitlines() if line.startswith("remote:")]
    assert len(told) == 1
    assert "programmet iup finns inte" in told[0]
    assert server.tip() == before


def test_a_fault_in_the_program_takes_nothing(server: Server) -> None:
    git(server.path, "update-ref", "refs/heads/old", "refs/heads/main")
    mentor = server.clone(MENTOR)
    git(server.path, "update-ref", "-d", "refs/heads/main")
    mentor.edit(PLAN, (AGREED, AGREED_ANEW))
    mentor.commit()

    done = mentor.push()

    assert done.code
    assert "ingen gren main att pröva mot" in done.err


def test_a_large_push_of_many_commits_and_pupils_is_judged_whole(server: Server) -> None:
    office = server.clone(OFFICE)
    for number in range(60):
        office.edit(
            f"content/people/q{number:04}.yaml",
            ("", "namn: {förnamn: Kim, efternamn: Ny}\nmottagning: {sätt: papper}\n"),
        )
        office.commit(f"Person {number}")
    office.edit(PLAN, (AGREED, AGREED_ANEW))
    office.commit("Planen")

    done = office.push()

    assert [(place.rsplit(":", 2)[0], rule) for place, rule in refusals(done)] == [(PLAN, "rätt-saknas")]
    office.git("reset", "--quiet", "--hard", "HEAD~1")
    assert office.push().code == 0


def test_only_the_hook_s_own_quarantine_is_believed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.setenv("GIT_QUARANTINE_PATH", str(other))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other))
    assert plumbing.quarantine(server.path) == {}
    assert plumbing.resolve(server.path, "main") == server.tip()

    inside = server.path / "objects" / "incoming"
    inside.mkdir()
    monkeypatch.setenv("GIT_QUARANTINE_PATH", str(inside))
    assert plumbing.quarantine(server.path)["GIT_OBJECT_DIRECTORY"] == str(inside)


def test_only_the_repository_s_own_index_is_believed(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, other = server.clone(MENTOR), server.clone(SPORTS)
    clone.edit(PLAN, (AGREED, AGREED_ANEW))
    staged = clone.path / ".git" / "next-index"
    shutil.copyfile(clone.path / ".git" / "index", staged)
    clone.git("add", PLAN, env={"GIT_INDEX_FILE": str(staged)})
    monkeypatch.chdir(clone.path)
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")

    assert plumbing.git(clone.path, "diff", "--cached", "--name-only").out.decode().split() == [PLAN]
    assert plumbing.index(clone.path / "content") == {"GIT_INDEX_FILE": str(staged)}
    assert plumbing.index(other.path) == {}
    assert plumbing.index(tmp_path) == {}


def test_what_is_pushed_leaves_nothing_but_git_s_own_files(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    mentor = server.clone(MENTOR)
    mentor.edit(PLAN, (AGREED, AGREED_ANEW.replace("av: t3m8k", "av: j2y8c")))
    mentor.commit()
    before = sorted(path for path in server.path.rglob("*") if path.is_file())

    assert refusals(mentor.push())

    assert sorted(path for path in server.path.rglob("*") if path.is_file()) == before
    assert list(scratch.iterdir()) == []


def test_install_says_what_is_not_a_repository_for_it(server: Server, tmp_path: Path) -> None:
    clone = server.clone(MENTOR)

    def code(*arguments: str | Path) -> tuple[int, str]:
        done = iup("hooks", "install", *arguments)
        return done.code, done.err

    assert code("--server", server.path)[0] == 2
    assert "bare" in code("--server", clone.path, "--identity", "account")[1]
    assert "inte ett git-förråd" in code("--server", tmp_path / "nothing", "--identity", "account")[1]
    empty = tmp_path / "empty.git"
    git(tmp_path, "init", "--quiet", "--bare", str(empty))
    assert code("--server", empty, "--identity", "account")[0] == 6
    server.hook().write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    assert "någon annans krok" in code("--server", server.path, "--identity", "account")[1]


def test_install_puts_the_hook_where_each_server_looks(server: Server) -> None:
    for identity, place in (("gitlab", "custom_hooks/pre-receive"), ("forgejo", "hooks/pre-receive.d/iup")):
        done = iup("hooks", "install", "--server", server.path, "--identity", identity)
        assert done.out.strip() == str(server.path / place)
        assert stat.S_IMODE((server.path / place).stat().st_mode) & 0o111


def test_install_in_a_teacher_s_clone_can_be_repeated_and_keeps_what_is_there(server: Server) -> None:
    clone = server.clone(MENTOR)
    attributes = clone.path / ".git" / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_text("*.png binary\n", encoding="utf-8")

    for _ in range(2):
        assert iup("hooks", "install", "--site", clone.path).code == 0

    assert attributes.read_text(encoding="utf-8").splitlines() == ["*.png binary", "content/pupils/*/*.yaml merge=iup"]
    assert "merge-plan %O %A %B %P" in clone.git("config", "merge.iup.driver").out
    hook = (clone.path / ".git" / "hooks" / "pre-commit").read_text(encoding="utf-8")
    assert """check --staged --site "$(git rev-parse --show-toplevel)"/''""" in hook


def test_a_site_below_the_top_of_its_repository_is_found(tmp_path: Path) -> None:
    site = tmp_path / "all" / "skolan"
    (site / "content").mkdir(parents=True)
    git(tmp_path / "all", "init", "--quiet")

    assert iup("hooks", "install", "--site", site).code == 0

    inside = tmp_path / "all" / ".git"
    assert "/skolan/" in (inside / "hooks" / "pre-commit").read_text(encoding="utf-8")
    assert (inside / "info" / "attributes").read_text(encoding="utf-8") == "skolan/content/pupils/*/*.yaml merge=iup\n"


def test_a_repository_with_branches_that_nobody_has_judged_gets_no_hook(tmp_path: Path) -> None:
    """Whose they are is what their author line says, until the hook has let them in."""
    server = serve(tmp_path)
    server.hook().unlink()
    mentor = server.clone(MENTOR)
    mentor.commit("Tom", "--allow-empty")
    assert mentor.push("HEAD:refs/heads/gammal").code == 0

    done = iup("hooks", "install", "--server", server.path, "--identity", "keyfile")

    assert done.code == 2
    assert "1 gren med incheckningar" in done.err
    assert not server.hook().exists()
