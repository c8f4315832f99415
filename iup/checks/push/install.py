"""Install git's hooks and the merge driver, and read whom the server vouches for.

A hook is a few lines of shell that start this program, and refuse when it cannot be started. The server may say in
several ways who pushes. Which of them is believed is decided when the hook is installed, never guessed from what
happens to be set.
"""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from enum import StrEnum
from pathlib import Path

from iup.errors import RepositoryError, UsageError
from iup.site.paths import pupil_folder
from iup.system import files
from iup.system.git import history, plumbing

_PROGRAM = Path(__file__).resolve().parents[3] / "build.py"
_MARK = "# iup hook 1"
_PLANS = f"{pupil_folder('*')}/*.yaml merge=iup"


class Vouching(StrEnum):
    """What is believed about who pushes: which server's word, or signatures alone."""

    GITOLITE = "gitolite"
    FORGEJO = "forgejo"
    GITLAB = "gitlab"
    KEYFILE = "keyfile"
    ACCOUNT = "account"
    SIGNATURE = "signature"


_VARIABLES = {
    Vouching.GITOLITE: "GL_USER",
    Vouching.FORGEJO: "GITEA_PUSHER_NAME",
    Vouching.GITLAB: "GL_USERNAME",
    Vouching.KEYFILE: "IUP_KONTO",
}


def vouched(by: Vouching) -> str | None:
    """Return the account that the server vouches for, empty when it names none; None where only signatures count."""
    match by:
        case Vouching.SIGNATURE:
            return None
        case Vouching.ACCOUNT:
            return pwd.getpwuid(os.getuid()).pw_name  # not $USER, which is anybody's to set
        case _:
            return os.environ.get(_VARIABLES[by], "")


def install_site(site: Path) -> tuple[Path, ...]:
    """Install the check before commits and the merge of plans by field in a teacher's repository."""
    common = _git_directory(site, "--git-common-dir")
    if plumbing.git(site, "config", "--local", "--get", "core.hooksPath").out.strip():
        raise UsageError(
            "förrådet har sina krokar på ett annat ställe (core.hooksPath)",
            "ta bort inställningen: git config --unset core.hooksPath",
        )
    below = plumbing.git(site, "rev-parse", "--show-prefix").out.decode().rstrip("\n")
    hook = common / "hooks" / "pre-commit"
    _write_hook(hook, f'check --staged --site "$(git rev-parse --show-toplevel)"/{shlex.quote(below)}', "incheckningen")
    driver = f"{_command()} merge-plan %O %A %B %P"
    for name, value in (("name", "iup: slår ihop planer fält för fält"), ("driver", driver)):
        if plumbing.git(site, "config", "--local", f"merge.iup.{name}", value).code:
            raise RepositoryError(f"git kan inte spara sina inställningar i {site}")
    attributes = common / "info" / "attributes"
    lines = attributes.read_text(encoding="utf-8").splitlines() if attributes.is_file() else []
    ours = f"{below}{_PLANS}"
    if ours not in lines:
        files.private_directory(attributes.parent)
        files.write_whole(attributes, "\n".join([*lines, ours, ""]).encode())
    return hook, attributes


def install_door(server: Path, by: Vouching) -> Path:
    """Install the check of pushes in a bare repository that has a branch main; return the hook."""
    directory = _git_directory(server, "--absolute-git-dir")
    if plumbing.git(directory, "rev-parse", "--is-bare-repository").out.strip() != b"true":
        raise UsageError(
            f"{server} är inte ett förråd utan arbetsfiler (bare)", "gör ett på servern med git clone --bare"
        )
    plumbing.resolve(directory, "refs/heads/main")
    hook = _door_hook(directory, by)
    if not hook.exists():
        _refuse_unjudged(directory)
    for name, value in (
        ("receive.fsckObjects", "true"),
        ("receive.denyNonFastForwards", "true"),
        ("receive.denyDeleteCurrent", "refuse"),
        ("receive.shallowUpdate", "false"),
    ):
        if plumbing.git(directory, "config", "--local", name, value).code:
            raise RepositoryError(f"git kan inte spara sina inställningar i {server}")
    _write_hook(hook, f"hooks pre-receive --identity {by.value}", "det du skickar")
    return hook


def _refuse_unjudged(directory: Path) -> None:
    """Refuse where a branch has commits that main lacks: nobody has judged whose they are, and they may land later."""
    branches = history.refs(directory, "refs/heads/")
    main = branches["refs/heads/main"]
    loose = sorted(name for name, tip in branches.items() if not history.is_ancestor(directory, tip, main))
    if loose:
        raise UsageError(
            f"förrådet har {len(loose)} gren{'' if len(loose) == 1 else 'ar'} med incheckningar som main inte har, och "
            "ingen har prövat vems de är",
            "för in dem i main eller ta bort dem (git branch -D), och skicka dem på nytt när kroken är på plats",
        )


def _door_hook(directory: Path, by: Vouching) -> Path:
    """Return where the server's own program looks for hooks of ours."""
    if by is Vouching.GITLAB:
        return directory / "custom_hooks" / "pre-receive"
    if by is Vouching.FORGEJO:
        return directory / "hooks" / "pre-receive.d" / "iup"
    return directory / "hooks" / "pre-receive"


def _git_directory(place: Path, which: str) -> Path:
    found = plumbing.git(place, "rev-parse", which) if place.is_dir() else None
    if found is None or found.code:
        raise UsageError(f"{place} är inte ett git-förråd", "ange en katalog som git init eller git clone har gjort")
    return (place / found.out.decode().rstrip("\n")).resolve()


def _command() -> str:
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(_PROGRAM))}"


def _write_hook(path: Path, arguments: str, what: str) -> None:
    if path.exists() and _MARK not in path.read_text(encoding="utf-8", errors="replace"):
        raise UsageError(f"{path} finns redan och är någon annans krok", "flytta den, eller anropa iup inifrån den")
    files.private_directory(path.parent)
    python, program = shlex.quote(sys.executable), shlex.quote(str(_PROGRAM))
    script = f"""#!/bin/sh
{_MARK}, written by build.py hooks install: do not edit, install it again.
unset SOURCE_DATE_EPOCH
if ! [ -x {python} ] || ! [ -f {program} ]; then
    echo 'fel: programmet iup finns inte där kroken söker det; {what} stoppas. Säg till den som driver systemet.' >&2
    exit 3
fi
exec {python} -E -s -X utf8 {program} {arguments}
"""
    files.write_whole(path, script.encode())
    path.chmod(0o700)
