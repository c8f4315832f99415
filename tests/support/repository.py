"""A school's repository on a server, with its hook, and clones of it on people's machines."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.conftest import DAY, ROOT, Done, iup
from tests.support import preloaded
from tests.support.hook import LISTENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.conftest import Place

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
NAME = "school.git"
_HOOK = str(ROOT / "tests" / "support" / "hook.py")
# Who commits where it is nobody in particular.
AUTHOR = ("-c", "user.name=test", "-c", "user.email=test@test.example")
QUIET = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0"}
EMAILS = dict(
    re.findall(r"person: (\w+), e-post: \[([^\]]+)\]", (ROOT / "content" / "roster.yaml").read_text(encoding="utf-8"))
)
ACCOUNTS = dict(
    re.findall(r"person: (\w+), .*konto: \[([^\]]+)\]", (ROOT / "content" / "roster.yaml").read_text(encoding="utf-8"))
)
MENTOR, OFFICE, PRINCIPAL, SPORTS, ART = "t3m8k", "o7k3m", "r4x8w", "g4s7e", "j2y8c"
FORMER_SPORTS = "d9k3v"
PUPIL, GUARDIAN = "a6n4x", "e5h7w"
PLAN, GOALS = f"content/pupils/{PUPIL}/plan.yaml", f"content/pupils/{PUPIL}/goals.yaml"
AGREED = "bara om det behövs. Vi ses på ett kort avstämningsmöte den 28 januari.\n    av: t3m8k\n    datum: 2026-11-16"
AGREED_ANEW = "bara om det behövs. Vi ses den 2 februari.\n    av: t3m8k\n    datum: 2026-11-24"


def git(
    where: Path, *arguments: str, env: Mapping[str, str] | None = None, check: bool = True, feed: bytes = b""
) -> Done:
    """Run git as a person at a machine without settings of its own."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=where,
        env={**CLEAN, **QUIET, **(env or {})},
        input=feed,
        capture_output=True,
        timeout=900,
        check=False,
    )
    out, err = (said.decode("utf-8", "surrogateescape") for said in (done.stdout, done.stderr))
    assert not check or done.returncode == 0, err
    return Done(done.returncode, out, err)


@dataclass
class Clone:
    """A clone of the server's repository, in somebody's hands."""

    path: Path
    person: str
    env: dict[str, str] = field(default_factory=dict)

    def git(self, *arguments: str, check: bool = True, env: Mapping[str, str] | None = None) -> Done:
        name = ("-c", f"user.name={self.person}", "-c", f"user.email={EMAILS[self.person]}")
        return git(self.path, *name, *arguments, env={**self.env, **(env or {})}, check=check)

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Replace what stands once in a file; an empty former text is put last."""
        file = self.path / path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        for old, new in changes:
            assert not old or text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new) if old else text + new
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message: str = "Efter samtalet", *options: str, env: Mapping[str, str] | None = None) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message, *options, env=env)
        return self.git("rev-parse", "HEAD").out.strip()

    def push(self, *refs: str, account: str | None = None) -> Done:
        """Push as the account the server knows this person by, or another."""
        who = ACCOUNTS[self.person] if account is None else account
        env = {**preloaded.listens(), "IUP_KONTO": who}
        return self.git("push", "--quiet", "origin", *(refs or ("HEAD:main",)), env=env, check=False)


@dataclass(frozen=True)
class Server:
    """A bare repository with the hook."""

    path: Path

    def clone(self, person: str, name: str = "") -> Clone:
        where = self.path.parent / (name or f"clone-{person}")
        git(self.path.parent, "clone", "--quiet", f"file://{self.path}", str(where))
        return Clone(where, person)

    def tip(self, ref: str = "refs/heads/main") -> str:
        return git(self.path, "rev-parse", ref).out.strip()

    def hook(self) -> Path:
        return self.path / "hooks" / "pre-receive"

    @contextmanager
    def unguarded(self) -> Iterator[None]:
        """Take what is pushed in the block without judging it, as the server's operator can."""
        aside = self.hook().with_suffix(".aside")
        self.hook().rename(aside)
        try:
            yield
        finally:
            aside.rename(self.hook())


def serve(where: Path, identity: str = "keyfile") -> Server:
    """Make the invented school's repository and put the hook in place, as the command does, on the school's day."""
    seed = where / "seed"
    seed.mkdir(parents=True)
    for folder in ("content", "policies"):
        shutil.copytree(ROOT / folder, seed / folder)
    git(seed, "init", "--quiet", "--initial-branch=main")
    office = Clone(seed, OFFICE)
    office.commit("Skolans filer")
    server = Server(where / NAME)
    git(where, "clone", "--quiet", "--bare", str(seed), str(server.path))
    install(server, identity)
    return server


def install(server: Server, identity: str) -> None:
    """Put the hook in place, on the school's day, and with a way to run in the process that has the program loaded.

    The hook that `hooks install` writes is itself run by the tests of the installation.
    """
    done = iup("hooks", "install", "--server", server.path, "--identity", identity)
    assert done.code == 0, done.err
    hook = server.hook()
    text = hook.read_text(encoding="utf-8")
    text = text.replace("hooks pre-receive", f"hooks pre-receive --as-of {DAY}")
    words = text[text.index("hooks pre-receive") :].strip()
    start = f'[ -z "${LISTENS}" ] || exec {shlex.quote(sys.executable)} -I -S {shlex.quote(_HOOK)} {words}'
    hook.write_text(text.replace("exec ", f"{start}\nexec ", 1), encoding="utf-8")


def refusals(done: Done) -> list[tuple[str, str]]:
    """Return the place and the rule of each refusal in what git printed of the server's words."""
    return list(_refusals(done))


def _refusals(done: Done) -> Iterator[tuple[str, str]]:
    for line in done.err.splitlines():
        if match := re.match(r"remote: (\S.*?:\d+:\d+): fel: .* \[([^\]]+)\]", line):
            yield match[1], match[2]


def rules(by: Clone, *refs: str) -> list[str]:
    """Push, and return the rules that it breaks."""
    return [rule for _, rule in refusals(by.push(*refs))]


def clerk(place: Place) -> Clone:
    """Return a built site's own repository in the hands of the office's clerk."""
    return Clone(place.site, OFFICE)


def served(place: Place) -> Server:
    """Put a built site on a server with the hook, which its own repository then pushes to."""
    server = Server(place.root / NAME)
    git(place.root, "clone", "--quiet", "--bare", str(place.site), str(server.path))
    install(server, "keyfile")
    git(place.site, "remote", "add", "origin", f"file://{server.path}")
    return server
