"""Make the small fonts in this folder from Adobe's npm package `source-sans`.

    python subset.py FOLDER        FOLDER is the unpacked package (it holds TTF/)

Needs fonttools and brotli. Writes, beside this file, three static faces as
TTF (for the PDF, with more alphabets) and as WOFF2 (for the HTML page), and checks each one.
"Source" is a Reserved Font Name, so the subset carries the family name Plansans.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Plansans"
RESERVED = "source"
HERE = Path(__file__).resolve().parent

# file stem -> (family of four, style in it, typographic style or None)
FACES = {
    "SourceSans3-Regular": (FAMILY, "Regular", None),
    "SourceSans3-Semibold": (f"{FAMILY} Semibold", "Regular", "Semibold"),
    "SourceSans3-It": (FAMILY, "Italic", None),
}

CODEPOINTS = (
    set(range(0x20, 0x7F))  # Basic Latin
    | set(range(0xA0, 0x180))  # Latin-1 Supplement, Latin Extended-A
    | {0x2011, 0x202F}  # non-breaking hyphen, narrow no-break space
    | {ord(c) for c in "–—‘’‚“”„†•…‰′″‹›€←→−×≤≥½§✓☐☑○◉●"}
)

# A PDF shows what its own font holds, or nothing: names in other alphabets must be there. A browser has more fonts.
MORE = (
    set(range(0x180, 0x250))  # Latin Extended-B, the Romanian comma below
    | set(range(0x300, 0x370))  # combining marks
    | set(range(0x370, 0x400))  # Greek
    | set(range(0x400, 0x460))  # Cyrillic
    | set(range(0x490, 0x492))  # Ukrainian ghe
    | set(range(0x1E00, 0x1F00))  # Vietnamese and others
)

# The default figures are lining and tabular already (the family has no tnum or
# lnum feature); no ligatures, so that copied text keeps its letters.
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl"]


def rename(font: TTFont, family: str, style: str, typographic_style: str | None) -> None:
    """Replace every name that shows the reserved name; copyright and licence stay."""
    full = family if style == "Regular" else f"{family} {style}"
    postscript = f"{FAMILY}-{typographic_style or style}"
    new = {1: family, 2: style, 3: f"3.052;{postscript}", 4: full, 6: postscript}
    if typographic_style:
        new |= {16: FAMILY, 17: typographic_style}
    table = font["name"]
    table.names = [n for n in table.names if n.nameID in (0, 5, 13, 14)]
    for name_id, text in new.items():
        table.setName(text, name_id, 3, 1, 0x409)


def make(source: Path, face: tuple[str, str, str | None], codepoints: set[int]) -> TTFont:
    options = subset.Options()
    options.layout_features = FEATURES
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["DSIG"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codepoints)
    subsetter.subset(font)
    rename(font, *face)
    return font


def check(path: Path) -> None:
    font = TTFont(path)
    cmap = font.getBestCmap()
    lacking = sorted(CODEPOINTS - set(cmap))
    problems = [f"U+{c:04X} lacking" for c in lacking]
    for table in font["cmap"].tables:
        problems += [f"U+{c:04X} is .notdef" for c, g in table.cmap.items() if g == ".notdef"]
        if 0 in table.cmap:
            problems.append("U+0000 in cmap")
    if len({font["hmtx"][cmap[ord(d)]][0] for d in "0123456789"}) != 1:
        problems.append("figures are not tabular")
    if "kern" not in {r.FeatureTag for r in font["GPOS"].table.FeatureList.FeatureRecord}:
        problems.append("no kerning")
    for record in font["name"].names:
        if record.nameID not in (0, 13, 14) and RESERVED in record.toUnicode().lower():
            problems.append(f"reserved name in name id {record.nameID}")
    if problems:
        sys.exit(f"{path.name}: " + "; ".join(problems))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(cmap)} code points")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for stem, face in FACES.items():
        source = Path(sys.argv[1]) / "TTF" / f"{stem}.ttf"
        for suffix, flavor, codepoints in ((".ttf", None, CODEPOINTS | MORE), (".woff2", "woff2", CODEPOINTS)):
            font = make(source, face, codepoints)
            font.flavor = flavor
            target = HERE / f"{stem}{suffix}"
            font.save(target)
            check(target)


if __name__ == "__main__":
    main()
