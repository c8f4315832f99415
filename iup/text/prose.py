"""How a text that somebody wrote is read: paragraphs at blank lines, lists at `- `, wrapped lines joined.

In: a text as it lies in a file, wrapped for the editor. Out: its blocks, or the same text with one line a paragraph.
Not Markdown: there a line that begins `1986. ` or a word in *stars* would come out as something else than was written.
"""

from __future__ import annotations

import re

_PARAGRAPHS = re.compile(r"\n[ \t]*\n")
_BULLET = re.compile(r"^[ \t]*[-•][ \t]+")


def blocks(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each paragraph as its running text and the points of the list that follows in it; either may be empty."""
    found = []
    for paragraph in _PARAGRAPHS.split(text.strip()):
        run: list[str] = []
        bullets: list[str] = []
        for line in paragraph.split("\n"):
            if _BULLET.match(line):
                bullets.append(_BULLET.sub("", line))
            elif bullets:
                bullets[-1] += f" {line.strip()}"
            else:
                run.append(line.strip())
        found.append((" ".join(run), tuple(bullets)))
    return found


def unwrapped(text: str) -> str:
    """Return a text as it is read, with one line for each paragraph and point: what somebody is given to alter."""
    return "\n\n".join(
        "\n".join([*([run] if run else []), *(f"- {point}" for point in bullets)]) for run, bullets in blocks(text)
    )
