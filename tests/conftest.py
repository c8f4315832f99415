"""What tests share: the invented school, built once, and the public commands run as a user would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

from iup.office.disclosure import public_copy
from iup.site.paths import READ_WITH_CONTENT
from iup.system.git.trees import MemoryTree, WorkTree
from tests.support import preloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

    from iup.model.school import School
    from iup.office.disclosure.public_copy import PublicTerm
    from tests.support.repository import Clone, Server

ROOT = Path(__file__).resolve().parent.parent
_AT_START = ("PYTHON", "LC_", "LANG")
FRESH = {"PYTHONUTF8": "1"}  # what makes `iup` start a process that has nothing loaded
DAY = "2026-11-24"  # the day of the invented school


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`: write the golden files anew; git then shows what changed."""
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/ from what the program says now")


def pytest_configure(config: pytest.Config) -> None:
    """Make a place for what is set once in a run, before its workers begin."""
    if not hasattr(config, "workerinput"):
        os.environ[preloaded.SET] = tempfile.mkdtemp(prefix="iup-tests-set-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take it away."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(preloaded.SET), ignore_errors=True)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def iup(
    *arguments: str | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    feed: str = "",
) -> Done:
    """Run `python build.py …` in a process of its own.

    The process is a fork of one that has the program loaded, unless something is asked for that Python reads at its own
    start.
    """
    if not any(name.startswith(_AT_START) for name in env or ()):
        return Done(*preloaded.run([*map(str, arguments)], cwd, {**os.environ, **(env or {})}, feed))
    done = subprocess.run(
        [sys.executable, str(ROOT / "build.py"), *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=feed,
        capture_output=True,
        text=True,
        timeout=900,  # a machine may be very busy
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def signalled(*command: str | Path) -> list[str]:
    """Return a command that signals end: whoever runs in the background or by cron ignores some, and so do its own."""
    env = shutil.which("env")  # a test may give the command a PATH of its own
    assert env
    return [env, "--default-signal=INT,HUP,QUIT,TERM", *map(str, command)]


@dataclass(frozen=True)
class Place:
    """A demonstration on disk: the teachers' site, the office, and a GnuPG home with every invented secret key."""

    root: Path

    @property
    def site(self) -> Path:
        return self.root / "site"

    @property
    def office(self) -> Path:
        return self.root / "office"

    @property
    def keyring(self) -> Path:
        return self.root / "keyring"

    @property
    def current(self) -> Path:
        return self.site / "output" / "current"

    def run(self, command: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Done:
        """Run a command on this site, on the invented school's day."""
        return iup(command, "--site", self.site, "--as-of", DAY, *arguments, env=env)

    def copied(self, root: Path, *without: str) -> Place:
        """Return a copy that a test may change. Sockets and passing locks of those who use this one stay behind."""
        ignored = shutil.ignore_patterns("S.*", ".#*", *without)
        shutil.copytree(self.root, root, symlinks=True, ignore=ignored, dirs_exist_ok=True)
        return Place(root)

    def end_agents(self) -> None:
        """End the agents that hold secret keys of this place in memory."""
        for home in (self.keyring, self.office / "keyhome" / "office", self.office / "keyhome" / "signing"):
            if any(home.glob("S.*")):
                subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)

    def commit(self) -> None:
        """Commit everything in the teachers' site."""
        author = ("-c", "user.name=test", "-c", "user.email=test@test.example")
        for arguments in (("add", "-A"), ("commit", "-qm", "test")):
            subprocess.run(["git", *author, *arguments], cwd=self.site, check=True, capture_output=True)


@contextmanager
def own_copy(place: Place, root: Path) -> Iterator[Place]:
    """Hold a copy of a place that a test may change; its agents end with it."""
    copy = place.copied(root / "d")
    yield copy
    copy.end_agents()


@contextmanager
def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Iterator[Path]:
    """Hold a directory with a `Place` that is made once for every worker of the run, so nobody may change it.

    The last worker that leaves it ends its agents; before, somebody may be in the middle of opening a file.
    """
    base = factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    root, users = base / name, base / f"{name}.users"
    with FileLock(base / f"{name}.lock"):
        if not users.exists():
            make(root)
        users.write_text(str(1 + int(users.read_text() if users.exists() else 0)))
    yield root
    with FileLock(base / f"{name}.lock"):
        left = int(users.read_text()) - 1
        users.write_text(str(left))
        if not left:
            Place(root).end_agents()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the demonstration, built; shared by every worker of the run."""

    def make(root: Path) -> None:
        done = iup("demo", root, "--terms", "1", env={"SOURCE_DATE_EPOCH": "1795478400"})
        assert done.code == 0, done.err

    with shared(tmp_path_factory, "demo", make) as root:
        yield Place(root)


@pytest.fixture(scope="session")
def small(built: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the demonstration with one class alone, built; shared by every worker of the run."""
    from tests.support import smaller  # noqa: PLC0415  it needs this module

    def make(root: Path) -> None:
        place = built.copied(root)
        smaller.leave(place, *smaller.CLASS)
        done = place.run("build")
        assert done.code == 0, done.err

    with shared(tmp_path_factory, "small", make) as root:
        yield Place(root)


@pytest.fixture(scope="session")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return the invented school with a few terms archived and nothing built; shared by every worker of the run."""
    from tests.support import disclosing  # noqa: PLC0415  it needs this module

    with shared(tmp_path_factory, "archived", disclosing.make) as root:
        yield Place(root)


@pytest.fixture(scope="session")
def school(archived: Place) -> School:
    """Return the archived school as it is read."""
    from tests.support import disclosing  # noqa: PLC0415  it needs this module

    return disclosing.school_of(archived)


@pytest.fixture(scope="session")
def ordinary(archived: Place, school: School) -> PublicTerm:
    """Return the public copy of the one term of a pupil of whom nothing is special."""
    from tests.support import disclosing  # noqa: PLC0415  it needs this module

    [term] = public_copy.terms(archived.office, school.municipality, disclosing.ORDINARY)
    return term


@pytest.fixture
def disclosed(archived: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a school with archived pupils of the test's own."""
    with own_copy(archived, tmp_path) as copy:
        yield copy


@pytest.fixture
def place(built: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a demonstration of the test's own, a copy of the built one."""
    with own_copy(built, tmp_path) as copy:
        yield copy


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with the invented school, for copies; shared by every worker of the run."""
    from tests.support import repository  # noqa: PLC0415  it needs this module

    with shared(tmp_path_factory, "server", repository.serve) as root:
        yield repository.Server(root / repository.NAME)


@pytest.fixture
def server(template: Server, tmp_path: Path) -> Server:
    """Return a server of the test's own, which takes pushes by its hook."""
    copy = type(template)(tmp_path / "school.git")
    shutil.copytree(template.path, copy.path)
    return copy


@pytest.fixture
def mentor(server: Server) -> Clone:
    """Return the mentor's clone of it."""
    from tests.support import repository  # noqa: PLC0415  it needs this module

    return server.clone(repository.MENTOR)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the machine's own Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where pages are opened

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            # A worker that has set text knows the shipped fonts alone; a browser has the machine's.
            env={name: value for name, value in os.environ.items() if not name.startswith("FONTCONFIG_")},
        )
        chromium.new_context = _patient(chromium.new_context)  # type: ignore[method-assign]
        chromium.new_page = _tabs(chromium.new_context())  # type: ignore[method-assign]
        yield chromium
        chromium.close()


def _patient(opens: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
    """Have contexts wait as long for something to appear as commands may take: a machine may be very busy."""

    def opened(**options: Any) -> BrowserContext:  # noqa: ANN401  the library's options
        made = opens(**options)
        made.set_default_timeout(300_000)
        return made

    return opened


def _tabs(context: BrowserContext) -> Callable[..., Page]:
    """Have a page be one more tab: a profile of its own for each takes longer than most of what is looked at in it.

    One tab stays open. With the last one goes what the next would have to wait for.
    """
    context.new_page()

    def opened(viewport: ViewportSize | None = None) -> Page:
        page = context.new_page()
        if viewport:
            page.set_viewport_size(viewport)
        return page

    return opened


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a function that compares a text with `tests/golden/NAME`, or writes it there under `--update-golden`."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), "meant? then: pytest --update-golden, and read the diff"

    return compare


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """Return every file of the invented school, the office's register with it, by path."""
    found = {}
    for tree in (WorkTree(ROOT), WorkTree(ROOT / "tests" / "data" / "office", READ_WITH_CONTENT)):
        found.update({path: tree.read(path) for path in tree.paths})
    return found


def changed(files: Mapping[str, bytes], **texts: bytes) -> MemoryTree:
    """Return the files as a tree with some of them replaced."""
    return MemoryTree({**files, **texts})
