"""Repositories that are out for something: programs in their configuration, links and names that lead out, twins.

Nothing of theirs is run, and nothing is read but plain files of the commit: each is a located problem or one refusal.
"""

from __future__ import annotations

import gc
import os
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest

from iup.build import preview
from iup.build.pipeline import checked
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import ExitCode, RepositoryError
from iup.problems import as_text
from iup.system.git.trees import CommitTree, IndexTree, MemoryTree, WorkTree, uncommitted
from tests.conftest import DAY, iup
from tests.support.repository import AUTHOR, git

if TYPE_CHECKING:
    from iup.system.git.trees import Tree
    from tests.conftest import Place

CANARY = "Kanarie7f3q"


def said(where: Path, *arguments: str, feed: bytes = b"") -> str:
    """Run git as nobody in particular and return what it says."""
    return git(where, *AUTHOR, *arguments, feed=feed).out.strip()


def repository(where: Path, files: dict[str, bytes] | None = None) -> Path:
    """Make a repository with one commit."""
    for name, data in (files or {"content/a.yaml": b"a: b\n", "content/b.yaml": b"c: d\n"}).items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_bytes(data)
    said(where, "init", "-q")
    said(where, "add", "-A")
    said(where, "commit", "-qm", "test")
    return where


@pytest.fixture
def trap(tmp_path: Path) -> tuple[str, Path]:
    """Return a program, and the file that is there once it was run."""
    sprung = tmp_path / "sprung"
    program = tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\necho x >>{sprung}\n", encoding="ascii")
    program.chmod(0o755)
    return str(program), sprung


