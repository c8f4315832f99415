"""The faces that a document is set with: the usual family, and those of other scripts that its text needs.

In: the program's assets, and the families that a text needs (`iup.text.letters`). Out: `@font-face` rules. A face is
loaded where its rule stands, so a document pays for no script that it has not. No other font is ever found: Fontconfig
is pointed at a file of ours that names no directory, before anything loads it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from iup.documents.assets import TEMPLATES
from iup.text.letters import families

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.documents.assets import Assets

FAMILY = "Plansans"
_WIDER = "SourceSans3Wide"  # the same family with more letters: it takes the usual one's place
_EMOJI = "NotoEmoji"
# The layout library asks for a family of this name where a sign is to be a picture.
_PICTURES = "emoji"
_FIELDS = "Planfields"
_STYLES = {"Regular": "font-weight: 400", "Semibold": "font-weight: 600", "It": "font-style: italic"}


def use_ours_alone() -> None:
    """Have Fontconfig know no font of the machine's, in this process and in those that it starts."""
    os.environ["FONTCONFIG_FILE"] = str(TEMPLATES / "fonts" / "fonts.conf")
    for name in ("FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"):
        os.environ.pop(name, None)


def faces(assets: Assets, needed: tuple[str, ...]) -> str:
    """Return the rules that load the usual family and those needed beside it."""
    usual = _WIDER if _WIDER in needed else families()[0][0]
    return "\n".join(_rules(assets, (usual, *(name for name in needed if name != _WIDER))))


def field_face() -> str:
    """Return the rules that give the fields of a form a family of their own.

    A field embeds its font whole, with a map of whole characters: text must not share it that is set by `clusters`.
    """
    return (
        f'@font-face {{ font-family: {_FIELDS}; src: url("asset:fonts/{families()[0][0]}-Regular.ttf"); }}\n'
        f"textarea, input, select {{ font-family: {_FIELDS} !important; }}"
    )


def _rules(assets: Assets, names: tuple[str, ...]) -> Iterator[str]:
    for number, name in enumerate(names):
        shown = FAMILY if number == 0 else _PICTURES if name == _EMOJI else name
        for face, style in _STYLES.items():
            file = f"fonts/{name}-{face}.ttf"
            if file in assets.files:
                yield f'@font-face {{ font-family: {shown}; src: url("asset:{file}"); {style}; }}'
