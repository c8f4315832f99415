"""Draw the floors of the house from the imports: `python docs/pictures/floors.py` writes `floors.svg` beside this file.

In: the modules of `iup/`, read and not run. Out: a row for each floor from the ground up, a box for each package (or
module on the ground) with the first sentence of its docstring, how many modules it has, and what it stands on. It
stands on all that those stand on, too. `tests/test_architecture.py` compares the committed picture with this one.
"""

from __future__ import annotations

import ast
import re
import textwrap
from functools import cache
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PICTURE = HERE / "floors.svg"
WIDTH, MARGIN, GAP, LINE = 1000, 16, 10, 16
TEXT_WIDTH = 6.5  # pixels that a character may take
SHORT = 22  # a shorter name gets a box as wide as one of so many characters
STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; font-size: 12px }
  .page { fill: #ffffff } .box { fill: #eef3f8; stroke: #7b93ab } .ground { fill: #f3efe6; stroke: #a3957a }
  .name { font-size: 15px; font-weight: 600; fill: #16283a } .what { fill: #26394c } .on { fill: #4a5c6e }
  .floor { fill: #5a6b7c }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .box { fill: #18222d; stroke: #56718c } .ground { fill: #262218; stroke: #85775a }
    .name { fill: #e8eff6 } .what { fill: #cbd6e1 } .on { fill: #9fb0c0 } .floor { fill: #93a3b3 }
  }
"""


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_name(path): path for path in sorted((ROOT / "iup").rglob("*.py"))}
PACKAGES = {module for module, path in MODULES.items() if path.name == "__init__.py"}


@cache
def tree(module: str) -> ast.Module:
    """Return a module's syntax."""
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def unit(module: str) -> str:
    """Return what a module stands on its floor with: its package, or itself where it lies on the ground."""
    if module in PACKAGES:
        return module
    package = module.rpartition(".")[0]
    return module if package == "iup" else package


def imported(module: str) -> set[str]:
    """Return the modules of ours that one imports, for types and inside functions too."""
    found = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                longer = f"{node.module}.{alias.name}"
                found.add(longer if longer in MODULES else node.module or "")
    return found & MODULES.keys()


def needs() -> dict[str, set[str]]:
    """Return what each package imports from, itself not."""
    found: dict[str, set[str]] = {unit(module): set() for module in MODULES}
    for module in MODULES:
        found[unit(module)] |= {unit(other) for other in imported(module)} - {unit(module)}
    return found


def floors() -> tuple[tuple[str, ...], ...]:
    """Return the floors from the ground up: each package as low as what it imports lets it be.

    A package that has nothing but other packages in it stands where the lowest of those does.
    """
    below = needs()
    height: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in height:
            height[name] = max((level(other) + 1 for other in below[name]), default=0)
        return height[name]

    for name in below:
        level(name)
    for name in below:
        inner = [height[other] for other in below if other.startswith(f"{name}.")]
        if name != "iup" and inner and not any(unit(module) == name for module in MODULES if module != name):
            height[name] = min(inner)
    return tuple(
        tuple(sorted(name for name in height if height[name] == number)) for number in range(max(height.values()) + 1)
    )


def _stands_on(name: str, below: dict[str, set[str]]) -> list[str]:
    """Return what a package imports that it does not reach by another one."""

    def reached(other: str) -> set[str]:
        return below[other].union(*(reached(further) for further in below[other]))

    indirect = set().union(*(reached(other) for other in below[name]))
    return sorted(below[name] - indirect - {"iup"})


def _lines(text: str, width: float) -> list[str]:
    return textwrap.wrap(text, int((width - 20) / TEXT_WIDTH))


def _box(name: str, below: dict[str, set[str]], width: float) -> tuple[str, list[tuple[str, str]]]:
    """Return a box's kind and its lines of text, each with its class."""
    told = " ".join((ast.get_docstring(tree(name)) or "").split())
    what = re.split(r"[;.](?:\s|$)", told)[0].replace("`", "")
    modules = sum(unit(module) == name and module != name for module in MODULES)
    on = ", ".join(other.removeprefix("iup.") for other in _stands_on(name, below))
    count = "a module" if name not in PACKAGES else f"{modules} modules" if modules > 1 else f"{modules} module"
    rows = [("name", name.removeprefix("iup."))]
    rows += [("what", line) for line in _lines(what, width)]
    rows += [("on", line) for line in _lines(f"{count}; on {on}" if on else count, width)]
    return "box" if name in PACKAGES else "ground", rows


def picture() -> str:
    """Return the picture as SVG."""
    below = needs()
    rows = [[name for name in names if name not in {"iup", "iup.office"}] for names in floors()]
    drawn: list[str] = []
    top = MARGIN
    for number in range(len(rows) - 1, -1, -1):
        left: float = MARGIN + 24
        drawn.append(f'<text class="floor" x="{MARGIN}" y="{top + 21}">{number}</text>')
        shares = [max(len(name), SHORT) for name in rows[number]]
        room = (WIDTH - MARGIN - left - GAP * (len(shares) - 1)) / sum(shares)
        boxes = [
            (room * share, *_box(name, below, room * share)) for name, share in zip(rows[number], shares, strict=True)
        ]
        height = 14 + LINE * max(len(lines) for _, _, lines in boxes)
        for width, kind, lines in boxes:
            drawn.append(
                f'<rect class="{kind}" x="{left:.0f}" y="{top}" width="{width:.0f}" height="{height}" rx="4"/>'
            )
            for line, (style, text) in enumerate(lines):
                y = top + 21 + LINE * line
                drawn.append(f'<text class="{style}" x="{left + 10:.0f}" y="{y}">{escape(text)}</text>')
            left += width + GAP
        top += height + GAP
    size = f'width="{WIDTH}" height="{top + MARGIN - GAP}" viewBox="0 0 {WIDTH} {top + MARGIN - GAP}"'
    told = "; ".join(
        f"{number}: {', '.join(name.removeprefix('iup.') for name in names)}" for number, names in enumerate(rows)
    )
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            '<title id="title">The floors of iup: a package imports only from floors below its own</title>',
            f'<desc id="desc">From the ground up. {escape(told)}.</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="page" width="{WIDTH}" height="{top + MARGIN - GAP}"/>',
            *drawn,
            "</svg>\n",
        )
    )


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
