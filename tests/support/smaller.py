"""A demonstration with fewer pupils: what takes a minute with the whole invented school takes seconds with a class."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from tests.support.repository import AUTHOR, git

if TYPE_CHECKING:
    from tests.conftest import Place

CLASS = ("a6n4x", "c8f3t", "k7q2m", "r9e2h")  # 2B, where Noel is


def leave(place: Place, *pupils: str) -> None:
    """Take all other pupils out of a place, with the classes and schools that are empty then, and commit."""
    for folder in (place.site / "content" / "pupils").iterdir():
        if folder.name not in pupils:
            shutil.rmtree(folder)
            (place.office / "register" / f"{folder.name}.yaml").unlink()
    for file in (place.site / "content" / "schools").glob("*.yaml"):
        head, *classes = re.split(r"^(?=  - id: )", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        classes = [found for one in classes if "{elev: " in (found := _left(one, pupils))]
        if classes:
            file.write_text(head + "".join(classes), encoding="utf-8")
        else:
            file.unlink()
    for root in (place.site, place.office):
        git(root, *AUTHOR, "commit", "--quiet", "--all", "--message", "färre elever")


def _left(text: str, pupils: tuple[str, ...]) -> str:
    """Return a class without the rows of other pupils, and without their names where a subject is for some alone."""
    text = re.sub(
        r"^      - \{elev: (\w+),.*\n", lambda row: row[0] if row[1] in pupils else "", text, flags=re.MULTILINE
    )
    named = re.compile(r", (endast|utom): \[([\w, ]+)\]")
    kept = []
    for line in text.splitlines(keepends=True):
        some = named.search(line)
        if some is None:
            kept.append(line)
        elif here := [name for name in some[2].split(", ") if name in pupils]:
            kept.append(named.sub(f", {some[1]}: [{', '.join(here)}]", line))
        elif some[1] == "utom":
            kept.append(named.sub("", line))
    return "".join(kept)
