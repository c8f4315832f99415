"""Make the fonts in this folder from packages of npm, and write down which characters they have.

    npm pack PACKAGE@VERSION …     those of `sources.PACKAGES`, into one folder
    pip download --no-deps PACKAGE==VERSION
    python subset.py FOLDER

Needs fonttools, brotli and the machine's HarfBuzz. Writes, beside this file, each face as TTF (for the PDF) and those
of the page as WOFF2, checks each, and writes the list of characters by family (`iup/text/letters.txt`).
"Source" is a Reserved Font Name, so what is made of it carries the family name Plansans.
"""

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

from compose import compose
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from sources import EMOJI, FACES, FAMILIES, PACKAGES, PAGE, PRINT, WIDER, Family

FAMILY = "Plansans"
RESERVED = "source"
HERE = Path(__file__).resolve().parent
LETTERS = HERE.parents[1] / "iup" / "text" / "letters.txt"
# face -> (family of four, style in it, typographic style or None)
STYLES = {
    "Regular": (FAMILY, "Regular", None),
    "Semibold": (f"{FAMILY} Semibold", "Regular", "Semibold"),
    "It": (FAMILY, "Italic", None),
}
# The default figures are lining and tabular already (the family has no tnum or
# lnum feature); no ligatures, so that copied text keeps its letters.
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl")
# A family's own space, between two words, and the ring that stands for the letter that a lone mark lacks.
SPACE = 0x20
OWN = frozenset({SPACE, 0x25CC})
# What makes a picture of a sign, a digit or a letter before it.
PICTURES = frozenset({0x20E3, 0xFE0F})


def source(folder: Path, package: str, name: str) -> TTFont:
    """Open a font of a package as `npm pack` left it; one that is not the package named in `sources` is refused."""
    version, digest = PACKAGES[package]
    scoped = package.removeprefix("@").replace("/", "-")
    file = f"{package}-{version}-py3-none-any.whl" if "_" in package else f"{scoped}-{version}.tgz"
    data = (folder / file).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        sys.exit(f"{package}: not the package that the fonts were made from")
    font = TTFont(io.BytesIO(_member(data, package, name)), recalcTimestamp=False)
    font.flavor = None
    if "fvar" in font:
        font = instantiateVariableFont(font, {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes})
    return font


def _member(data: bytes, package: str, name: str) -> bytes:
    """Return a file of a package."""
    if "_" in package:
        with zipfile.ZipFile(io.BytesIO(data)) as zipped:
            return zipped.read(f"{package}/{name}")
    with tarfile.open(fileobj=io.BytesIO(data)) as packed:
        member = packed.extractfile(f"package/{name}")
        return member.read() if member else b""


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


def make(font: TTFont, codepoints: frozenset[int], features: tuple[str, ...]) -> TTFont:
    """Return a font with some of its characters and features."""
    options = subset.Options()
    options.layout_features = list(features)
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["DSIG", "MATH"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codepoints)
    subsetter.subset(font)
    return font


def check(path: Path, needed: frozenset[int] = frozenset()) -> frozenset[int]:
    """Stop where a font that was made lacks something or shows the reserved name; return its characters."""
    font = TTFont(path)
    cmap = font.getBestCmap()
    problems = [f"U+{c:04X} lacking" for c in sorted(needed - set(cmap))]
    for table in font["cmap"].tables:
        problems += [f"U+{c:04X} is .notdef" for c, g in table.cmap.items() if g == ".notdef"]
        if 0 in table.cmap:
            problems.append("U+0000 in cmap")
    if needed and len({font["hmtx"][cmap[ord(d)]][0] for d in "0123456789"}) != 1:
        problems.append("figures are not tabular")
    if needed and "kern" not in {r.FeatureTag for r in font["GPOS"].table.FeatureList.FeatureRecord}:
        problems.append("no kerning")
    for record in font["name"].names:
        if needed and record.nameID not in (0, 13, 14) and RESERVED in record.toUnicode().lower():
            problems.append(f"reserved name in name id {record.nameID}")
    if problems:
        sys.exit(f"{path.name}: " + "; ".join(problems))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(cmap)} code points")
    return frozenset(cmap)


def own_family(folder: Path) -> frozenset[int]:
    """Make the faces of the page and of a plan in Swedish; return the characters of the latter."""
    letters = frozenset()
    for face, name in FACES.items():
        for suffix, flavor, codepoints in ((".ttf", None, PRINT), (".woff2", "woff2", PAGE)):
            font = make(source(folder, "source-sans", name), codepoints, FEATURES)
            rename(font, *STYLES[face])
            font.flavor = flavor
            target = HERE / f"SourceSans3-{face}{suffix}"
            font.save(target)
            found = check(target, PAGE)
            letters |= found
    return letters


def one_family(folder: Path, family: Family, taken: frozenset[int]) -> frozenset[int]:
    """Make the faces of a family without the characters that are taken; return those that it adds."""
    found: list[frozenset[int]] = []
    for face, name in family.faces.items():
        font = source(folder, family.package, name)
        if family.name == WIDER:
            font = compose(font, family.codepoints)
        has = frozenset(font.getBestCmap()) & family.codepoints
        wanted = has if family.name in (WIDER, EMOJI) else has - taken
        made = make(font, wanted | OWN, family.features)
        if family.name == EMOJI or not family.features:
            made["hmtx"][made.getBestCmap()[SPACE]] = (made["head"].unitsPerEm // 5, 0)  # not as wide as a picture
        if family.name == WIDER:
            rename(made, *STYLES[face])
        target = HERE / f"{family.name}-{face}.ttf"
        made.save(target)
        found.append(check(target, PAGE if family.name == WIDER else frozenset()) - taken)
    if any(some != found[0] for some in found):
        sys.exit(f"{family.name}: its faces have not the same characters")
    return (found[0] | PICTURES if family.name == EMOJI else found[0]) - {SPACE}


def ranges(codepoints: frozenset[int]) -> str:
    """Return code points as ranges, in hexadecimal."""
    found: list[list[int]] = []
    for code in sorted(codepoints):
        if found and code == found[-1][1] + 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return " ".join(f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in found)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    added = {"SourceSans3": own_family(folder)}
    for family in FAMILIES:
        added[family.name] = one_family(folder, family, frozenset().union(*added.values()))
    head = "# Which characters each shipped family adds to those before it. Made by templates/fonts/subset.py.\n"
    LETTERS.write_text(head + "".join(f"{name}: {ranges(some)}\n" for name, some in added.items()))


if __name__ == "__main__":
    main()