CONFIGURATIONS = {
    "fsmonitor": "[core]\n fsmonitor = {trap}\n",
    "hooks elsewhere": "[core]\n hooksPath = {hooks}\n",
    "filter": '[filter "f"]\n clean = {trap}\n smudge = {trap}\n required = true\n',
    "filter process": '[filter "f"]\n process = {trap}\n required = true\n',
    "textconv": '[diff "f"]\n textconv = {trap}\n command = {trap}\n[diff]\n external = {trap}\n',
    "include": "[include]\n path = {included}\n",
    "include if": '[includeIf "gitdir:**"]\n path = {included}\n',
    "alias": "[alias]\n ls-tree = !{trap}\n cat-file = !{trap}\n rev-parse = !{trap}\n grep = !{trap}\n",
    "pager": "[core]\n pager = {trap}\n"
    "[pager]\n ls-tree = {trap}\n cat-file = {trap}\n rev-parse = {trap}\n grep = {trap}\n",
    "search": "[grep]\n patternType = perl\n fullName = true\n lineNumber = true\n column = true\n"
    " fallbackToNoIndex = true\n[color]\n grep = always\n ui = always\n[submodule]\n recurse = true\n",
    "programs": "[core]\n sshCommand = {trap}\n editor = {trap}\n askPass = {trap}\n gitProxy = {trap}\n"
    "[gpg]\n program = {trap}\n[credential]\n helper = !{trap}\n[uploadpack]\n packObjectsHook = {trap}\n",
    "alternate refs": "[core]\n alternateRefsCommand = {trap}\n",
    "work tree elsewhere": "[core]\n worktree = /etc\n",
}


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_a_program_in_the_configuration_is_not_run(kind: str, tmp_path: Path, trap: tuple[str, Path]) -> None:
    program, sprung = trap
    site = repository(tmp_path / "site")
    hooks = tmp_path / "hooks"
    for folder in (hooks, site / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for hook in (
            "post-checkout",
            "post-index-change",
            "reference-transaction",
            "pre-auto-gc",
            "fsmonitor-watchman",
        ):
            (folder / hook).unlink(missing_ok=True)
            (folder / hook).symlink_to(program)
    (tmp_path / "included").write_text(f"[core]\n fsmonitor = {program}\n", encoding="ascii")
    (site / ".git" / "info").mkdir(exist_ok=True)
    (site / ".git" / "info" / "attributes").write_text("* filter=f diff=f ident eol=crlf export-subst\n", "ascii")
    with (site / ".git" / "config").open("a", encoding="ascii") as file:
        file.write(CONFIGURATIONS[kind].format(trap=program, hooks=hooks, included=tmp_path / "included"))
    tree = CommitTree(site)
    assert [tree.read(path) for path in tree.paths] == [b"a: b\n", b"c: d\n"]
    for searched in (tree, IndexTree(site)):
        assert searched.holding([b"d"], searched.paths) == {"content/b.yaml"}
    assert uncommitted(site, tree) == 0
    tree.close()
    assert not sprung.exists()


def test_the_trap_springs(tmp_path: Path, trap: tuple[str, Path]) -> None:
    site = repository(tmp_path / "site")
    said(site, "-c", f"core.fsmonitor={trap[0]}", "status")
    assert trap[1].exists()


def test_an_object_that_is_not_there_is_not_fetched(tmp_path: Path, trap: tuple[str, Path]) -> None:
    # A repository may say that what it lacks is to be had from elsewhere, by a program: `ext::`.
    program, sprung = trap
    site = repository(tmp_path / "site")
    blob = said(site, "rev-parse", "HEAD:content/a.yaml")
    (site / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with (site / ".git" / "config").open("a", encoding="ascii") as file:
        file.write(
            f'[extensions]\n partialClone = o\n[remote "o"]\n url = ext::{program}\n promisor = true\n'
            f'[protocol]\n allow = always\n[protocol "ext"]\n allow = always\n'
        )
    said(site, "config", "core.repositoryFormatVersion", "1")
    for tree in (CommitTree(site), IndexTree(site)):
        with pytest.raises(RepositoryError):
            read_all(tree)
        with pytest.raises(RepositoryError):
            tree.holding([b"z"], tree.paths)
    assert not sprung.exists()


def test_words_are_found_alike_in_every_tree(tmp_path: Path) -> None:
    # Signs of patterns, words over several forms, bytes that are no text, a file that git is told is not text, names
    # that git would quote: what git finds is what is found by reading.
    files = {
        "content/pupils/a/plan.yaml": b"namn: a.b\\*[x]\n",
        "content/pupils/b/plan.yaml": "namn: Åsa\n".encode(),
        "content/pupils/c/plan.yaml": normalize("NFD", "namn: Åsa\n").encode(),
        "content/pupils/c/goals.yaml": "namn: Åsa\n".encode(),
        "content/people/d.yaml": b"\0binary word\xff\n",
        "content/people/\u00e5 \t.yaml": b"word",
        "content/people/[d]*.yaml": b"WORD axb\n",
        "policies/empty.yaml": b"",
    }
    site = repository(tmp_path / "site", {**files, ".gitattributes": b"*.yaml binary -text\n"})
    trees: tuple[Tree, ...] = (WorkTree(site), MemoryTree(files), CommitTree(site), IndexTree(site))
    below: tuple[Tree, ...] = (
        CommitTree(site / "content", folders=("pupils",)),
        IndexTree(site / "content", ("pupils",)),
    )
    word_lists = ([b"word"], [b"a.b"], [b"\\"], [b"*["], ["Åsa".encode()], [b"nowhere", b"axb"], [b"\xff"], [b"-e"])
    for words in word_lists:
        expected = {path for path, data in files.items() if any(word in data for word in words)}
        for tree in trees:
            assert set(tree.holding(words, tree.paths)) == expected, (words, tree)
            some = [path for path in tree.paths if path.endswith("plan.yaml")]
            assert set(tree.holding(words, some)) == expected.intersection(some), (words, tree)
        inside = {path.removeprefix("content/") for path in expected if path.startswith("content/pupils/")}
        for tree in below:
            assert set(tree.holding(words, tree.paths)) == inside, (words, tree)
    for tree in (*trees, *below):
        if isinstance(tree, CommitTree | IndexTree):
            tree.close()


def read_all(tree: Tree) -> dict[str, bytes]:
    return {path: tree.read(path) for path in tree.paths}


def pipes() -> set[str]:
    """Return the pipes that this process holds, each by its name."""
    gc.collect()
    names = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that lists them
            names.add(str(descriptor.readlink()))
    return {name for name in names if name.startswith("pipe:")}


def test_a_reader_that_nobody_closes_leaves_no_pipe(tmp_path: Path) -> None:
    tree = CommitTree(repository(tmp_path / "site"))
    before = pipes()
    assert read_all(tree)["content/a.yaml"] == b"a: b\n"
    assert len(pipes() - before) == 2, "to git and from it"
    del tree
    assert pipes() - before == set()


def test_a_replaced_object_is_read_as_it_was_committed(tmp_path: Path) -> None:
    site = repository(tmp_path / "site")
    blob = said(site, "rev-parse", "HEAD:content/a.yaml")
    other = said(site, "hash-object", "-w", "--stdin", feed=CANARY.encode())
    said(site, "replace", blob, other)
    assert CANARY in said(site, "cat-file", "blob", blob)
    assert read_all(CommitTree(site))["content/a.yaml"] == b"a: b\n"


def test_what_a_repository_borrows_is_not_what_is_read(tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"content/secret.yaml": CANARY.encode()})
    site = repository(tmp_path / "site")
    (site / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (site / ".git" / "objects" / "info" / "alternates").write_text(f"{other / '.git' / 'objects'}\n", encoding="utf-8")
    (site / ".git" / "info" / "grafts").write_text(f"{said(site, 'rev-parse', 'HEAD')} {'0' * 40}\n", encoding="ascii")
    assert set(read_all(CommitTree(site)).values()) == {b"a: b\n", b"c: d\n"}


# --- what lies in the tree

OUT = "content/pupils/a6n4x/plan.yaml"


def with_entry(site: Path, mode: str, oid: str, path: str) -> None:
    said(site, "update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")
    said(site, "commit", "-qm", "test")


def blob(site: Path, data: bytes) -> str:
    return said(site, "hash-object", "-w", "--stdin", feed=data)


@pytest.fixture
def school(tmp_path: Path, files: dict[str, bytes]) -> Path:
    content = {path: data for path, data in files.items() if not path.startswith("register/")}
    return repository(tmp_path / "site", content)


def rules(tree: Tree) -> dict[str, str]:
    return {p.location.path: p.rule for p in checked(tree, date.fromisoformat(DAY))[1] if p.rule.startswith("fil-")}


def test_a_link_is_a_problem_and_is_not_followed(school: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text(CANARY, encoding="ascii")
    with_entry(school, "120000", blob(school, str(secret).encode()), OUT)
    (school / OUT).unlink()
    (school / OUT).symlink_to(secret)
    (school / "content" / "schools" / "till").symlink_to(tmp_path)
    assert rules(CommitTree(school)) == {OUT: "fil-slag"}
    assert rules(WorkTree(school)) == {OUT: "fil-slag", "content/schools/till": "fil-slag"}
    for tree in (CommitTree(school), WorkTree(school)):
        assert CANARY.encode() not in read_all(tree).values()


def test_a_folder_that_is_a_link_is_not_followed(school: Path, tmp_path: Path) -> None:
    (school / "policies").rename(tmp_path / "elsewhere")
    (school / "policies").symlink_to(tmp_path / "elsewhere")
    tree = WorkTree(school)
    assert not [path for path in tree.paths if path.startswith("policies")]
    assert rules(tree)["policies"] == "fil-slag"
    assert rules(tree)["policies/access.yaml"] == "fil-saknas"


def test_a_submodule_is_a_problem(school: Path) -> None:
    with_entry(school, "160000", said(school, "rev-parse", "HEAD"), "content/undermodul")
    assert rules(CommitTree(school)) == {"content/undermodul": "fil-slag"}


def test_a_pipe_is_a_problem_and_is_not_read(school: Path) -> None:
    os.mkfifo(school / "content" / "people" / "aaaaa.yaml")
    assert rules(WorkTree(school)) == {"content/people/aaaaa.yaml": "fil-slag"}


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("content/pupils/a6n4x/Plan.yaml", "content/pupils/a6n4x/plan.yaml"),
        ("content/People/e5h7w.yaml", "content/people/e5h7w.yaml"),
        ("content/pa\u030a/README.md", "content/p\u00e5/README.md"),
        ("content/\ufb01l/README.md", "content/fil/README.md"),
    ],
)
def test_twins_are_a_problem(school: Path, name: str, twin: str) -> None:
    for path in (name, twin):
        with_entry(school, "100644", blob(school, f"# {path}\n".encode()), path) if path not in CommitTree(
            school
        ).paths else None
    assert "fil-tvilling" in rules(CommitTree(school)).values()


def raw_tree(site: Path, *entries: tuple[str, bytes, str]) -> str:
    data = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in entries)
    return said(site, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", feed=data)


@pytest.mark.parametrize(
    "name", [b"..", b".", b".git", b"../../secret.yaml", b"a\nb.yaml", b"\xff\xfe.yaml", b"a\x1b[2J"]
)
def test_a_name_that_leads_out_is_a_problem(name: bytes, tmp_path: Path) -> None:
    site = repository(tmp_path / "site")
    (tmp_path / "secret.yaml").write_text(CANARY, encoding="ascii")
    inner = raw_tree(site, ("100644", b"secret.yaml", blob(site, b"a: b\n")))
    kind = "100644" if name.endswith((b".yaml", b"J")) else "40000"
    content = raw_tree(site, (kind, name, blob(site, b"a: b\n") if kind == "100644" else inner))
    top = raw_tree(site, ("40000", b"content", content))
    said(site, "update-ref", "HEAD", said(site, "commit-tree", top, "-m", "test"))
    tree = CommitTree(site)
    assert set(read_all(tree).values()) == {b"a: b\n"}
    found = checked(tree, date.fromisoformat(DAY))[1]
    assert {p.rule for p in found} == {"fil-okänd", "fil-saknas"}
    assert all("\x1b" not in as_text(p) and as_text(p).count("\n") == 1 for p in found)


def test_a_tree_that_holds_a_name_twice_is_a_problem(tmp_path: Path) -> None:
    site = repository(tmp_path / "site")
    one, two = blob(site, b"a: b\n"), blob(site, CANARY.encode())
    people = raw_tree(site, ("100644", b"aaaaa.yaml", one), ("100644", b"aaaaa.yaml", two))
    content = raw_tree(site, ("100644", b"README.md", one), ("40000", b"people", people))
    said(
        site, "update-ref", "HEAD", said(site, "commit-tree", raw_tree(site, ("40000", b"content", content)), "-m", "t")
    )
    assert rules(CommitTree(site))["content/people/aaaaa.yaml"] == "fil-slag"


# --- through the public commands


def test_every_command_leaves_every_trap_alone(place: Place, tmp_path: Path, trap: tuple[str, Path]) -> None:
    program, sprung = trap
    hostile = "".join(CONFIGURATIONS.values()).format(trap=program, hooks=tmp_path, included=tmp_path / "none")
    with (place.site / ".git" / "config").open("a", encoding="ascii") as file:
        file.write(hostile)
    (place.site / ".gitattributes").write_text("* filter=f diff=f ident\n", encoding="ascii")
    (place.site / ".git" / "info" / "attributes").write_text("* filter=f diff=f ident\n", encoding="ascii")
    home = tmp_path / "home"
    home.mkdir()
    template = home / "template" / "hooks"
    template.mkdir(parents=True)
    for hook in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        (template / hook).symlink_to(program)
    (home / ".gitconfig").write_text(
        f"{hostile}[init]\n templateDir = {home / 'template'}\n[commit]\n gpgSign = true\n", encoding="ascii"
    )
    env = {"HOME": str(home), "GIT_DIR": "/nowhere", "GIT_EXTERNAL_DIFF": program, "GIT_SSH_COMMAND": program}
    env |= {"GIT_TEMPLATE_DIR": str(home / "template"), "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={program}'"}
    shutil.rmtree(place.site / "output")
    assert place.run("build", "--recipient", "e5h7w", env=env).code == ExitCode.OK
    assert place.run("check", env=env).code == ExitCode.OK
    assert iup("demo", tmp_path / "demo", "--pupils", "3", "--terms", "2", env=env).code == ExitCode.OK
    looked = preview.Preview(place.site, lambda: date.fromisoformat(DAY), Renderer(load_assets()))
    assert looked.answer("", {}) is not None
    looked.close()
    assert not sprung.exists()
