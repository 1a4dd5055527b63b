"""Makes the shipped fonts from the unpacked releases named in NOTICE.md (fonttools and brotli needed).

usage: subset.py INTER_WEB_DIR JETBRAINS_MONO_REGULAR.ttf PHOSPHOR_SRC_DIR
Prints the Rust table of src/desktop/icons.rs from icons.txt.
"""
import json, pathlib, sys
from fontTools import subset
from fontTools.ttLib import TTFont

here = pathlib.Path(__file__).parent
inter, mono, phosphor = (pathlib.Path(argument) for argument in sys.argv[1:4])
# Latin, Greek, Cyrillic, their marks, punctuation, currency, arrows and a little mathematics.
TEXT = [*range(0x20, 0x7F), *range(0xA0, 0x530), *range(0x1C80, 0x1C90), *range(0x1D00, 0x2070), *range(0x2070, 0x20D0),
        *range(0x2100, 0x2300), *range(0x25A0, 0x2600), *range(0x2C60, 0x2C80), *range(0x2DE0, 0x2E00), *range(0xA640, 0xA6A0),
        *range(0xA720, 0xA800), 0xFFFD]


def write(font, name, unicodes, features):
    options = subset.Options(layout_features=features, hinting=False, notdef_outline=True, glyph_names=False,
                             name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17], drop_tables=["DSIG", "STAT"])
    worker = subset.Subsetter(options)
    worker.populate(unicodes=unicodes)
    worker.subset(font)
    font.flavor = None
    font.save(here / name)


def freeze(font, feature):
    """Points the character map at the glyphs that a single substitution feature would choose."""
    table = font["GSUB"].table
    lookups = {i for record in table.FeatureList.FeatureRecord if record.FeatureTag == feature for i in record.Feature.LookupListIndex}
    swap = {}
    for i in lookups:
        for part in table.LookupList.Lookup[i].SubTable:
            part = getattr(part, "ExtSubTable", part)
            swap.update(getattr(part, "mapping", {}))
    for cmap in font["cmap"].tables:
        for code in range(0x30, 0x3A):
            if code in cmap.cmap:
                cmap.cmap[code] = swap.get(cmap.cmap[code], cmap.cmap[code])


for weight in ("Regular", "Medium", "SemiBold"):
    font = TTFont(inter / f"Inter-{weight}.woff2")
    freeze(font, "tnum")
    write(font, f"Inter-{weight}.ttf", TEXT, ["kern", "mark", "mkmk", "ccmp", "locl"])
write(TTFont(mono), "JetBrainsMono-Regular.ttf", TEXT, ["mark", "mkmk", "ccmp", "locl"])

codes = {icon["properties"]["name"].split(",")[0].strip(): icon["properties"]["code"]
         for icon in json.loads((phosphor / "regular/selection.json").read_text())["icons"]}
wanted = [line.split() for line in (here / "icons.txt").read_text().splitlines() if line.strip()]
for name, _ in wanted:
    if name not in codes:
        sys.exit(f"no icon {name}")
points = [codes[name] for name, _ in wanted]
write(TTFont(phosphor / "regular/Phosphor.ttf"), "Phosphor.ttf", points, [])
fill = TTFont(phosphor / "fill/Phosphor-Fill.ttf")
write(fill, "Phosphor-Fill.ttf", points, [])
for name, variant in wanted:
    print(f"    {variant} = {codes[name]:#06x}, \"{name}\";")
