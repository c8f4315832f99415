"""Files among the content that nobody meant to be content: an editor's, a system's, a copy, a secret key.

In: the paths of a tree that no one knows, and the bytes of what lies among the keys. Out: findings, told by the name of
the file alone; only for a secret key is a file opened. Nothing is removed: whose file it is may do that.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iup.problems import Rule, Severity
from iup.seal import certificate
from iup.site.paths import KEYS, OFFICE_FOLDER, routed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from iup.problems import Finding
    from iup.system.git.trees import Tree

RULES = (
    SIDE := Rule(
        "sidofil",
        Severity.NOTE,
        "det här är en redigerares eller ett systems egen fil; den hör inte till innehållet",
        "Redigerare, Word, Finder och Utforskaren lägger egna filer bredvid dem man arbetar med. De läses aldrig. Står "
        "deras namn i .gitignore nämns de inte heller.",
        "inget behöver göras; lägg namnet i .gitignore om den kommer tillbaka",
    ),
    COPY := Rule(
        "kopia",
        Severity.FAULT,
        "det här är en kopia av en fil; texten i den kommer inte med någonstans",
        "En kopia gör man själv, eller så gör OneDrive, Dropbox eller git den när två har ändrat i samma fil. Bara "
        "filen med det rätta namnet läses, och det som står i kopian skulle tyst försvinna.",
        "flytta det som ska vara med till den rätta filen, och ta bort kopian",
    ),
    SECRET := Rule(
        "hemlig-nyckel",
        Severity.FAULT,
        "filen har en hemlig nyckel i sig; räkna den som röjd",
        "I innehållet ligger bara publika nycklar. En hemlig nyckel som har legat här kan alla med en kopia av "
        "förrådet ha läst, och den ligger kvar i historiken även när filen är borta. Allt som är låst till nyckeln kan "
        "då läsas.",
        "checka inte in den; återkalla nyckeln, gör en ny, och ring den som driver systemet om den har checkats in",
    ),
)
# About the clone, not about a file in it.
CLONE_RULES = (
    SYNCED := Rule(
        "synkroniserad-mapp",
        Severity.WARNING,
        "klonen ligger i en mapp som synkroniseras (OneDrive, Dropbox eller liknande), och gits egna filer har kopior",
        "I katalogen .git ligger kopior som ett synkroniseringsprogram har gjort. Git och det programmet skriver då i "
        "samma filer, och incheckningar kan försvinna. Dessutom ligger alla elevers planer hos den som driver mappen.",
        "skicka det du har med git push, klona på nytt utanför mappen, och ta bort den gamla klonen",
    ),
)
# What OneDrive, Dropbox, iCloud and Syncthing call the second of two files; git never writes such names itself.
_CONFLICT = re.compile(
    r".*(?:\((?:.*(?:[Kk]onflikt|[Cc]onflict).*|kopia|[Cc]opy|\d+)\)|\.sync-conflict-|-(?:DESKTOP|LAPTOP|MacBook)\b).*"
)
_SIDE = re.compile(
    r"\.DS_Store|\._.*|\.AppleDouble|\.directory|\.Spotlight-.*|\.Trashes|Icon\r?|desktop\.ini|(?:eh)?[Tt]humbs\.db"
    r"|\..*\.sw[a-z]|4913|.*~|~\$.*|~.*\.tmp|#.*#|\.#.*|\.~lock\..*#|\.fuse_hidden.*|\.nfs[0-9a-f]+|\.goutputstream-.*"
    r"|\.gitkeep|\.\w+\.yaml\.\w{6}|.*\.kate-swp",
    re.DOTALL,
)
_SIDE_FOLDER = re.compile(r"(?:__MACOSX|\.vscode|\.idea|\.obsidian|\.AppleDouble|\.dropbox\.cache)")
_PREFIX = re.compile(r"(?:kopia av|kopia|copy of|copy)[ _-]+(?:\(\d+\) ?)?(?:av )?", re.IGNORECASE)
_STEM = re.compile(r"(?P<stem>[0-9A-F]{40}|[a-z0-9]+(?:-[a-z0-9]+)*?)(?P<rest>[^a-z0-9].*)")
_ENDS = re.compile(r".*\.(?:ya?ml|gpg|asc)(?:\.(?:orig|rej|bak|old|txt|save|kopia|copy|\d+))?", re.IGNORECASE)


def strays(paths: Iterable[str], unknown: Rule) -> Iterator[Finding]:
    """Yield what each file is that nobody knows; `unknown` is the rule for what is neither a side file nor a copy."""
    for path in paths:
        folders, _, name = path.rpartition("/")
        if _SIDE.fullmatch(name) or any(map(_SIDE_FOLDER.fullmatch, folders.split("/"))):
            yield SIDE.at(path)
        else:
            yield (COPY if _is_copy(path) else unknown).at(path)


def synced(root: Path) -> Iterator[Finding]:
    """Yield that a clone's own files have copies that a synchronising program made."""
    own = root / ".git"
    places = (own, *(own / "refs" / name for name in ("heads", "remotes", "remotes/origin", "tags")))
    if any(_CONFLICT.fullmatch(found.name) for place in places if place.is_dir() for found in place.iterdir()):
        yield SYNCED.at(".git")


def _is_copy(path: str) -> bool:
    """Say whether a path is that of a known file with something added to the name of the file or of a folder."""
    parts = path.split("/")
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        bare = _PREFIX.sub("", part) if _PREFIX.match(part) else part
        found = _STEM.fullmatch(bare)
        if found is None or (last and not _ENDS.fullmatch(bare)):
            candidates = [bare] if bare != part else []
        else:
            ending = (".gpg" if ".gpg" in bare or ".asc" in bare else ".yaml") if last else ""
            candidates = [f"{found['stem']}{ending}"]
        for one in candidates:
            original = "/".join((*parts[:number], one, *parts[number + 1 :]))
            if one != part and original.rpartition(".")[0] != path.rpartition(".")[0] and routed(original)[0]:
                return True
    return False


def secrets(tree: Tree, unknown: Iterable[str]) -> Iterator[Finding]:
    """Yield the files with a secret key in them: among the keys, and among those that nobody knows."""
    folders = (f"{KEYS}/", f"{OFFICE_FOLDER}/")
    for path in dict.fromkeys((*(path for path in tree.paths if path.startswith(folders)), *unknown)):
        try:
            if certificate.holds_secret_key(tree.read(path)):
                yield SECRET.at(path)
        except OSError:  # nobody can read it, and whoever asks for it is told
            continue
